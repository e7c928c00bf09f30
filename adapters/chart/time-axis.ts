import type { SkillStatsPoint } from '../../core/domain/skill-chart.ts';
import type { PlotAxis } from './plot-axis.ts';
import { textWidth } from './text-width.ts';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
/** Clocks go forward by an hour in spring. */
const slackMs = 2 * 3_600_000;

/** A point has the room of a day or a week. */
export interface TimeAxis extends PlotAxis {
  readonly unit: 'day' | 'week';
  /** The instants between which the points lie: the start of the first, the end of the last. */
  readonly from: number;
  readonly to: number;
  pixel(at: number): number;
}

/** The axis has room for so many days or weeks from the first one on; else few points would be very wide bars. */
const leastSlots = 12;

/** Takes points, at least one, in order of time, a day or a week apart; some may be left out between. */
export function timeAxis(points: readonly SkillStatsPoint[], left: number, right: number): TimeAxis {
  const starts = points.map(({ at }) => at);
  const from = Math.min(...starts);
  const last = Math.max(...starts);
  const steps = starts.slice(1).map((at, index) => at - (starts[index] ?? at));
  const isWeekly = steps.length > 0 && Math.min(...steps) >= weekMs - slackMs;
  const slotMs = isWeekly ? weekMs : dayMs;
  const to = Math.max(last + slotMs, from + leastSlots * slotMs);
  const pixel = (at: number): number => left + ((at - from) / (to - from)) * (right - left);
  return {
    left,
    right,
    unit: isWeekly ? 'week' : 'day',
    slotWidth: ((right - left) * slotMs) / (to - from),
    from,
    to: last + slotMs,
    pixel,
    middle: (at) => pixel(at + slotMs / 2),
    isNext: (earlier, later) => later - earlier <= slotMs + slackMs,
  };
}

export interface DateLabel {
  readonly x: number;
  readonly day: string;
  /** On the first label, and where it differs from the label before. */
  readonly year?: string;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Twelve hours after midnight it is the same date in UTC, whatever the zone that the midnight was in (but for a few islands). */
function noonOf(at: number): Date {
  return new Date(at + dayMs / 2);
}

/** Dates below the points' middles, so many that none meets the next. */
export function dateLabels(
  points: readonly SkillStatsPoint[],
  axis: TimeAxis,
  size: number,
): readonly DateLabel[] {
  const labels: DateLabel[] = [];
  let free = Number.NEGATIVE_INFINITY;
  let shownYear = '';
  const gap = size;
  for (const { at } of points) {
    const noon = noonOf(at);
    const day = `${noon.getUTCDate()} ${months[noon.getUTCMonth()]}`;
    const x = axis.middle(at);
    const half = textWidth(day, size) / 2;
    if (x - half < free) continue;
    free = x + half + gap;
    const year = String(noon.getUTCFullYear());
    labels.push({ x, day, ...(year === shownYear ? {} : { year }) });
    shownYear = year;
  }
  return labels;
}
