import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spaceId } from '../../../core/domain/ids.ts';
import type {
  PastWindow,
  ScheduleState,
  WindowSignal,
  WindowVerdict,
} from '../../../core/domain/schedule.ts';
import {
  freshWindow,
  type Moment,
  pastOf,
  stateOf,
  storedWindow,
  type TrackedWindow,
  withoutJump,
  withVerdict,
  withWork,
  workedSoFar,
} from '../../../core/schedule/tracked-window.ts';

const minuteMs = 60_000;
const leastMs = 15 * minuteMs;
const scope = { kind: 'space', spaceId: spaceId('web', 'here') } as const;
const start: Moment = { now: Date.UTC(2026, 0, 5), monotonicMs: 1_000 };
const later = (minutes: number): Moment => ({
  now: start.now + minutes * minuteMs,
  monotonicMs: start.monotonicMs + minutes * minuteMs,
});
const open = (...by: readonly WindowSignal[]): WindowVerdict => ({ isOpen: true, by });
const closed: WindowVerdict = { isOpen: false, bar: 'message' };

const opened = (by: WindowSignal = 'sleep', starvedSince?: number): TrackedWindow =>
  withVerdict(freshWindow(scope, start, starvedSince), open(by), start, leastMs).window;

describe('a window', () => {
  test('is closed at first, and nothing is known of it', () => {
    expect(freshWindow(scope, start)).toEqual({
      scope,
      verdict: { isOpen: false, bar: 'starting' },
      state: 'waiting',
      since: start.now,
      workedMs: 0,
    });
    expect(freshWindow(scope, start, 7).starvedSince).toBe(7);
  });

  test('has a state for each of the four ways in which it is open and something works', () => {
    const states = [true, false].flatMap((isOpen) =>
      [true, false].map((isWorking) => stateOf(isOpen, isWorking)),
    );
    expect(states).toEqual(['running', 'open', 'pausing', 'waiting']);
  });

  test('keeps by what it opened, whatever keeps it open', () => {
    const { window, closed: none } = withVerdict(
      opened('sleep'),
      open('idle', 'calendar'),
      later(5),
      leastMs,
    );
    expect(window).toMatchObject({ opened: { at: start.now, by: ['sleep'] }, since: start.now });
    expect(window.verdict).toEqual(open('idle', 'calendar'));
    expect(none).toBeUndefined();
  });

  test('is a window of the past when it closes, with why and how long something worked', () => {
    const working = withWork(opened(), true, later(1));
    const rested = withWork(working, false, later(3));
    const again = withWork(rested, true, later(10));
    const change = withVerdict(again, closed, later(20), leastMs);
    expect(change.closed).toEqual({
      from: start.now,
      to: later(20).now,
      openedBy: ['sleep'],
      closedBy: 'message',
      workedMs: 12 * minuteMs,
    });
    expect(change.window).toMatchObject({ state: 'pausing', since: later(20).now });
    expect(change.window).not.toHaveProperty('opened');
  });

  test('counts nothing of what still works after its end for the next one', () => {
    const late = withVerdict(withWork(opened(), true, later(0)), closed, later(5), leastMs).window;
    const rested = withVerdict(withWork(late, false, later(9)), open('idle'), later(20), leastMs).window;
    expect(workedSoFar(rested, later(20))).toBe(0);
    const reopened = withVerdict(late, open('idle'), later(9), leastMs).window;
    expect(reopened.state).toBe('running');
    expect(withVerdict(reopened, closed, later(10), leastMs).closed?.workedMs).toBe(minuteMs);
  });

  test('that a clock put back has ended before it began is none', () => {
    expect(withVerdict(opened(), closed, { ...later(5), now: start.now }, leastMs).closed).toBeUndefined();
    const by = { at: start.now, by: ['sleep'] } as const;
    expect(pastOf(by, start.now - 1, 'restart', 0)).toEqual({});
    expect(pastOf(by, start.now + 1, 'restart', 0).closed).toMatchObject({ closedBy: 'restart' });
  });

  test('is stored with what has worked up to now, while it is open', () => {
    const working = withWork(opened('sleep', 5), true, later(1));
    expect(storedWindow(working, later(4))).toEqual({
      state: 'running',
      since: later(1).now,
      openedAt: start.now,
      openedBy: ['sleep'],
      workedMs: 3 * minuteMs,
      seenAt: later(4).now,
      starvedSince: 5,
    });
    const pausing = withVerdict(working, closed, later(6), leastMs).window;
    expect(storedWindow(pausing, later(7))).toEqual({
      state: 'pausing',
      since: later(6).now,
      starvedSince: 5,
    });
  });
});

describe('what starves', () => {
  const since = start.now - 1;
  /** Since when it starves after its window was open for so many minutes by something, looked at again or closed then. */
  const sinceAfter = (by: WindowSignal, minutes: number, last: WindowVerdict): number | undefined =>
    withVerdict(opened(by, since), last, later(minutes), leastMs).window.starvedSince;

  test('does so until a window was open for long enough to be of use', () => {
    for (const last of [open('sleep'), closed]) {
      expect(sinceAfter('sleep', 15, last)).toBeUndefined();
      expect(sinceAfter('sleep', 14.9, last)).toBe(since);
    }
  });

  test('is not fed by being let work because it starves', () => {
    for (const last of [open('starved'), closed]) expect(sinceAfter('starved', 600, last)).toBe(since);
  });

  test('is not fed where the window only opens', () => {
    expect(opened('sleep', since).starvedSince).toBe(since);
    const long = withVerdict(opened('sleep', since), closed, later(1), leastMs).window;
    expect(withVerdict(long, open('idle'), later(900), leastMs).window.starvedSince).toBe(since);
  });

  test('has waited neither longer nor shorter for a clock that was set', () => {
    const window = freshWindow(scope, start, since);
    const jumped = (ms: number): number | undefined =>
      withoutJump(window, start, { ...later(5), now: later(5).now + ms }).starvedSince;
    for (const ms of [minuteMs, 30 * minuteMs, -30 * minuteMs]) expect(jumped(ms)).toBe(since + ms);
    // So little is the drift of clocks.
    for (const ms of [0, minuteMs - 1, 1 - minuteMs]) expect(jumped(ms)).toBe(since);
    const fed = freshWindow(scope, start);
    expect(withoutJump(fed, start, { ...later(5), now: 0 })).toEqual(fed);
  });

  test('begins nothing by itself', () => {
    const shut = withVerdict(opened('sleep'), closed, later(1), leastMs).window;
    expect(shut).not.toHaveProperty('starvedSince');
    expect(withVerdict(shut, open('idle'), later(99), leastMs).window).not.toHaveProperty('starvedSince');
  });
});

type Step =
  | { readonly kind: 'verdict'; readonly verdict: WindowVerdict }
  | { readonly kind: 'work'; readonly isWorking: boolean }
  | { readonly kind: 'clock'; readonly byMs: number };

const anyVerdict: fc.Arbitrary<WindowVerdict> = fc.oneof(
  fc
    .subarray<WindowSignal>(['sleep', 'idle', 'starved', 'person'], { minLength: 1 })
    .map((by): WindowVerdict => ({ isOpen: true, by })),
  fc
    .constantFrom('message', 'answering', 'awake', 'follower' as const)
    .map((bar): WindowVerdict => ({ isOpen: false, bar })),
);

const stepsOf = (byMs: fc.Arbitrary<number>): fc.Arbitrary<readonly (Step & { readonly ms: number })[]> =>
  fc.array(
    fc
      .tuple(
        fc.oneof(
          anyVerdict.map((verdict): Step => ({ kind: 'verdict', verdict })),
          fc.boolean().map((isWorking): Step => ({ kind: 'work', isWorking })),
          byMs.map((jumpMs): Step => ({ kind: 'clock', byMs: jumpMs })),
        ),
        fc.nat(20 * minuteMs),
      )
      .map(([step, ms]) => ({ ...step, ms })),
    { maxLength: 40 },
  );

/** What a window is told to be, by looking at every single step. */
interface Model {
  isOpen: boolean;
  isWorking: boolean;
  since: number;
  openedAt: number;
  openedBy: readonly WindowSignal[];
  workedMs: number;
  starvedSince: number | undefined;
  wasStarvedOnly: boolean;
}

const stateWords = {
  'true true': 'running',
  'true false': 'open',
  'false true': 'pausing',
  'false false': 'waiting',
} as const satisfies Readonly<Record<string, ScheduleState>>;

const stateIn = ({ isOpen, isWorking }: Model): ScheduleState => stateWords[`${isOpen} ${isWorking}`];

function tellModel(model: Model, verdict: WindowVerdict, now: number): PastWindow | undefined {
  const wasOpen = model.isOpen;
  if (wasOpen && !model.wasStarvedOnly && now - model.openedAt >= leastMs) model.starvedSince = undefined;
  model.isOpen = verdict.isOpen;
  if (verdict.isOpen) {
    model.wasStarvedOnly = verdict.by.includes('starved');
    if (!wasOpen) Object.assign(model, { openedAt: now, openedBy: verdict.by, workedMs: 0 });
    return undefined;
  }
  if (!wasOpen || now <= model.openedAt) return undefined;
  const { openedAt, openedBy, workedMs } = model;
  return { from: openedAt, to: now, openedBy, closedBy: verdict.bar, workedMs };
}

interface Followed {
  readonly past: readonly PastWindow[];
  readonly lengthsMs: readonly number[];
}

/** Lets a window go through steps beside the model, and compares them after each. */
function follow(steps: readonly (Step & { readonly ms: number })[], starvedSince?: number): Followed {
  let moment = start;
  let window = freshWindow(scope, moment, starvedSince);
  let openedMs = moment.monotonicMs;
  const model: Model = {
    isOpen: false,
    isWorking: false,
    since: moment.now,
    openedAt: 0,
    openedBy: [],
    workedMs: 0,
    starvedSince,
    wasStarvedOnly: false,
  };
  const past: PastWindow[] = [];
  const lengthsMs: number[] = [];
  for (const step of steps) {
    moment = { now: moment.now + step.ms, monotonicMs: moment.monotonicMs + step.ms };
    if (model.isOpen && model.isWorking) model.workedMs += step.ms;
    const before = stateIn(model);
    if (step.kind === 'clock') moment = { ...moment, now: moment.now + step.byMs };
    else if (step.kind === 'work') {
      window = withWork(window, step.isWorking, moment);
      model.isWorking = step.isWorking;
    } else {
      const wasOpen = model.isOpen;
      const change = withVerdict(window, step.verdict, moment, leastMs);
      window = change.window;
      expect(change.closed).toEqual(tellModel(model, step.verdict, moment.now));
      if (change.closed !== undefined) {
        past.push(change.closed);
        lengthsMs.push(moment.monotonicMs - openedMs);
      }
      if (!wasOpen && model.isOpen) openedMs = moment.monotonicMs;
      expect(window.verdict).toEqual(step.verdict);
    }
    if (stateIn(model) !== before) model.since = moment.now;
    expect(window.state).toBe(stateIn(model));
    expect(window.since).toBe(model.since);
    expect(window.starvedSince).toBe(model.starvedSince);
    expect(workedSoFar(window, moment)).toBeGreaterThanOrEqual(0);
    if (model.isOpen) expect(storedWindow(window, moment).workedMs).toBe(model.workedMs);
  }
  return { past, lengthsMs };
}

describe('whatever happens to a window', () => {
  const starving = fc.option(fc.constant(start.now - 1), { nil: undefined });

  test('its state, since when, and what it has worked are as one counts them', () => {
    fc.assert(
      fc.property(stepsOf(fc.constant(0)), starving, (steps, starvedSince) => {
        const { past, lengthsMs } = follow(steps, starvedSince);
        for (const [place, { from, to, workedMs }] of past.entries()) {
          expect(from).toBeLessThan(to);
          expect(from).toBeGreaterThanOrEqual(past[place - 1]?.to ?? start.now);
          expect(workedMs).toBeGreaterThanOrEqual(0);
          expect(workedMs).toBeLessThanOrEqual(lengthsMs[place] ?? 0);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a clock that is set makes no window backward, and no work out of nothing', () => {
    const jumps = fc.integer({ min: -60 * minuteMs, max: 60 * minuteMs });
    fc.assert(
      fc.property(stepsOf(jumps), (steps) => {
        const { past, lengthsMs } = follow(steps);
        for (const [place, { from, to, workedMs }] of past.entries()) {
          expect(from).toBeLessThan(to);
          expect(workedMs).toBeLessThanOrEqual(lengthsMs[place] ?? 0);
        }
      }),
      { numRuns: 300 },
    );
  });
});
