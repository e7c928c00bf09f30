import { palette, sizes } from './palette.ts';
import type { PlotAxis } from './plot-axis.ts';
import type { Scale } from './scale.ts';
import { element, pathThrough, textAt } from './svg.ts';
import { textWidth } from './text-width.ts';

/** One of the plots that share an axis. */
export interface Panel {
  readonly heading: string;
  /** At the right of the heading: the numbers themselves. */
  readonly figures: string;
  readonly colour: string;
  /** A second line in the plot, named beside the heading. */
  readonly second?: { readonly name: string; readonly colour: string };
  readonly top: number;
  readonly bottom: number;
  readonly scale: Scale;
  readonly tickText: (value: number) => string;
  /** SVG below the lines of the grid. */
  readonly behind?: string;
  /** SVG inside the plot; where it is empty, `nothing` is said instead. */
  readonly inside: string;
  readonly nothing: string;
}

/** Room above a plot for its heading. */
export const headingHeight = 34;

function gridLine(value: number, axis: PlotAxis, panel: Panel): string {
  const y = panel.scale.pixel(value);
  const isZero = value === 0;
  return (
    element('line', {
      x1: axis.left,
      x2: axis.right,
      y1: y,
      y2: y,
      stroke: isZero ? palette.zero : palette.grid,
      'stroke-width': isZero ? 1.5 : 1,
    }) +
    textAt(axis.left - 10, y + 5, panel.tickText(value), {
      size: sizes.label,
      fill: palette.soft,
      anchor: 'end',
    })
  );
}

/** The plot itself, without its heading. */
export function drawPlot(panel: Panel, axis: PlotAxis): string {
  const { top, bottom, scale, behind = '', inside, nothing } = panel;
  const ground = element('rect', {
    x: axis.left,
    y: top,
    width: axis.right - axis.left,
    height: bottom - top,
    fill: palette.plot,
  });
  const grid = scale.ticks.map((value) => gridLine(value, axis, panel)).join('');
  const middle = (axis.left + axis.right) / 2;
  const style = { size: sizes.heading, fill: palette.soft, anchor: 'middle', halo: palette.plot } as const;
  return (
    ground +
    behind +
    grid +
    (inside === '' ? textAt(middle, (top + bottom) / 2 - 12, nothing, style) : inside)
  );
}

/** Belongs above the marks, whose lines go through. */
export function drawHeading({ heading, figures, colour, second, top }: Panel, axis: PlotAxis): string {
  const style = { size: sizes.heading, halo: palette.ground } as const;
  const headingLeft = axis.left + 20;
  const secondLeft = headingLeft + textWidth(heading, sizes.heading, true) + 20;
  const named =
    second === undefined
      ? ''
      : swatch(secondLeft, top, second.colour) +
        textAt(secondLeft + 20, top - 11, second.name, { ...style, fill: palette.ink });
  return (
    swatch(axis.left, top, colour) +
    textAt(headingLeft, top - 11, heading, { ...style, fill: palette.ink, isBold: true }) +
    named +
    textAt(axis.right, top - 11, figures, { ...style, fill: palette.soft, anchor: 'end' })
  );
}

const swatch = (x: number, top: number, colour: string): string =>
  element('rect', { x, y: top - 22, width: 12, height: 12, fill: colour });

export interface LinePoint {
  readonly at: number;
  readonly value: number;
}

/** Neighbours in time, as far as none is left out between them. */
export function unbroken<Point extends { readonly at: number }>(
  points: readonly Point[],
  axis: PlotAxis,
): readonly (readonly Point[])[] {
  const runs: Point[][] = [];
  for (const point of points) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && axis.isNext(last.at, point.at)) run.push(point);
    else runs.push([point]);
  }
  return runs;
}

/** A line with a dot at each point, and gaps where points are missing. */
export function drawLine(points: readonly LinePoint[], axis: PlotAxis, scale: Scale, colour: string): string {
  const placed = unbroken(points, axis).map((run) =>
    run.map(({ at, value }) => ({ x: axis.middle(at), y: scale.pixel(value) })),
  );
  const lines = placed
    .filter((run) => run.length > 1)
    .map((run) =>
      element('path', {
        class: 'line',
        d: pathThrough(run),
        fill: 'none',
        stroke: colour,
        'stroke-width': 2.5,
        'stroke-linejoin': 'round',
        'stroke-linecap': 'round',
      }),
    );
  const radius = axis.slotWidth < 10 ? 2.5 : 4;
  const dots = placed
    .flat()
    .map(({ x, y }) => element('circle', { class: 'dot', cx: x, cy: y, r: radius, fill: colour }));
  return lines.join('') + dots.join('');
}
