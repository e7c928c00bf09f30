import type { WeekColours } from './palette.ts';
import { element, type SvgAttributes } from './svg.ts';
import type { WeekLane } from './week-grid.ts';

interface Stripes {
  readonly id: string;
  readonly ground: string;
  readonly line: string;
  /** Pixels from one line to the next, and how wide a line is. */
  readonly step: number;
  readonly width: number;
  /** Degrees. */
  readonly turn: number;
}

function stripes({ id, ground, line, step, width, turn }: Stripes): string {
  return element(
    'pattern',
    {
      id,
      width: step,
      height: step,
      patternUnits: 'userSpaceOnUse',
      patternTransform: `rotate(${turn})`,
    },
    element('rect', { width: step, height: step, fill: ground }) +
      element('rect', { width, height: step, fill: line }),
  );
}

/** What `unseenFill` and `laneStyle` refer to. */
export function weekPatterns({ ground, unseen, busy, window, windowTint }: WeekColours): string {
  return element(
    'defs',
    {},
    stripes({ id: 'unseen', ground, line: unseen, step: 6, width: 1, turn: 45 }) +
      stripes({ id: 'busy', ground, line: busy, step: 4, width: 2.6, turn: 0 }) +
      stripes({
        id: 'expected',
        ground: windowTint,
        line: window,
        step: 5.5,
        width: 2,
        turn: 45,
      }),
  );
}

/** An hour of which nothing is known: not a light colour, which would be read as few. */
export const unseenFill = 'url(#unseen)';

/** Told apart without colours too: by their lane, and by what fills them. */
export function laneStyle(lane: WeekLane, { sleep, window }: WeekColours): SvgAttributes {
  const fills: Readonly<Record<WeekLane, string>> = {
    sleep,
    busy: 'url(#busy)',
    past: window,
    expected: 'url(#expected)',
  };
  return { fill: fills[lane] };
}
