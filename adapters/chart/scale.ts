/** Values to pixels, straight. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Where lines are drawn and numbers stand, rising. */
  readonly ticks: readonly number[];
  /** Values beyond the ends are put at the ends. */
  pixel(value: number): number;
}

function scaleOf(ticks: readonly number[], top: number, bottom: number): Scale {
  const low = ticks[0] ?? 0;
  const high = ticks.at(-1) ?? 1;
  return {
    low,
    high,
    ticks,
    pixel: (value) => bottom - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (bottom - top),
  };
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const digit = [1, 2, 5].find((candidate) => candidate * power >= least * 0.999) ?? 10;
  return digit * power;
}

/** 0 up to a round whole number above the greatest. */
export function countScale(greatest: number, top: number, bottom: number): Scale {
  const step = roundStep(Math.max(1, greatest / 3));
  const steps = Math.max(1, Math.ceil(greatest / step));
  return scaleOf(
    Array.from({ length: steps + 1 }, (_, index) => index * step),
    top,
    bottom,
  );
}

/** −1 to 1. */
export function ratingScale(top: number, bottom: number): Scale {
  return scaleOf([-1, 0, 1], top, bottom);
}

/** Smaller differences than that shall look small. */
const leastReach = 0.1;

/** As far below 0 as above it, so that the zero line stays in the middle and the eye compares both ways. */
export function balancedScale(values: readonly number[], top: number, bottom: number): Scale {
  const reach = roundStep(values.reduce((most, value) => Math.max(most, Math.abs(value)), leastReach));
  return scaleOf([-reach, 0, reach], top, bottom);
}

/** 0 to 1. */
export function shareScale(top: number, bottom: number): Scale {
  return scaleOf([0, 0.5, 1], top, bottom);
}

/** Round numbers around 0 and all values; up to `least` at least, so that what is tiny looks tiny. */
export function amountScale(values: readonly number[], least: number, top: number, bottom: number): Scale {
  const low = values.reduce((lowest, value) => Math.min(lowest, value), 0);
  const high = values.reduce((greatest, value) => Math.max(greatest, value), least);
  const step = roundStep((high - low) / 3);
  const first = Math.floor(low / step);
  const steps = Math.ceil(high / step) - first;
  return scaleOf(
    Array.from({ length: steps + 1 }, (_, index) => (first + index) * step),
    top,
    bottom,
  );
}
