import type { RunChartPoint } from '../../core/domain/run-chart.ts';
import type { Place } from './draw-panels.ts';
import { amountText, signedText } from './numbers.ts';
import { palette } from './palette.ts';
import { drawLine, type LinePoint, type Panel } from './panel.ts';
import type { PlotAxis } from './plot-axis.ts';
import { amountScale, ratingScale, shareScale } from './scale.ts';

/** A panel as far as it differs from the others. */
type Drawn = Omit<Panel, 'top' | 'bottom'>;
export type RunPanel = (points: readonly RunChartPoint[], axis: PlotAxis, place: Place) => Drawn;

function known(
  points: readonly RunChartPoint[],
  pick: (point: RunChartPoint) => number | undefined,
): readonly LinePoint[] {
  return points.flatMap((point) => {
    const value = pick(point);
    return value === undefined ? [] : [{ at: point.step, value }];
  });
}

const latest = (line: readonly LinePoint[], textOf: (value: number) => string): string | undefined => {
  const last = line.at(-1);
  return last === undefined ? undefined : textOf(last.value);
};

const latestFigures = (line: readonly LinePoint[], textOf: (value: number) => string): string => {
  const last = latest(line, textOf);
  return last === undefined ? '' : `latest ${last}`;
};

const rewardPanel: RunPanel = (points, axis, { top, bottom }) => {
  const line = known(points, ({ reward }) => reward);
  const scale = ratingScale(top + 8, bottom - 8);
  return {
    heading: 'Mean reward, −1 to +1',
    figures: latestFigures(line, signedText),
    colour: palette.reward,
    scale,
    tickText: signedText,
    inside: drawLine(line, axis, scale, palette.reward),
    nothing: 'No rewards were told',
  };
};

/** In nats a token; what is below shall look like nothing. */
const leastKl = 0.01;
const leastEntropy = 0.1;

const klPanel: RunPanel = (points, axis, { top, bottom }) => {
  const serving = known(points, ({ kl }) => kl);
  const base = known(points, ({ klBase }) => klBase);
  const values = [...serving, ...base].map(({ value }) => value);
  const scale = amountScale(values, leastKl, top + 8, bottom - 8);
  const [toServing, toBase] = [latest(serving, amountText), latest(base, amountText)];
  return {
    heading: 'KL to what serves',
    second: { name: 'to the base model, nats a token', colour: palette.klBase },
    figures:
      toServing === undefined && toBase === undefined
        ? ''
        : `latest ${toServing ?? '–'}${toBase === undefined ? '' : ` and ${toBase}`}`,
    colour: palette.kl,
    scale,
    tickText: amountText,
    inside: drawLine(base, axis, scale, palette.klBase) + drawLine(serving, axis, scale, palette.kl),
    nothing: 'KL was not measured',
  };
};

const entropyPanel: RunPanel = (points, axis, { top, bottom }) => {
  const line = known(points, ({ entropy }) => entropy);
  const values = line.map(({ value }) => value);
  const scale = amountScale(values, leastEntropy, top + 8, bottom - 8);
  return {
    heading: 'Entropy, nats a token',
    figures: latestFigures(line, amountText),
    colour: palette.entropy,
    scale,
    tickText: amountText,
    inside: drawLine(line, axis, scale, palette.entropy),
    nothing: 'Entropy was not measured',
  };
};

const asPercent = (share: number): string => `${Math.round(share * 100)} %`;

const essPanel: RunPanel = (points, axis, { top, bottom }) => {
  const line = known(points, ({ ess }) => ess);
  const scale = shareScale(top + 8, bottom - 8);
  return {
    heading: 'Effective sample size, share of the answers',
    figures: latestFigures(line, asPercent),
    colour: palette.ess,
    scale,
    tickText: asPercent,
    inside: drawLine(line, axis, scale, palette.ess),
    nothing: 'It was not measured',
  };
};

/** From the top. */
export const runPanels: readonly RunPanel[] = [rewardPanel, klPanel, entropyPanel, essPanel];
