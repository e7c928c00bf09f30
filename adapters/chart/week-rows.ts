import type { Span } from '../../core/domain/span.ts';
import type { WeekChartDay } from '../../core/domain/week-chart.ts';
import { plotRight } from './frame.ts';
import { sizes, type WeekColours } from './palette.ts';
import { element, oneLine, textAt } from './svg.ts';
import { fitting } from './text-width.ts';
import {
  cellHeight,
  dayMinutes,
  hourWidth,
  laneHeight,
  laneTop,
  minuteX,
  rowHeight,
  rowTop,
  type WeekLane,
  weekLanes,
  weekLeft,
} from './week-grid.ts';
import type { WeekHeat } from './week-heat.ts';
import { laneStyle, unseenFill } from './week-patterns.ts';

/** The colours that all of a picture is drawn in. */
export interface WeekInk {
  readonly colours: WeekColours;
  readonly heat: WeekHeat;
}

/** Narrower than that could not be seen. */
const leastBand = 2;
/** Of the dot in an hour that is surely quiet. */
export const mostRadius = 6;

/** The area is as the share. */
export function quietRadius(quiet: number): number {
  return mostRadius * Math.sqrt(quiet);
}

function drawHour(
  day: number,
  hour: number,
  events: number | undefined,
  quiet: number | undefined,
  { colours, heat }: WeekInk,
): string {
  const [x, y] = [weekLeft + hour * hourWidth, rowTop(day)];
  const cell = element('rect', {
    class: events === undefined ? 'unseen' : 'cell',
    x: x + 0.5,
    y,
    width: hourWidth - 1,
    height: cellHeight,
    fill: events === undefined ? unseenFill : heat.colour(events),
  });
  if (quiet === undefined || quiet === 0) return cell;
  const isOnMuch = events !== undefined && heat.isMuch(events);
  const dot = element('circle', {
    class: 'quiet',
    cx: x + hourWidth / 2,
    cy: y + cellHeight / 2,
    r: quietRadius(quiet),
    fill: isOnMuch ? colours.quietOnMuch : colours.quietOnLittle,
    'fill-opacity': isOnMuch ? 0.75 : 0.55,
  });
  return cell + dot;
}

function drawBand({ from, to }: Span, day: number, lane: WeekLane, colours: WeekColours): string {
  const width = Math.max(leastBand, minuteX(to) - minuteX(from));
  return element('rect', {
    class: lane,
    x: Math.min(minuteX(from), plotRight - width),
    y: laneTop(day, lane),
    width,
    height: laneHeight,
    ...laneStyle(lane, colours),
  });
}

/** One day: its name, its hours, and below them what lies over it. */
export function drawDay(shown: WeekChartDay, day: number, ink: WeekInk): string {
  const { colours } = ink;
  const ground = element('rect', {
    x: weekLeft,
    y: rowTop(day),
    width: plotRight - weekLeft,
    height: rowHeight,
    fill: colours.plot,
  });
  const label = fitting(oneLine(shown.label), sizes.label, weekLeft - 42);
  const name = textAt(weekLeft - 12, rowTop(day) + cellHeight / 2 + 5, label, {
    size: sizes.label,
    fill: colours.ink,
    anchor: 'end',
  });
  const hours = Array.from({ length: 24 }, (_, hour) =>
    drawHour(day, hour, shown.events[hour], shown.quiet[hour], ink),
  );
  const bands = weekLanes.flatMap((lane) => shown[lane].map((span) => drawBand(span, day, lane, colours)));
  return ground + name + hours.join('') + bands.join('');
}

/** A line through the day that is now; `minute` since the first day’s midnight, within the days. */
export function drawNow(minute: number, days: number, { ground, now }: WeekColours): string {
  const day = Math.min(days - 1, Math.floor(minute / dayMinutes));
  const x = minuteX(minute - day * dayMinutes);
  const [top, bottom] = [rowTop(day) - 3, rowTop(day) + rowHeight + 3];
  const line = { class: 'now', x1: x, x2: x, y1: top, y2: bottom };
  return (
    element('line', { ...line, class: 'now-halo', stroke: ground, 'stroke-width': 5 }) +
    element('line', { ...line, stroke: now, 'stroke-width': 2.5 }) +
    element('circle', { class: 'now-head', cx: x, cy: top, r: 4, fill: now })
  );
}
