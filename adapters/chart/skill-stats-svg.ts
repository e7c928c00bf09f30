import type { SkillStatsChart, SkillStatsPoint } from '../../core/domain/skill-chart.ts';
import { liftPanel, rewardPanel, usesPanel } from './draw-panels.ts';
import { emptyBody, framed, headBottom, type PictureBody, plotLeft, plotRight } from './frame.ts';
import { markSize, type PlacedMarks, placeMarks } from './mark-labels.ts';
import { palette, sizes } from './palette.ts';
import { drawHeading, drawPlot, headingHeight } from './panel.ts';
import { element, textAt } from './svg.ts';
import { dateLabels, type TimeAxis, timeAxis } from './time-axis.ts';

const laneHeight = 24;
const plotHeight = 128;
const panelGap = 14;
const footHeight = 70;

const latestMs = 8e15;
const mostUses = 1e12;
const mostLift = 1000;

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** In order of time, and no number so far off that there is no drawing it. */
function drawable(points: readonly SkillStatsPoint[]): readonly SkillStatsPoint[] {
  return points
    .map(({ at, uses, meanReward, lift, liftLow, liftHigh }) => ({
      at: within(at, -latestMs, latestMs),
      uses: within(uses, 0, mostUses),
      ...(meanReward === undefined ? {} : { meanReward: within(meanReward, -1, 1) }),
      ...(lift === undefined ? {} : { lift: within(lift, -mostLift, mostLift) }),
      ...(liftLow === undefined ? {} : { liftLow: within(liftLow, -mostLift, mostLift) }),
      ...(liftHigh === undefined ? {} : { liftHigh: within(liftHigh, -mostLift, mostLift) }),
    }))
    .toSorted((a, b) => a.at - b.at);
}

function markLine(x: number, top: number, bottom: number): string {
  return element('line', {
    class: 'mark',
    x1: x,
    x2: x,
    y1: top,
    y2: bottom,
    stroke: palette.mark,
    'stroke-width': 1.5,
    'stroke-dasharray': '5 4',
  });
}

/** Lines across all plots; above them the labels, each on a plate that covers the lines of others. */
function drawMarks({ marks, lanes }: PlacedMarks, top: number, bottom: number): string {
  const plotTop = top + lanes * laneHeight;
  const lines = marks.map(({ x, label }) =>
    markLine(x, label === undefined ? plotTop : top + label.lane * laneHeight, bottom),
  );
  const labels = marks.flatMap(({ label }) => {
    if (label === undefined) return [];
    const y = top + label.lane * laneHeight;
    const plate = element('rect', {
      class: 'plate',
      x: label.left,
      y,
      width: label.width,
      height: laneHeight - 4,
      rx: 3,
      fill: palette.grid,
    });
    return [plate + textAt(label.left + 5, y + 15, label.text, { size: markSize, fill: palette.ink })];
  });
  return lines.join('') + labels.join('');
}

function drawFoot(
  points: readonly SkillStatsPoint[],
  axis: TimeAxis,
  bottom: number,
  unlabelled: number,
): string {
  const style = { size: sizes.label, fill: palette.soft, anchor: 'middle' } as const;
  const dates = dateLabels(points, axis, sizes.label).map(
    ({ x, day, year }) =>
      textAt(x, bottom + 20, day, style) + (year === undefined ? '' : textAt(x, bottom + 38, year, style)),
  );
  const axisName = axis.unit === 'week' ? 'weeks, by their first day' : 'days';
  const note =
    unlabelled === 0
      ? ''
      : ` · ${unlabelled} more ${unlabelled === 1 ? 'change has' : 'changes have'} a line only`;
  return dates.join('') + textAt((plotLeft + plotRight) / 2, bottom + 58, `${axisName}${note}`, style);
}

function fullPicture(points: readonly SkillStatsPoint[], marks: SkillStatsChart['marks']): PictureBody {
  const axis = timeAxis(points, plotLeft, plotRight);
  const placed = placeMarks(marks, axis);
  const plotsTop = headBottom + 8 + placed.lanes * laneHeight;
  const panels = [usesPanel, rewardPanel, liftPanel].map((panelOf, index) => {
    const top = plotsTop + headingHeight + index * (plotHeight + panelGap + headingHeight);
    return panelOf(points, axis, { top, bottom: top + plotHeight });
  });
  const bottom = panels.at(-1)?.bottom ?? plotsTop;
  const inside =
    panels.map((panel) => drawPlot(panel, axis)).join('') +
    drawMarks(placed, headBottom + 8, bottom) +
    panels.map((panel) => drawHeading(panel, axis)).join('') +
    drawFoot(points, axis, bottom, placed.unlabelled);
  return { height: bottom + footHeight, inside };
}

const nothing = 'The picture begins when the skill is first used.';

/** The picture of a skill's life as SVG: the same numbers give the same text. Takes any finite numbers and any texts. */
export function skillStatsSvg(chart: SkillStatsChart): string {
  const points = drawable(chart.points);
  return framed(chart, points.length === 0 ? emptyBody(nothing) : fullPicture(points, chart.marks));
}
