import type { SkillStatsChart } from '../../core/domain/skill-chart.ts';
import { oneLine } from './svg.ts';
import { fitting, textWidth } from './text-width.ts';
import type { TimeAxis } from './time-axis.ts';

/** A mark's line and, where there is room, its label. */
export interface PlacedMark {
  readonly x: number;
  readonly label?: {
    readonly text: string;
    readonly left: number;
    readonly width: number;
    /** 0 is the topmost. */
    readonly lane: number;
  };
}

export interface PlacedMarks {
  readonly marks: readonly PlacedMark[];
  readonly lanes: number;
  /** Marks that have a line only. */
  readonly unlabelled: number;
}

export const markSize = 14;
const mostLanes = 4;
const mostLabelWidth = 170;
const padding = 5;

/**
 * Puts labels beside the upper ends of their lines, each in the topmost lane where it meets no other. Marks outside the
 * time of the points are left out.
 */
export function placeMarks(marks: SkillStatsChart['marks'], axis: TimeAxis): PlacedMarks {
  const taken: { readonly left: number; readonly right: number }[][] = Array.from(
    { length: mostLanes },
    () => [],
  );
  const inside = marks.filter(({ at }) => at >= axis.from && at <= axis.to).toSorted((a, b) => a.at - b.at);
  const placed = inside.map(({ at, label }): PlacedMark => {
    const x = axis.pixel(at);
    const text = fitting(oneLine(label), markSize, mostLabelWidth);
    if (text === '') return { x };
    const width = textWidth(text, markSize) + 2 * padding;
    const left = Math.min(x, axis.right - width);
    const lane = taken.findIndex((others) =>
      others.every((other) => other.right + padding <= left || left + width + padding <= other.left),
    );
    taken[lane]?.push({ left, right: left + width });
    return lane === -1 ? { x } : { x, label: { text, left, width, lane } };
  });
  return {
    marks: placed,
    lanes: taken.filter((others) => others.length > 0).length,
    unlabelled: placed.filter(({ label }) => label === undefined).length,
  };
}
