import type { ZoneRules } from '../../core/domain/wall-clock.ts';

/** An instant at which the wall clock jumps. */
export interface ZoneChange {
  readonly at: number;
  /** Milliseconds forward; less than 0 where it is set back. */
  readonly jumpMs: number;
}

export const changesFrom = Date.UTC(2010, 0, 1);
export const changesTo = Date.UTC(2036, 0, 1);

/** All changes of the years 2010 to 2035. */
export function changesOf(rules: ZoneRules): readonly ZoneChange[] {
  const changes: ZoneChange[] = [];
  let at = rules.nextChange(changesFrom - 1);
  while (at !== undefined && at < changesTo) {
    changes.push({ at, jumpMs: rules.offsetMs(at) - rules.offsetMs(at - 1) });
    at = rules.nextChange(at);
  }
  return changes;
}

/** How far a wall clock is ahead of UTC, as `Intl` prints it: whole seconds, in milliseconds. */
export function printedOffset(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? Number.NaN;
    const wall = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return wall - Math.floor(at / 1000) * 1000;
  };
}
