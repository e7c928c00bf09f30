import type { PlotAxis } from './plot-axis.ts';
import { textWidth } from './text-width.ts';

/** Steps one beside the other over the whole width. Takes rising whole numbers, at least one; some may be left out. */
export function stepAxis(steps: readonly number[], left: number, right: number): PlotAxis {
  const first = steps[0] ?? 0;
  const slotWidth = (right - left) / ((steps.at(-1) ?? first) - first + 1);
  return {
    left,
    right,
    slotWidth,
    middle: (step) => left + (step - first + 0.5) * slotWidth,
    isNext: (earlier, later) => later - earlier <= 1,
  };
}

export interface StepLabel {
  readonly x: number;
  readonly text: string;
}

/** Numbers below the steps, so many that none meets the next. */
export function stepLabels(steps: readonly number[], axis: PlotAxis, size: number): readonly StepLabel[] {
  const labels: StepLabel[] = [];
  let free = Number.NEGATIVE_INFINITY;
  for (const step of steps) {
    const text = String(step);
    const x = axis.middle(step);
    const half = textWidth(text, size) / 2;
    if (x - half < free) continue;
    free = x + half + size;
    labels.push({ x, text });
  }
  return labels;
}
