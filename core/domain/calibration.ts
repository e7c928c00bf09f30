import type { ActivityProfile, CalibrationBin } from './activity-profile.ts';

const bins = 10;

export const noForecasts: readonly CalibrationBin[] = Array.from({ length: bins }, () => ({
  forecasts: 0,
  said: 0,
  quiet: 0,
}));

/** Adds one forecast of a quiet quarter: what it said, 0 … 1, whether it came true, and how much it counts. */
export function addForecast(
  calibration: readonly CalibrationBin[],
  said: number,
  stayedQuiet: boolean,
  weight: number,
): readonly CalibrationBin[] {
  const place = Math.min(bins - 1, Math.floor(said * bins));
  return calibration.map((bin, at) =>
    at === place
      ? {
          forecasts: bin.forecasts + weight,
          said: bin.said + said * weight,
          quiet: bin.quiet + (stayedQuiet ? weight : 0),
        }
      : bin,
  );
}

/** How forecasts of a quiet quarter came true. */
export interface CalibrationReport {
  /** What is older counts less, so that this is no whole number. */
  readonly forecasts: number;
  /** Mean of what was said, and share that stayed quiet, 0 … 1; absent without forecasts. */
  readonly said?: number;
  readonly cameTrue?: number;
  /**
   * Expected calibration error, 0 … 1: how far the two are apart within each tenth of what was said, on average over forecasts
   * (Naeini and others 2015).
   */
  readonly error?: number;
}

export function calibrationReport({ calibration }: Pick<ActivityProfile, 'calibration'>): CalibrationReport {
  const sum = (of: (bin: CalibrationBin) => number): number =>
    calibration.reduce((total, bin) => total + of(bin), 0);
  const forecasts = sum((bin) => bin.forecasts);
  if (forecasts === 0) return { forecasts };
  return {
    forecasts,
    said: sum((bin) => bin.said) / forecasts,
    cameTrue: sum((bin) => bin.quiet) / forecasts,
    error: sum((bin) => Math.abs(bin.said - bin.quiet)) / forecasts,
  };
}
