import type { SkillStatsPoint } from '../../core/domain/skill-chart.ts';
import { countText, signedText } from './numbers.ts';
import { palette } from './palette.ts';
import { drawLine, type LinePoint, type Panel, unbroken } from './panel.ts';
import { balancedScale, countScale, ratingScale, type Scale } from './scale.ts';
import { element, pathThrough } from './svg.ts';
import type { TimeAxis } from './time-axis.ts';

export interface Place {
  readonly top: number;
  readonly bottom: number;
}

/** How often it was used, as bars. */
export function usesPanel(points: readonly SkillStatsPoint[], axis: TimeAxis, { top, bottom }: Place): Panel {
  const greatest = points.reduce((most, { uses }) => Math.max(most, uses), 0);
  const scale = countScale(greatest, top + 6, bottom);
  const width = Math.max(1, Math.min(44, axis.slotWidth * 0.72));
  const bars = points
    .filter(({ uses }) => uses > 0)
    .map(({ at, uses }) => {
      const y = scale.pixel(uses);
      return element('rect', {
        class: 'bar',
        x: axis.middle(at) - width / 2,
        y,
        width,
        height: bottom - y,
        fill: palette.uses,
      });
    });
  const all = points.reduce((sum, { uses }) => sum + uses, 0);
  const last = points.at(-1)?.uses ?? 0;
  return {
    heading: `Uses a ${axis.unit}`,
    figures: `${countText(all)} in all, ${countText(last)} in the last ${axis.unit}`,
    colour: palette.uses,
    top,
    bottom,
    scale,
    tickText: countText,
    inside: bars.join(''),
    nothing: 'Not used yet',
  };
}

/** What people thought of the answers, as a line with gaps. */
export function rewardPanel(
  points: readonly SkillStatsPoint[],
  axis: TimeAxis,
  { top, bottom }: Place,
): Panel {
  const scale = ratingScale(top + 8, bottom - 8);
  const known = points.flatMap(({ at, meanReward }): LinePoint[] =>
    meanReward === undefined ? [] : [{ at, value: meanReward }],
  );
  const latest = known.at(-1);
  return {
    heading: 'Mean rating of its answers, −1 to +1',
    figures: latest === undefined ? '' : `latest ${signedText(latest.value)}`,
    colour: palette.reward,
    top,
    bottom,
    scale,
    tickText: signedText,
    inside: drawLine(known, axis, scale, palette.reward),
    nothing: 'No ratings yet',
  };
}

interface Lift extends LinePoint {
  readonly low: number;
  readonly high: number;
}

function drawBand(run: readonly Lift[], axis: TimeAxis, scale: Scale): string {
  const upper = run.map(({ at, high }) => ({ x: axis.middle(at), y: scale.pixel(high) }));
  const lower = run.map(({ at, low }) => ({ x: axis.middle(at), y: scale.pixel(low) })).reverse();
  const [first] = upper;
  const last = lower.at(-1);
  if (first === undefined || last === undefined) return '';
  if (run.length > 1) {
    const d = `${pathThrough([...upper, ...lower])}Z`;
    return element('path', { class: 'band', d, fill: palette.lift, 'fill-opacity': 0.2 });
  }
  const width = Math.min(12, axis.slotWidth);
  return element('rect', {
    class: 'band',
    x: first.x - width / 2,
    y: first.y,
    width,
    height: Math.max(0, last.y - first.y),
    fill: palette.lift,
    'fill-opacity': 0.2,
  });
}

function liftFigures(latest: Lift | undefined): string {
  if (latest === undefined) return '';
  const { value, low, high } = latest;
  const range = low < high ? `, probably ${signedText(low)} to ${signedText(high)}` : '';
  return `latest ${signedText(value)}${range}`;
}

/** The difference it makes, as a line within the band where the truth probably lies. */
export function liftPanel(points: readonly SkillStatsPoint[], axis: TimeAxis, { top, bottom }: Place): Panel {
  const lifts = points.flatMap(({ at, lift, liftLow, liftHigh }): Lift[] => {
    if (lift === undefined) return [];
    const [low = lift, high = lift] = [liftLow, liftHigh];
    return [{ at, value: lift, low: Math.min(low, lift), high: Math.max(high, lift) }];
  });
  const scale = balancedScale(
    lifts.flatMap(({ low, high }) => [low, high]),
    top + 8,
    bottom - 8,
  );
  const bands = unbroken(lifts, axis).map((run) => drawBand(run, axis, scale));
  return {
    heading: 'Lift: what it adds to a session’s rating',
    figures: liftFigures(lifts.at(-1)),
    colour: palette.lift,
    top,
    bottom,
    scale,
    tickText: signedText,
    inside: bands.join('') + drawLine(lifts, axis, scale, palette.lift),
    nothing: 'Too few sessions yet to tell',
  };
}
