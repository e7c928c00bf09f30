import type { RunChart, RunChartPoint } from '../../core/domain/run-chart.ts';
import { emptyBody, framed, headBottom, type PictureBody, plotLeft, plotRight } from './frame.ts';
import { palette, sizes } from './palette.ts';
import { drawHeading, drawPlot, headingHeight, type Panel } from './panel.ts';
import type { PlotAxis } from './plot-axis.ts';
import { runPanels } from './run-panels.ts';
import { stepAxis, stepLabels } from './step-axis.ts';
import { element, textAt } from './svg.ts';

const plotHeight = 116;
const panelGap = 14;
const footHeight = 64;

const mostSteps = 99_999;
const mostNats = 1000;

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** In order, and no number so far off that there is no drawing it. */
function drawable(points: readonly RunChartPoint[]): readonly RunChartPoint[] {
  return points
    .map(({ step, reward, kl, klBase, entropy, ess, isSkipped }) => ({
      step: Math.round(within(step, 0, mostSteps)),
      ...(reward === undefined ? {} : { reward: within(reward, -1, 1) }),
      ...(kl === undefined ? {} : { kl: within(kl, -mostNats, mostNats) }),
      ...(klBase === undefined ? {} : { klBase: within(klBase, -mostNats, mostNats) }),
      ...(entropy === undefined ? {} : { entropy: within(entropy, -mostNats, mostNats) }),
      ...(ess === undefined ? {} : { ess: within(ess, 0, 1) }),
      isSkipped,
    }))
    .toSorted((a, b) => a.step - b.step);
}

/** Columns through a plot where steps were skipped. */
function skippedColumns(
  points: readonly RunChartPoint[],
  axis: PlotAxis,
  { top, bottom }: Pick<Panel, 'top' | 'bottom'>,
): string {
  const width = within(axis.slotWidth, 2, 60);
  return points
    .filter(({ isSkipped }) => isSkipped)
    .map(({ step }) =>
      element('rect', {
        class: 'skipped',
        x: within(axis.middle(step) - width / 2, axis.left, axis.right - width),
        y: top,
        width,
        height: bottom - top,
        fill: palette.skipped,
      }),
    )
    .join('');
}

function drawFoot(points: readonly RunChartPoint[], axis: PlotAxis, bottom: number): string {
  const style = { size: sizes.label, fill: palette.soft, anchor: 'middle' } as const;
  const steps = points.map(({ step }) => step);
  const numbers = stepLabels(steps, axis, sizes.label).map(({ x, text }) =>
    textAt(x, bottom + 20, text, style),
  );
  const skipped = points.filter(({ isSkipped }) => isSkipped).length;
  const note = skipped === 0 ? '' : ` · ${skipped} skipped, on a darker ground`;
  return numbers.join('') + textAt((plotLeft + plotRight) / 2, bottom + 46, `steps${note}`, style);
}

function fullPicture(points: readonly RunChartPoint[]): PictureBody {
  const axis = stepAxis(
    points.map(({ step }) => step),
    plotLeft,
    plotRight,
  );
  const panels = runPanels.map((panelOf, index): Panel => {
    const top = headBottom + 8 + headingHeight + index * (plotHeight + panelGap + headingHeight);
    const place = { top, bottom: top + plotHeight };
    return { ...panelOf(points, axis, place), ...place, behind: skippedColumns(points, axis, place) };
  });
  const bottom = panels.at(-1)?.bottom ?? headBottom;
  const inside =
    panels.map((panel) => drawPlot(panel, axis) + drawHeading(panel, axis)).join('') +
    drawFoot(points, axis, bottom);
  return { height: bottom + footHeight, inside };
}

/** The picture of a run as SVG: the same numbers give the same text. Takes any finite numbers and any texts. */
export function runSvg(chart: RunChart): string {
  const points = drawable(chart.points);
  return framed(
    chart,
    points.length === 0 ? emptyBody('The picture begins with the first step.') : fullPicture(points),
  );
}
