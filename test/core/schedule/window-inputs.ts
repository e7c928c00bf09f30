import fc from 'fast-check';
import { spaceId } from '../../../core/domain/ids.ts';
import type { SpaceSignals } from '../../../core/domain/schedule.ts';
import { mergeSpans, type Span } from '../../../core/domain/span.ts';
import { HOUR_MS, MINUTE_MS } from '../../../core/domain/wall-clock.ts';
import type { WindowInput } from '../../../core/schedule/window-rule.ts';

/** A Monday, noon in UTC. */
export const noon = Date.UTC(2026, 0, 5, 12);
export const [minute, hour] = [MINUTE_MS, HOUR_MS];

/** From so many hours after noon to so many. */
export const hours = (from: number, to: number): Span => ({ from: noon + from * hour, to: noon + to * hour });

/** Of which nothing is known, and where it should stay quiet. */
export function space(said: Partial<SpaceSignals> = {}, name = 'one'): SpaceSignals {
  return {
    spaceId: spaceId('web', name),
    sleep: [],
    busy: [],
    peopleAway: [],
    isShared: true,
    quiet: () => 1,
    ...said,
  };
}

/** Somebody was there just before noon, so that nothing but what is said opens it; as shipped. */
export function windowInput(said: Partial<WindowInput> = {}): WindowInput {
  return {
    now: noon,
    spaces: [space({ lastActivityAt: noon - 10 * minute })],
    isAnswering: false,
    isOpen: false,
    vetoMs: 3 * minute,
    // Nobody wakes anything here: tests of that say so.
    wokenMs: 0,
    idleMs: 30 * minute,
    neededQuiet: 0.8,
    leastMs: 15 * minute,
    ...said,
  };
}

const anySpans: fc.Arbitrary<readonly Span[]> = fc
  .array(
    fc.record({ start: fc.integer({ min: -600, max: 3_000 }), length: fc.integer({ min: 1, max: 900 }) }),
    {
      maxLength: 4,
    },
  )
  .map((spans) =>
    mergeSpans(
      spans.map(({ start, length }) => ({
        from: noon + start * minute,
        to: noon + (start + length) * minute,
      })),
    ),
  );

const before = fc.option(
  fc.integer({ min: 0, max: 90 }).map((minutes) => noon - minutes * minute),
  { nil: undefined },
);

/** Bounds are whole minutes around noon; the same forecast for all time. */
export const anySpace: fc.Arbitrary<SpaceSignals> = fc
  .record({
    sleep: anySpans,
    busy: anySpans,
    peopleAway: anySpans,
    isShared: fc.boolean(),
    quiet: fc.constantFrom(0.5, 0.85, 0.95, 1),
    lastActivityAt: before,
    manual: fc.option(
      fc.record({
        kind: fc.constantFrom('open' as const, 'closed' as const),
        until: fc.integer({ min: -60, max: 600 }).map((minutes) => noon + minutes * minute),
      }),
      { nil: undefined, freq: 3 },
    ),
    name: fc.constantFrom('one', 'two'),
  })
  .map(({ quiet, lastActivityAt, manual, name, ...said }) =>
    space(
      {
        ...said,
        quiet: () => quiet,
        ...(lastActivityAt === undefined ? {} : { lastActivityAt }),
        ...(manual === undefined ? {} : { manual }),
      },
      name,
    ),
  );

export const anyInput: fc.Arbitrary<WindowInput> = fc
  .record({
    spaces: fc.array(anySpace, { maxLength: 3 }),
    lastMessageAt: before,
    isAnswering: fc.boolean(),
    isOpen: fc.boolean(),
    leastMs: fc.constantFrom(minute, 15 * minute, 60 * minute),
  })
  .map(({ lastMessageAt, ...said }) =>
    windowInput({ ...said, ...(lastMessageAt === undefined ? {} : { lastMessageAt }) }),
  );
