import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIdleWindow, type IdleWindow } from '../../../core/schedule/training-window.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';

const idleMs = 30 * 60_000;
const quietMs = 3 * 60_000;

interface Subject {
  readonly clock: FakeClock;
  readonly window: IdleWindow;
  /** What it said it had become. */
  readonly changes: boolean[];
}

function open(): Subject {
  const clock = createFakeClock();
  const window = createIdleWindow({ clock, idleMs, quietMs });
  const changes: boolean[] = [];
  window.onChange(() => changes.push(window.closedBecause() === undefined));
  return { clock, window, changes };
}

describe('an idle window', () => {
  test('opens after the idle time, not at the start', async () => {
    const { clock, window, changes } = open();
    expect(window.closedBecause()).toContain('30 quiet minutes');
    await clock.advance(idleMs - 1);
    expect(window.closedBecause()).toContain('1 quiet minute');
    await clock.advance(1);
    expect(window.closedBecause()).toBeUndefined();
    expect(changes).toEqual([true]);
  });

  test('closes in the same moment in which somebody speaks', async () => {
    const { clock, window, changes } = open();
    await clock.advance(idleMs);
    window.touch();
    expect(changes).toEqual([true, false]);
    await clock.advance(idleMs);
    expect(changes).toEqual([true, false, true]);
  });

  test('a word in time keeps it closed, and is not told', async () => {
    const { clock, window, changes } = open();
    await clock.advance(idleMs - 1);
    window.touch();
    await clock.advance(idleMs - 1);
    expect(changes).toEqual([]);
  });

  test('a person opens it at once; a later word closes it for the quiet time only', async () => {
    const { clock, window, changes } = open();
    window.touch();
    window.force();
    expect(changes).toEqual([true]);
    window.touch();
    expect(changes).toEqual([true, false]);
    await clock.advance(quietMs);
    expect(changes).toEqual([true, false, true]);
    window.release();
    expect(changes).toEqual([true, false, true, false]);
    await clock.advance(idleMs - quietMs);
    expect(window.closedBecause()).toBeUndefined();
  });

  test('a person opens it also where time goes on between two looks at the clock', () => {
    const clock = createFakeClock();
    let looks = 0;
    const window = createIdleWindow({
      clock: {
        ...clock,
        monotonicMs() {
          looks += 1;
          return looks;
        },
      },
      idleMs,
      quietMs,
    });
    window.force();
    expect(window.closedBecause()).toBeUndefined();
    window.touch();
    expect(window.closedBecause()).toContain('3 quiet minutes');
    window.stop();
  });

  test('tells nobody who has left, and leaves no timer behind', async () => {
    const { clock, window } = open();
    let told = 0;
    const leave = window.onChange(() => {
      told += 1;
    });
    leave();
    await clock.advance(idleMs);
    expect(told).toBe(0);
    window.touch();
    window.stop();
    expect(clock.waiting()).toBe(0);
  });

  test('is open exactly where the last word is long enough ago', async () => {
    const moves = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2 * idleMs }) }),
        fc.constant({ do: 'touch' as const, ms: 0 }),
      ),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(moves, async (script) => {
        const { clock, window, changes } = open();
        let lastAt = 0;
        let elapsed = 0;
        for (const move of script) {
          if (move.do === 'touch') {
            window.touch();
            lastAt = elapsed;
          } else {
            await clock.advance(move.ms);
            elapsed += move.ms;
          }
          const isOpen = elapsed - lastAt >= idleMs;
          expect(window.closedBecause() === undefined).toBe(isOpen);
          expect(changes.at(-1) ?? false).toBe(isOpen);
        }
        // Each change is told once.
        expect(changes.every((is, at) => at === 0 || is !== changes[at - 1])).toBe(true);
      }),
    );
  });
});
