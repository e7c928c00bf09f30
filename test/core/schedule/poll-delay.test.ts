import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  finalRetryMs,
  firstRetryMs,
  jitterShare,
  longestRetryMs,
  nextPollMs,
  pollEveryMs,
} from '../../../core/schedule/poll-delay.ts';

const random = fc.double({ min: 0, max: 1, noNaN: true });
const failures = fc.integer({ min: 1, max: 10_000 });
const asked = fc.oneof(
  fc.integer({ min: 0, max: 10 * finalRetryMs }),
  fc.constantFrom(Number.NaN, -1, Number.POSITIVE_INFINITY),
);
const least = 1 - jitterShare;
const most = 1 + jitterShare;
const day = 24 * 60 * 60_000;

describe('when a calendar is read next', () => {
  test('ten minutes on, a fifth more or less', () => {
    expect(nextPollMs({ kind: 'read' }, 0)).toBeCloseTo(8 * 60_000);
    expect(nextPollMs({ kind: 'read' }, 0.5)).toBeCloseTo(10 * 60_000);
    expect(nextPollMs({ kind: 'read' }, 1)).toBeCloseTo(12 * 60_000);
    expect(pollEveryMs).toBe(600_000);
  });

  test('after failures one minute, then twice as long each time, up to two hours', () => {
    const minutes = Array.from(
      { length: 10 },
      (_, index) => nextPollMs({ kind: 'failed', failures: index + 1, isFinal: false }, 0.5) / 60_000,
    );
    expect(minutes.map(Math.round)).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120, 120]);
  });

  test('never sooner than a source asks for, up to a day; spread, so that not all come back at once', () => {
    fc.assert(
      fc.property(failures, asked, random, random, (count, retryAfterMs, one, other) => {
        const at = (r: number) =>
          nextPollMs({ kind: 'failed', failures: count, isFinal: false, retryAfterMs }, r);
        if (retryAfterMs >= 0) {
          const wanted = Math.min(day, Math.max(firstRetryMs, retryAfterMs));
          expect(at(one)).toBeGreaterThanOrEqual(wanted);
          expect(at(one)).toBeLessThanOrEqual(wanted * most + 1);
        }
        if (one < other) expect(at(one)).toBeLessThanOrEqual(at(other));
      }),
    );
  });

  test('always a finite time within its bounds', () => {
    fc.assert(
      fc.property(failures, random, fc.boolean(), fc.option(asked), (count, r, isFinal, retryAfterMs) => {
        const delay = nextPollMs(
          { kind: 'failed', failures: count, isFinal, ...(retryAfterMs === null ? {} : { retryAfterMs }) },
          r,
        );
        if (isFinal) {
          expect(delay).toBeGreaterThanOrEqual(finalRetryMs * least - 1);
          expect(delay).toBeLessThanOrEqual(finalRetryMs * most + 1);
        } else {
          expect(delay).toBeGreaterThanOrEqual(firstRetryMs * least - 1);
          expect(delay).toBeLessThanOrEqual((retryAfterMs === null ? longestRetryMs : day) * most + 1);
        }
      }),
    );
  });

  test('no sooner after more failures', () => {
    fc.assert(
      fc.property(failures, random, (count, r) => {
        const delay = (n: number) => nextPollMs({ kind: 'failed', failures: n, isFinal: false }, r);
        expect(delay(count + 1)).toBeGreaterThanOrEqual(delay(count));
      }),
    );
  });
});
