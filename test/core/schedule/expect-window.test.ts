import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeSpans, type Span } from '../../../core/domain/span.ts';
import { WEEK_MS } from '../../../core/domain/wall-clock.ts';
import { expectedWindows, expectWindow } from '../../../core/schedule/expect-window.ts';
import { decideWindow, type WindowInput } from '../../../core/schedule/window-rule.ts';
import { anyInput, hour, hours, minute, noon, space, windowInput } from './window-inputs.ts';

const recent = { lastActivityAt: noon - 10 * minute };
const inMinutes = (count: number): number => noon + count * minute;

describe('when it should open', () => {
  test('when a space has been idle for long enough', () => {
    expect(expectWindow(windowInput())).toMatchObject({
      bar: 'awake',
      nextAt: inMinutes(20),
      nextBy: ['idle'],
    });
  });

  test('when a message is some minutes old, by what holds then', () => {
    const input = windowInput({ spaces: [space({ ...recent, sleep: [hours(-1, 9)] })], lastMessageAt: noon });
    expect(expectWindow(input)).toEqual({
      isOpen: false,
      bar: 'message',
      nextAt: inMinutes(3),
      nextBy: ['sleep'],
    });
  });

  test('as if an answer under way ended now', () => {
    const input = windowInput({ spaces: [space({ ...recent, sleep: [hours(-1, 9)] })], isAnswering: true });
    expect(expectWindow(input)).toMatchObject({ bar: 'answering', nextAt: noon });
  });

  test('not in what is too short', () => {
    const input = windowInput({
      spaces: [space({ ...recent, quiet: () => 0.1, busy: [hours(1, 1.2)], sleep: [hours(9, 17)] })],
    });
    expect(expectWindow(input)).toMatchObject({ nextAt: noon + 9 * hour, nextBy: ['sleep'] });
  });

  test('when the forecast gets better, to a quarter of an hour', () => {
    const quiet = (at: number): number => (at < noon + 5 * hour + minute ? 0.5 : 0.9);
    const input = windowInput({ spaces: [space({ ...recent, quiet })] });
    expect(expectWindow(input)).toMatchObject({ nextAt: noon + 5.25 * hour, nextBy: ['idle'] });
  });

  test('when what a maintainer said is over', () => {
    const manual = { kind: 'closed', until: inMinutes(77) } as const;
    expect(expectWindow(windowInput({ spaces: [space({ manual })] }))).toMatchObject({
      nextAt: inMinutes(77),
    });
  });

  test('is not told where that is not within a week, nor where it is open', () => {
    const quiet = (): number => 0;
    const later = windowInput({ spaces: [space({ ...recent, quiet, sleep: [hours(24 * 7, 24 * 8)] })] });
    expect(expectWindow(later)).toEqual(decideWindow(later));
    const open = windowInput({ spaces: [space()] });
    expect(expectWindow(open)).toEqual({ isOpen: true, by: ['idle'] });
  });

  test('is open then and at no whole minute before', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const verdict = expectWindow(input);
        if (verdict.isOpen) return;
        const { nextAt, nextBy } = verdict;
        const isOpenAt = (now: number) => decideWindow({ ...input, now, isAnswering: false, isOpen: false });
        if (nextAt !== undefined) {
          expect(isOpenAt(nextAt)).toMatchObject({ isOpen: true, by: nextBy });
        }
        for (let at = input.now; at < (nextAt ?? input.now + WEEK_MS); at += minute) {
          expect(isOpenAt(at).isOpen).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('windows of the coming time', () => {
  test('join what follows without a break, and are clipped', () => {
    const sleep = [hours(-1, 2), hours(5, 7), hours(9, 99)];
    const input = windowInput({ spaces: [space({ ...recent, quiet: () => 0, sleep, busy: [hours(7, 8)] })] });
    expect(expectedWindows(input, noon + 10 * hour)).toEqual([hours(0, 2), hours(5, 8), hours(9, 10)]);
  });

  test('one that is open goes on to an end that is too near to begin with', () => {
    const spaces = [space({ ...recent, quiet: () => 0, sleep: [hours(-1, 0.1)] })];
    expect(expectedWindows(windowInput({ spaces, isOpen: true }), noon + hour)).toEqual([hours(0, 0.1)]);
    expect(expectedWindows(windowInput({ spaces }), noon + hour)).toEqual([]);
  });

  test('are none where there is no time', () => {
    expect(expectedWindows(windowInput({ spaces: [space()] }), noon)).toEqual([]);
  });

  test('are what the rule says minute by minute, if nobody comes', () => {
    fc.assert(
      fc.property(anyInput, fc.integer({ min: 1, max: 4_000 }), (input, minutes) => {
        const until = inMinutes(minutes);
        expect(expectedWindows(input, until)).toEqual(minuteByMinute(input, until));
      }),
    );
  });
});

function minuteByMinute(input: WindowInput, until: number): readonly Span[] {
  const spans: Span[] = [];
  let { isOpen } = input;
  for (let now = input.now; now < until; now += minute) {
    isOpen = decideWindow({ ...input, now, isAnswering: false, isOpen }).isOpen;
    if (isOpen) spans.push({ from: now, to: now + minute });
  }
  return mergeSpans(spans);
}
