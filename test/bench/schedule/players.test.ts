import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCalls } from '../../../bench/lib/schedule/calls.ts';
import { type Community, everyNight, noSleepHours } from '../../../bench/lib/schedule/community.ts';
import { learn } from '../../../bench/lib/schedule/learn.ts';
import { playOracle } from '../../../bench/lib/schedule/play-oracle.ts';
import { ourRule, playOurs } from '../../../bench/lib/schedule/play-ours.ts';
import { playReference } from '../../../bench/lib/schedule/play-reference.ts';
import { otherRules, usualWork } from '../../../bench/lib/schedule/rules.ts';
import type { Message } from '../../../bench/lib/schedule/traffic.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import type { SpaceSignals } from '../../../core/domain/schedule.ts';
import { clipSpans, intersectSpans, mergeSpans, type Span, totalMs } from '../../../core/domain/span.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, utcRules } from '../../../core/domain/wall-clock.ts';

const midnight = Date.UTC(2026, 0, 5);
const at = (hours: number): number => midnight + hours * HOUR_MS;
const message = (hours: number): Message => ({ at: at(hours), answerMs: 10_000 });

function community(messages: readonly Message[], said: Partial<Community> = {}): Community {
  return {
    span: { from: midnight, to: midnight + 2 * DAY_MS },
    rules: utcRules,
    isShared: true,
    sleep: everyNight(22, 6),
    meetings: [],
    calendarOf: 'space',
    messages,
    ...said,
  };
}

const played = (of: Community) => playOurs(of, learn(of), ourRule, usualWork);
const totalHours = (spans: readonly Span[]): number => totalMs(spans) / HOUR_MS;

const anyMessages: fc.Arbitrary<readonly Message[]> = fc
  .array(
    fc.record({
      gap: fc.constantFrom(4, 30, 90, 400, 2_000, 9_000),
      answer: fc.integer({ min: 5, max: 40 }),
    }),
    {
      maxLength: 40,
    },
  )
  .map((steps) => {
    let seconds = 0;
    return steps.flatMap(({ gap, answer }) => {
      seconds += gap;
      return seconds < 2 * 86_400 ? [{ at: midnight + seconds * 1000, answerMs: answer * 1000 }] : [];
    });
  });

describe('ours', () => {
  test('trains while nobody comes, and in steps that are whole', () => {
    const { trained, lostMs } = played(community([]));
    expect(totalHours(trained)).toBeCloseTo(48, 1);
    expect(lostMs).toBe(0);
  });

  test('lets a message wait for the call in flight and for nothing else', () => {
    const inCall = { at: at(24.5) + 7_000, answerMs: 10_000 };
    const { waitsMs, answers, interrupted, trained } = played(
      community([message(12), inCall, { ...inCall, at: inCall.at + 1_000 }]),
    );
    expect(waitsMs[0]).toBeLessThanOrEqual(20_000);
    expect(waitsMs[1]).toBeGreaterThan(0);
    expect(waitsMs[1]).toBeLessThanOrEqual(22_000);
    expect(waitsMs[2]).toBe((waitsMs[1] ?? 0) - 1_000);
    expect(answers[1]).toEqual({ from: inCall.at, to: inCall.at + (waitsMs[1] ?? 0) + 10_000 });
    expect(interrupted.get('sleep')).toBe(1);
    expect(intersectSpans(trained, [{ from: inCall.at + 22_000, to: inCall.at + 3 * MINUTE_MS }])).toEqual(
      [],
    );
  });

  const slow = (of: Community) =>
    playOurs(of, learn(of), ourRule, { callMs: 20_000, callsAStep: 6, reactMs: 2_000 });

  test('may send one more call for two seconds after a message, and then waits for that', () => {
    const waitOf = (afterCallBegan: number): number | undefined =>
      slow(community([{ at: at(1) + afterCallBegan, answerMs: 10_000 }])).waitsMs[0];
    expect([17_000, 18_000, 19_000].map(waitOf)).toEqual([3_000, 2_000, 21_000]);
  });

  test('sends none while somebody is answered, veto or not', () => {
    const of = community([{ at: at(1), answerMs: 90_000 }]);
    const { trained } = playOurs(of, learn(of), { ...ourRule, vetoMs: 0, wokenMs: 0 }, usualWork);
    expect(clipSpans(trained, { from: at(0.9), to: at(1.1) })).toEqual([
      { from: at(0.9), to: at(1) },
      { from: at(1) + 90_000, to: at(1.1) },
    ]);
  });

  test('says what kept it closed', () => {
    const { closed } = played(community([message(12)]));
    expect(closed.map(({ bar }) => bar)).toEqual(['message', 'awake', 'forecast', 'forecast']);
    expect(closed[1]).toEqual({ from: at(12.05), to: at(12.5), bar: 'awake' });
  });

  test('takes a calendar of the space for busy, and one of a person only where that is all there is', () => {
    const meetings = [{ from: at(13), to: at(14), kind: 'accepted', isHeld: true }] as const;
    const messages = Array.from({ length: 12 }, (_, place) => message(12.1 + place * 0.4));
    const inMeeting = (said: Partial<Community>): number =>
      totalHours(
        clipSpans(
          played(community(messages, { sleep: noSleepHours, meetings, ...said })).trained,
          meetings[0],
        ),
      );
    expect(inMeeting({ calendarOf: 'space' })).toBeGreaterThan(0.3);
    expect(inMeeting({ calendarOf: 'person', isShared: false })).toBeGreaterThan(0.3);
    expect(inMeeting({ meetings: [] })).toBe(0);
  });

  test('never sends a call within the veto, and lets nobody wait for more than one', () => {
    fc.assert(
      fc.property(anyMessages, (messages) => {
        const { trained, waitsMs } = played(community(messages));
        const vetoes = messages.map(({ at: from }) => ({ from: from + 22_000, to: from + 3 * MINUTE_MS }));
        expect(intersectSpans(trained, mergeSpans(vetoes))).toEqual([]);
        expect(Math.max(0, ...waitsMs)).toBeLessThanOrEqual(22_000);
      }),
      { numRuns: 12 },
    );
  });

  test('knows nothing of what comes later', () => {
    fc.assert(
      fc.property(anyMessages, fc.integer({ min: 1, max: 47 }), (messages, hours) => {
        const before = messages.filter(({ at: when }) => when < at(hours));
        const until = { from: midnight, to: at(hours) };
        for (const { rule, work } of [{ rule: ourRule, work: usualWork }, ...otherRules.slice(-1)]) {
          const [whole, cut] = [messages, before].map((some) => {
            const of = community(some);
            return clipSpans(playOurs(of, learn(of), rule, work).trained, until);
          });
          expect(whole).toEqual(cut);
        }
      }),
      { numRuns: 6 },
    );
  });

  test('forecasts by quarters of an hour that are over', () => {
    const [with9, without] = [[message(9.1)], []].map((messages) => learn(community(messages)));
    expect(with9?.at(at(9.24))(at(10), 60)).toBe(without?.at(at(9.24))(at(10), 60));
    expect(with9?.at(at(9.25))(at(10), 60)).not.toBe(without?.at(at(9.25))(at(10), 60));
  });

  test('learns when people come', () => {
    const daily = Array.from({ length: 60 }, (_, place) => ({
      at: midnight + (place * 24 + 9.2) * HOUR_MS,
      answerMs: 9_000,
    }));
    const of = community(daily, { span: { from: midnight, to: midnight + 60 * DAY_MS } });
    const learned = learn(of);
    const day = midnight + 59 * DAY_MS;
    expect(learned.at(midnight)(at(9), 60)).toBe(learned.at(midnight)(at(3), 60));
    expect(learned.at(day)(day + 9 * HOUR_MS, 60)).toBeLessThan(0.7);
    expect(learned.at(day)(day + 3 * HOUR_MS, 60)).toBeGreaterThan(0.95);
    expect(learned.error).toBeLessThan(0.05);
  });
});

describe('other rules', () => {
  const heeded = (name: string, quiet: number): SpaceSignals | undefined => {
    const night = { from: midnight, to: at(6) };
    const said = { sleep: [night], busy: [night], peopleAway: [night] };
    const signals = { spaceId: spaceId('web', 'x'), ...said, isShared: true, quiet: () => quiet };
    return otherRules.find((rule) => rule.name === name)?.rule.heed?.(signals, midnight);
  };
  const spans = (signals: SpaceSignals | undefined) =>
    [signals?.sleep, signals?.busy, signals?.peopleAway].map((of) => of?.length);

  test.each<[string, number, readonly number[]]>([
    ['forecast for all', 0.8, [1, 1, 1]],
    ['forecast for all', 0.79, [0, 0, 0]],
    ['forecast for all, idle from 10 minutes at 0.7, calls of 5 s', 0.7, [1, 1, 1]],
    ['forecast for all, idle from 10 minutes at 0.7, calls of 5 s', 0.69, [0, 0, 0]],
    ['sleep only', 0, [1, 0, 0]],
  ])('%s, where it stays quiet with %d', (name, quiet, expected) => {
    expect(spans(heeded(name, quiet))).toEqual(expected);
  });
});

describe('the reference', () => {
  test('sleeps by the clock of its server, whoever is there', () => {
    const chatter = Array.from({ length: 200 }, (_, place) => message(12.005 + place / 6));
    const { trained, waitsMs } = playReference(community(chatter), false, usualWork);
    expect(clipSpans(trained, { from: at(13), to: at(23) })).toEqual([]);
    expect(totalHours(clipSpans(trained, { from: at(23), to: at(31) }))).toBeCloseTo(8, 1);
    expect(clipSpans(trained, { from: at(31.1), to: at(44) })).toEqual([]);
    expect(Math.max(...waitsMs)).toBeGreaterThan(60_000);
    expect(Math.max(...waitsMs)).toBeLessThanOrEqual(120_000);
  });

  test('opens after half an hour, and finishes the step over whoever comes', () => {
    const { trained, waitsMs, answers } = playReference(
      community([message(12), { at: at(13) + 70_000, answerMs: 10_000 }, message(14)]),
      false,
      usualWork,
    );
    expect(clipSpans(trained, { from: at(12.1), to: at(13.4) })).toEqual([
      { from: at(12.5), to: at(13) + 120_000 },
    ]);
    expect(waitsMs[1]).toBe(50_000);
    expect(answers[1]).toEqual({ from: at(13) + 70_000, to: at(13) + 130_000 });
  });

  test('takes whatever stands in the calendar for an absence, where it reads it', () => {
    const messages = Array.from({ length: 40 }, (_, place) => message(10 + place * 0.2));
    const meetings = [{ from: at(12), to: at(13), kind: 'declined', isHeld: false }] as const;
    const inIt = (reads: boolean): number =>
      totalHours(
        clipSpans(playReference(community(messages, { meetings }), reads, usualWork).trained, meetings[0]),
      );
    expect(inIt(true)).toBeCloseTo(1, 1);
    expect(inIt(false)).toBe(0);
  });
});

describe('the oracle', () => {
  test('uses what lies between a veto and the next message where that is long enough', () => {
    const of = community([message(1), message(1.2), message(1.5)], { span: { from: midnight, to: at(2) } });
    expect(playOracle(of, ourRule, usualWork)).toEqual([
      { from: midnight, to: at(1) },
      { from: at(1.25), to: at(1.5) },
      { from: at(1.55), to: at(2) },
    ]);
    expect(playOracle(of, { ...ourRule, leastMs: 16 * MINUTE_MS }, usualWork)).toHaveLength(2);
  });

  test('disturbs nobody, and nobody who gives way to messages has more in gaps that are long enough', () => {
    fc.assert(
      fc.property(anyMessages, (messages) => {
        const of = community(messages);
        const oracle = playOracle(of, ourRule, usualWork);
        const { trained, answers } = played(of);
        expect(
          intersectSpans(
            oracle,
            mergeSpans(messages.map(({ at: from, answerMs }) => ({ from, to: from + answerMs }))),
          ),
        ).toEqual([]);
        const inGaps = totalMs(intersectSpans(trained, oracle));
        expect(inGaps).toBeLessThanOrEqual(totalMs(oracle));
        expect(answers).toHaveLength(messages.length);
      }),
      { numRuns: 12 },
    );
  });
});

describe('calls', () => {
  const work = { callMs: 10, callsAStep: 3, reactMs: 0 };

  test('follow one another, the one in flight at the end finishes, and its step is lost', () => {
    const calls = createCalls(work);
    calls.open(100, 1_000);
    calls.close(145);
    expect(calls.endOfFlight(145)).toBe(150);
    expect(calls.endOfFlight(160)).toBe(160);
    expect(calls.done()).toEqual({ trained: [{ from: 100, to: 150 }], lostMs: 20 });
  });

  test('begin no step that does not fit, until the window is known to be longer', () => {
    const calls = createCalls(work);
    calls.open(0, 50);
    calls.advance(45);
    expect(calls.done()).toEqual({ trained: [{ from: 0, to: 30 }], lostMs: 0 });
    calls.open(45, 105);
    calls.close(80);
    expect(calls.done()).toEqual({
      trained: [
        { from: 0, to: 30 },
        { from: 45, to: 85 },
      ],
      lostMs: 10,
    });
  });

  test('wait for the one in flight where a window opens at once', () => {
    const calls = createCalls(work);
    calls.open(0, 1_000);
    calls.close(5);
    calls.open(6, 1_000);
    calls.advance(11);
    expect(calls.done().trained).toEqual([{ from: 0, to: 20 }]);
  });

  test('are the same however often they are looked at', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(200), { maxLength: 20 }),
        fc.integer({ min: 0, max: 300 }),
        (looks, until) => {
          const [often, once] = [createCalls(work), createCalls(work)];
          for (const calls of [often, once]) calls.open(0, until);
          for (const look of looks.toSorted((a, b) => a - b)) often.advance(look);
          for (const calls of [often, once]) calls.close(200);
          expect(totalMs(often.done().trained)).toBe(totalMs(once.done().trained));
        },
      ),
    );
  });
});
