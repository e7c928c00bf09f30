import type { Span } from '../../core/domain/span.ts';
import type { WeekChart, WeekChartDay } from '../../core/domain/week-chart.ts';
import { emptyBody, framed, type PictureBody, plotRight } from './frame.ts';
import { light, sizes, type WeekColours } from './palette.ts';
import { oneLine, textAt } from './svg.ts';
import { fitting } from './text-width.ts';
import { dayMinutes, minuteX, rowHeight, rowTop, weekLeft } from './week-grid.ts';
import { weekHeat } from './week-heat.ts';
import { drawLegend, legendHeight } from './week-legend.ts';
import { weekPatterns } from './week-patterns.ts';
import { drawDay, drawNow, type WeekInk } from './week-rows.ts';

const mostDays = 7;
const mostEvents = 1e9;

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function drawableSpans(spans: readonly Span[]): readonly Span[] {
  return spans
    .map(({ from, to }) => ({ from: within(from, 0, dayMinutes), to: within(to, 0, dayMinutes) }))
    .filter(({ from, to }) => from < to);
}

const drawableHours = (
  hours: readonly (number | undefined)[],
  most: number,
): readonly (number | undefined)[] =>
  hours.map((value) => (value === undefined ? undefined : within(value, 0, most)));

/** No number so far off that there is no drawing it. */
function drawable(days: readonly WeekChartDay[]): readonly WeekChartDay[] {
  return days.slice(0, mostDays).map((day) => ({
    label: day.label,
    events: drawableHours(day.events.slice(0, 24), mostEvents),
    quiet: drawableHours(day.quiet, 1),
    sleep: drawableSpans(day.sleep),
    busy: drawableSpans(day.busy),
    past: drawableSpans(day.past),
    expected: drawableSpans(day.expected),
  }));
}

/** Every third hour, above the first day. */
function drawHours({ soft }: WeekColours): string {
  const style = { size: sizes.label, fill: soft, anchor: 'middle' } as const;
  return Array.from({ length: 9 }, (_, index) => index * 3)
    .map((hour) => textAt(minuteX(hour * 60), rowTop(0) - 12, `${String(hour).padStart(2, '0')}:00`, style))
    .join('');
}

function fullPicture(chart: WeekChart, days: readonly WeekChartDay[], colours: WeekColours): PictureBody {
  const events = days.flatMap((day) => day.events.filter((value) => value !== undefined));
  const ink: WeekInk = { colours, heat: weekHeat(events, colours.heat) };
  const bottom = rowTop(days.length - 1) + rowHeight;
  const clock = fitting(`by the clock of ${oneLine(chart.zone)}`, sizes.label, plotRight - weekLeft);
  const { nowMinute } = chart;
  const isNowInIt = nowMinute !== undefined && nowMinute >= 0 && nowMinute <= days.length * dayMinutes;
  const inside =
    weekPatterns(colours) +
    drawHours(colours) +
    days.map((day, index) => drawDay(day, index, ink)).join('') +
    (isNowInIt ? drawNow(nowMinute, days.length, colours) : '') +
    drawLegend(ink, clock, bottom);
  return { height: bottom + legendHeight, inside };
}

/** The picture of a week as SVG: the same data gives the same text. Takes any finite numbers and any texts. */
export function weekSvg(chart: WeekChart, colours: WeekColours = light): string {
  const days = drawable(chart.days);
  return framed(
    chart,
    days.length === 0
      ? emptyBody('The picture begins with the first day.', colours)
      : fullPicture(chart, days, colours),
    colours,
  );
}
