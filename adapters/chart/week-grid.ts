import { headBottom, plotRight } from './frame.ts';

/** Right of the names of the days. */
export const weekLeft = 130;
export const hourWidth = (plotRight - weekLeft) / 24;
export const cellHeight = 30;

/** What lies over a day, each in a lane of its own below its cells, from the top. */
export const weekLanes = ['sleep', 'busy', 'past', 'expected'] as const;
export type WeekLane = (typeof weekLanes)[number];
export const laneHeight = 7;
const laneGap = 1;
const lanesTop = cellHeight + 3;

/** Without what is free below it. */
export const rowHeight = lanesTop + weekLanes.length * (laneHeight + laneGap) + 1;
const rowStep = rowHeight + 9;
const firstTop = headBottom + 34;

export const dayMinutes = 1440;

export function rowTop(day: number): number {
  return firstTop + day * rowStep;
}

export function laneTop(day: number, lane: WeekLane): number {
  return rowTop(day) + lanesTop + weekLanes.indexOf(lane) * (laneHeight + laneGap);
}

/** Where a minute after midnight is; 0 … 1440. */
export function minuteX(minute: number): number {
  return weekLeft + (minute / dayMinutes) * (plotRight - weekLeft);
}
