import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spaceId } from '../../../core/domain/ids.ts';
import type { SpaceSignals, WindowVerdict } from '../../../core/domain/schedule.ts';
import { decideWindow, vetoEnd } from '../../../core/schedule/window-rule.ts';
import { anyInput, anySpace, hour, hours, minute, noon, space, windowInput } from './window-inputs.ts';

const recent = { lastActivityAt: noon - 10 * minute };
const idle = { lastActivityAt: noon - 30 * minute };
const sleeping = { ...recent, sleep: [hours(-1, 4)] };
const asleep = space(sleeping);

function bar(verdict: WindowVerdict): string {
  return verdict.isOpen ? `open by ${verdict.by.join(' ')}` : verdict.bar;
}

const decided = (said: Partial<SpaceSignals>): string =>
  bar(decideWindow(windowInput({ spaces: [space(said)] })));

describe('what opens it', () => {
  test.each<[string, Partial<SpaceSignals>]>([
    ['open by sleep', { ...recent, sleep: [hours(-1, 1)] }],
    ['open by calendar', { ...recent, busy: [hours(0, 1)] }],
    ['open by manual', { ...recent, manual: { kind: 'open', until: noon + 20 * minute } }],
    ['open by people', { ...recent, isShared: false, peopleAway: [hours(0, 2)] }],
    ['open by idle', idle],
    ['open by idle', {}],
    ['awake', recent],
    ['awake', { ...recent, sleep: [hours(-2, 0)], busy: [hours(1, 2)] }],
    ['awake', { lastActivityAt: noon - 30 * minute + 1 }],
  ])('%s', (expected, said) => {
    expect(decided(said)).toBe(expected);
  });

  test('an idle space needs a forecast that is good enough, for a quarter of an hour', () => {
    expect(decided({ ...idle, quiet: () => 0.8 })).toBe('open by idle');
    expect(decided({ ...idle, quiet: () => 0.799 })).toBe('forecast');
    const asked: number[] = [];
    const quiet = (_: number, minutes: number): number => asked.push(minutes);
    decideWindow(windowInput({ spaces: [space({ ...idle, quiet })], leastMs: minute }));
    decideWindow(windowInput({ spaces: [space({ ...idle, quiet })], leastMs: 44.5 * minute }));
    expect(asked).toEqual([15, 15]);
  });

  test('sleep needs none', () => {
    expect(decided({ ...recent, sleep: [hours(-1, 1)], quiet: () => 0 })).toBe('open by sleep');
  });

  test('those who said when they are away speak for others only where it should be quiet besides', () => {
    const away = { ...recent, peopleAway: [hours(0, 2)] };
    expect(decided({ ...away, isShared: true, quiet: () => 0.9 })).toBe('open by people');
    expect(decided({ ...away, isShared: true, quiet: () => 0.5 })).toBe('awake');
    expect(decided({ ...away, isShared: false, quiet: () => 0.5 })).toBe('open by people');
  });

  test('an installation that nobody has talked to yet is idle', () => {
    expect(bar(decideWindow(windowInput({ spaces: [] })))).toBe('open by idle');
  });
});

describe('how long', () => {
  const leftOf = (said: Partial<SpaceSignals>, isOpen = false): WindowVerdict =>
    decideWindow(
      windowInput({
        isOpen,
        spaces: [space({ ...recent, quiet: (at) => (at === noon ? 1 : 0.5), ...said })],
      }),
    );

  test('spans that meet are one', () => {
    const verdict = leftOf({ sleep: [hours(-1, 0.1)], busy: [hours(0.1, 1), hours(2, 3)] });
    expect(verdict).toEqual({ isOpen: true, by: ['sleep'], until: noon + 60 * minute });
  });

  test('what is too short does not begin, and goes on to its end', () => {
    const sleep = [hours(-1, 0.2)];
    expect(leftOf({ sleep })).toMatchObject({ isOpen: false, bar: 'short' });
    expect(leftOf({ sleep }, true)).toMatchObject({ isOpen: true, until: noon + 12 * minute });
    expect(leftOf({ sleep: [hours(-1, 0.25)] })).toMatchObject({ isOpen: true });
    expect(leftOf({ sleep: [hours(-1, 0)] }, true)).toMatchObject({ isOpen: false, bar: 'awake' });
  });

  test('what is too short is open all the same where it is idle', () => {
    expect(leftOf({ ...idle, sleep: [hours(-1, 0.1)] })).toMatchObject({ isOpen: true, by: ['idle'] });
  });

  test('nobody knows until when a space is idle', () => {
    expect(leftOf(idle)).toEqual({ isOpen: true, by: ['idle'] });
  });
});

describe('what keeps it closed whatever else holds', () => {
  test('a message, for the time of the veto', () => {
    const at = (lastMessageAt: number): string =>
      bar(decideWindow(windowInput({ spaces: [asleep], lastMessageAt })));
    expect(at(noon)).toBe('message');
    expect(at(noon - 3 * minute + 1)).toBe('message');
    expect(at(noon - 3 * minute)).toBe('open by sleep');
  });

  test('an answer under way', () => {
    expect(bar(decideWindow(windowInput({ spaces: [asleep], isAnswering: true })))).toBe('answering');
  });

  test('a maintainer, until then', () => {
    const manual = { kind: 'closed', until: noon + 1 } as const;
    const input = windowInput({ spaces: [asleep, space({ ...sleeping, manual }, 'two')] });
    expect(decideWindow(input)).toMatchObject({ bar: 'manual', spaceId: spaceId('web', 'two') });
    expect(decideWindow({ ...input, now: noon + 1 }).isOpen).toBe(true);
  });

  test('a maintainer who opened it does not open it over a message', () => {
    const open = space({ ...recent, manual: { kind: 'open', until: noon + 60 * minute } });
    expect(bar(decideWindow(windowInput({ spaces: [open], lastMessageAt: noon - minute })))).toBe('message');
  });
});

describe('several spaces', () => {
  test('one that is awake keeps all of them closed, and is named', () => {
    const spaces = [asleep, space(recent, 'two')];
    expect(decideWindow(windowInput({ spaces }))).toMatchObject({
      bar: 'awake',
      spaceId: spaces[1]?.spaceId,
    });
  });

  test('forecasts are for all idle spaces together, and the least quiet one is named', () => {
    const quiet = (share: number, name: string): SpaceSignals => space({ ...idle, quiet: () => share }, name);
    expect(bar(decideWindow(windowInput({ spaces: [quiet(0.9, 'one'), quiet(0.95, 'two')] })))).toBe(
      'open by idle',
    );
    const verdict = decideWindow(windowInput({ spaces: [quiet(0.9, 'one'), quiet(0.85, 'two')] }));
    expect(verdict).toMatchObject({ bar: 'forecast', spaceId: spaceId('web', 'two') });
  });

  test('it closes when the first of them wakes', () => {
    const spaces = [asleep, space({ ...recent, busy: [hours(-1, 2)] }, 'two')];
    const until = noon + 120 * minute;
    expect(decideWindow(windowInput({ spaces }))).toEqual({ isOpen: true, by: ['sleep', 'calendar'], until });
    expect(decideWindow(windowInput({ spaces: spaces.toReversed() }))).toMatchObject({ until });
  });
});

describe('always', () => {
  test('nothing opens it within the veto, nor while somebody is answered', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const verdict = decideWindow(input);
        if (input.isAnswering || vetoEnd(input) > input.now) expect(verdict.isOpen).toBe(false);
        if (verdict.isOpen) {
          expect(verdict.by.length).toBeGreaterThan(0);
          if (verdict.until !== undefined) expect(verdict.until).toBeGreaterThan(input.now);
        }
      }),
    );
  });

  test('one more space opens nothing that was closed', () => {
    fc.assert(
      fc.property(anyInput, anySpace, (input, another) => {
        const more = decideWindow({ ...input, spaces: [...input.spaces, another] });
        if (more.isOpen) expect(decideWindow(input).isOpen).toBe(true);
      }),
    );
  });

  test('what may begin may go on', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        if (decideWindow({ ...input, isOpen: false }).isOpen) {
          expect(decideWindow({ ...input, isOpen: true }).isOpen).toBe(true);
        }
      }),
    );
  });

  test('where one is away, it stays open until then', () => {
    fc.assert(
      fc.property(anyInput, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (input, share) => {
        const verdict = decideWindow(input);
        if (!verdict.isOpen || verdict.until === undefined || verdict.by.includes('idle')) return;
        const now = input.now + Math.floor(share * (verdict.until - input.now));
        expect(decideWindow({ ...input, now, isOpen: true }).isOpen).toBe(true);
      }),
    );
  });

  test('the same whichever space comes first', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const turned = decideWindow({ ...input, spaces: input.spaces.toReversed() });
        expect(turned.isOpen).toBe(decideWindow(input).isOpen);
      }),
    );
  });
});

describe('who is active in hours of sleep or in a meeting', () => {
  const wokenMs = 20 * minute;
  const night = { sleep: [hours(-2, 6)] };
  const barAfter = (minutes: number, said: Partial<SpaceSignals>): string => {
    const verdict = decideWindow(
      windowInput({ wokenMs, spaces: [space({ ...said, lastActivityAt: noon - minutes * minute })] }),
    );
    return verdict.isOpen ? `open by ${verdict.by.join(' ')}` : verdict.bar;
  };

  test.each([
    ['sleep', night],
    ['calendar', { busy: [hours(-2, 6)] }],
    ['people', { peopleAway: [hours(-2, 6)], isShared: false }],
  ])('is not away by %s until they were quiet for a while', (by, said) => {
    expect(barAfter(5, said)).toBe('awake');
    expect(barAfter(19, said)).toBe('awake');
    expect(barAfter(20, said)).toBe(`open by ${by}`);
  });

  test('whoever was active before it began is', () => {
    expect(barAfter(10, { sleep: [hours(-0.1, 6)] })).toBe('open by sleep');
  });

  test('what a maintainer opened stays open', () => {
    expect(barAfter(5, { ...night, manual: { kind: 'open', until: noon + 2 * hour } })).toBe(
      'open by manual',
    );
  });
});

test('its end is not told where it would go on by being idle', () => {
  const sleeping = { sleep: [hours(-8, 1)], lastActivityAt: noon - 9 * hour };
  expect(decideWindow(windowInput({ spaces: [space(sleeping)] }))).toEqual({ isOpen: true, by: ['sleep'] });
  const busyAfter = { ...sleeping, quiet: () => 0.5 };
  expect(decideWindow(windowInput({ spaces: [space(busyAfter)] }))).toMatchObject({ until: noon + hour });
});
