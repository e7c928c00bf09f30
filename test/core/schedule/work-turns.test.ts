import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inTurn } from '../../../core/schedule/in-turn.ts';
import {
  answersPatienceMs,
  type BackgroundWork,
  backgroundWork,
  createWorkTurns,
  defaultPatienceMs,
  type WorkTurns,
} from '../../../core/schedule/work-turns.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';

const minute = 60_000;
const hour = 60 * minute;

interface Rig {
  readonly clock: FakeClock;
  readonly turns: WorkTurns;
  /** Names of those whose turn it was, in that order. */
  readonly began: string[];
  /** Of whoever has the turn. */
  giveBack(): void;
  wait(kind: BackgroundWork, name?: string): AbortController;
  /** Why each of those that were stopped was. */
  readonly stopped: unknown[];
  open(isOpen: boolean): void;
  answer(isAnswering: boolean): void;
  settle(): Promise<void>;
  listeners(): number;
}

function rig(isOpenAtFirst = true, disturbs?: () => boolean, graceMs?: number): Rig {
  const clock = createFakeClock();
  const listeners = new Set<() => void>();
  const state = { isOpen: isOpenAtFirst, isAnswering: false };
  const listen = (listener: () => void): (() => void) => {
    const own = (): void => listener();
    listeners.add(own);
    return () => listeners.delete(own);
  };
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const turns = createWorkTurns({
    window: { isOpen: () => state.isOpen, onChange: listen },
    isAnswering: () => state.isAnswering,
    onAnswering: listen,
    ...(disturbs === undefined ? {} : { disturbs }),
    clock,
    patienceMs: defaultPatienceMs,
    ...(graceMs === undefined ? {} : { graceMs }),
  });
  const began: string[] = [];
  const stopped: unknown[] = [];
  let current = (): void => {};
  return {
    clock,
    turns,
    began,
    stopped,
    giveBack: () => current(),
    wait(kind, name = kind) {
      const controller = new AbortController();
      turns.take(kind, controller.signal).then(
        (giveBack) => {
          began.push(name);
          current = giveBack;
        },
        (error: unknown) => stopped.push(error),
      );
      return controller;
    },
    open(isOpen) {
      state.isOpen = isOpen;
      tell();
    },
    answer(isAnswering) {
      state.isAnswering = isAnswering;
      tell();
    },
    settle: () => clock.advance(0),
    listeners: () => listeners.size,
  };
}

async function workOff(one: Rig, times: number): Promise<void> {
  for (let at = 0; at < times; at += 1) {
    await one.settle();
    one.giveBack();
  }
  await one.settle();
}

describe('in a window', () => {
  test('the first is let in at once, then the most important, and of a kind who came first', async () => {
    const one = rig();
    one.wait('embedding', 'first');
    for (const name of ['e1', 'e2']) one.wait('embedding', name);
    for (const name of ['c1', 'c2']) one.wait('consolidation', name);
    one.wait('proof', 'p1');
    one.wait('training', 't1');
    expect(one.turns.report()).toEqual({
      working: 'embedding',
      waiting: { embedding: 2, consolidation: 2, proof: 1, training: 1 },
    });
    await workOff(one, 7);
    expect(one.began).toEqual(['first', 't1', 'p1', 'c1', 'c2', 'e1', 'e2']);
    expect(one.turns.report()).toEqual({ waiting: {} });
  });

  test('that has just opened training goes first, though it comes a little later', async () => {
    const one = rig(false, undefined, 15_000);
    one.wait('proof', 'p1');
    one.open(true);
    await one.clock.advance(3_000);
    expect(one.began).toEqual([]);
    one.wait('training', 't1');
    await one.settle();
    expect(one.began).toEqual(['t1']);
    one.giveBack();
    await one.settle();
    expect(one.began).toEqual(['t1']);
    await one.clock.advance(12_000);
    expect(one.began).toEqual(['t1', 'p1']);
  });

  test('the others do not wait for training that does not come, nor what is overdue for anything', async () => {
    const one = rig(false, undefined, 15_000);
    one.wait('embedding', 'e1');
    await one.clock.advance(1_000);
    one.open(true);
    await one.clock.advance(14_999);
    expect(one.began).toEqual([]);
    await one.clock.advance(1);
    expect(one.began).toEqual(['e1']);
    one.giveBack();
    one.open(false);
    one.wait('embedding', 'e2');
    await one.clock.advance(2 * 60_000 - 5_000);
    one.open(true);
    await one.clock.advance(5_000);
    expect(one.began).toEqual(['e1', 'e2']);
  });

  test('one at a time', async () => {
    const one = rig();
    one.wait('proof', 'a');
    one.wait('proof', 'b');
    await one.clock.advance(12 * hour);
    expect(one.began).toEqual(['a']);
    one.giveBack();
    await one.settle();
    expect(one.began).toEqual(['a', 'b']);
  });

  test('a turn that is given back again takes nobody’s', async () => {
    const one = rig();
    const giveBack = await one.turns.take('proof', new AbortController().signal);
    giveBack();
    one.wait('proof', 'b');
    one.wait('proof', 'c');
    await one.settle();
    giveBack();
    await one.settle();
    expect(one.began).toEqual(['b']);
  });

  test('nobody while a person is being answered; then at once', async () => {
    const one = rig();
    one.answer(true);
    one.wait('training');
    await one.clock.advance(hour);
    expect(one.began).toEqual([]);
    one.answer(false);
    await one.settle();
    expect(one.began).toEqual(['training']);
  });

  test('what has waited long goes before what is more important and came later', async () => {
    const one = rig();
    one.wait('training', 't1');
    one.wait('embedding', 'e1');
    await one.clock.advance(defaultPatienceMs.embedding);
    one.wait('training', 't2');
    await workOff(one, 2);
    expect(one.began).toEqual(['t1', 'e1', 't2']);
  });

  test('of what has waited long the most important goes first', async () => {
    const one = rig();
    one.wait('training', 'first');
    one.wait('embedding');
    one.wait('proof');
    one.wait('training');
    await one.clock.advance(hour);
    await workOff(one, 3);
    expect(one.began).toEqual(['first', 'proof', 'embedding', 'training']);
  });
});

describe('outside a window', () => {
  test.each(backgroundWork.filter((kind) => kind !== 'training'))(
    '%s waits as long as its patience, no longer',
    async (kind) => {
      const one = rig(false);
      one.wait(kind);
      await one.clock.advance(defaultPatienceMs[kind] - 1);
      expect(one.began).toEqual([]);
      await one.clock.advance(1);
      expect(one.began).toEqual([kind]);
    },
  );

  test('training waits for a window for ever', async () => {
    const one = rig(false);
    one.wait('training');
    await one.clock.advance(30 * 24 * hour);
    expect(one.began).toEqual([]);
    expect(one.clock.waiting()).toBe(0);
    one.open(true);
    await one.settle();
    expect(one.began).toEqual(['training']);
  });

  test('not while a person is being answered, though its patience is over', async () => {
    const one = rig(false);
    one.answer(true);
    one.wait('embedding');
    await one.clock.advance(defaultPatienceMs.embedding + minute);
    expect(one.began).toEqual([]);
    one.answer(false);
    await one.settle();
    expect(one.began).toEqual(['embedding']);
  });

  test('a window that closes lets nobody in any more, and ends no turn', async () => {
    const one = rig();
    one.wait('training', 'a');
    one.wait('training', 'b');
    await one.settle();
    one.open(false);
    expect(one.turns.report()).toEqual({ working: 'training', waiting: { training: 1 } });
    one.giveBack();
    await one.settle();
    expect(one.began).toEqual(['a']);
  });
});

describe('where somebody is always being answered', () => {
  test.each([
    ['embedding', 12 * minute],
    ['proof', 2 * hour],
    ['consolidation', 30 * hour],
  ] as const)('%s has its turn all the same, after %d ms', async (kind, ms) => {
    for (const isOpen of [true, false]) {
      const one = rig(isOpen);
      one.answer(true);
      one.wait(kind);
      await one.clock.advance(ms - 1);
      expect(one.began).toEqual([]);
      await one.clock.advance(1);
      expect(one.began).toEqual([kind]);
    }
  });

  test('training waits for ever', async () => {
    const one = rig();
    one.answer(true);
    one.wait('training');
    await one.clock.advance(365 * 24 * hour);
    expect(one.began).toEqual([]);
    expect(one.clock.waiting()).toBe(0);
  });

  test('one at a time, and only what has waited so long', async () => {
    const one = rig();
    one.answer(true);
    for (const name of ['a', 'b']) one.wait('embedding', name);
    await one.clock.advance(11 * minute);
    one.wait('embedding', 'c');
    await one.clock.advance(hour);
    expect(one.began).toEqual(['a']);
    one.wait('embedding', 'd');
    await workOff(one, 3);
    expect(one.began).toEqual(['a', 'b', 'c']);
    expect(one.turns.report()).toEqual({ waiting: { embedding: 1 } });
  });
});

describe('where work disturbs nobody', () => {
  test('answers do not hold it up, in a window and outside', async () => {
    const open = rig(true, () => false);
    open.answer(true);
    open.wait('training');
    const shut = rig(false, () => false);
    shut.answer(true);
    shut.wait('embedding');
    await shut.clock.advance(defaultPatienceMs.embedding - 1);
    expect([open.began, shut.began]).toEqual([['training'], []]);
    await shut.clock.advance(1);
    expect(shut.began).toEqual(['embedding']);
  });

  test('is asked at each look', async () => {
    const is = { disturbing: true };
    const one = rig(true, () => is.disturbing);
    one.answer(true);
    one.wait('training');
    await one.settle();
    expect(one.began).toEqual([]);
    is.disturbing = false;
    one.answer(true);
    await one.settle();
    expect(one.began).toEqual(['training']);
  });
});

test.each([
  [0, 10 * minute],
  [hour, hour],
  [7 * hour, 6 * hour],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
])('whose patience is %d ms waits %d ms more for answers', (patienceMs, moreMs) => {
  expect(answersPatienceMs(patienceMs)).toBe(moreMs);
});

describe('stopping', () => {
  test('whoever is stopped while waiting has no turn, and the others lose nothing', async () => {
    const one = rig();
    one.wait('proof', 'a');
    const b = one.wait('proof', 'b');
    one.wait('proof', 'c');
    b.abort();
    await workOff(one, 2);
    expect(one.began).toEqual(['a', 'c']);
    expect(one.stopped).toMatchObject([{ name: 'AppError', code: 'aborted' }]);
    expect(one.turns.report()).toEqual({ waiting: {} });
  });

  test('with a signal that has fired already nobody waits', async () => {
    const { turns } = rig();
    await expect(turns.take('proof', AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    expect(turns.report()).toEqual({ waiting: {} });
  });

  test('a stop that comes after the turn began ends nothing', async () => {
    const one = rig();
    const a = one.wait('proof', 'a');
    await one.settle();
    a.abort();
    await one.settle();
    expect(one.turns.report()).toEqual({ working: 'proof', waiting: {} });
    expect(one.stopped).toEqual([]);
  });

  test('a signal that lives long is not listened to for longer than one waits', async () => {
    const { turns } = rig();
    const { signal } = new AbortController();
    for (let at = 0; at < 3; at += 1) (await turns.take('proof', signal))();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('all of them, and leaves neither timer nor listener behind', async () => {
    const one = rig(false);
    one.wait('embedding');
    one.wait('proof');
    expect([one.clock.waiting(), one.listeners()]).toEqual([1, 2]);
    one.turns.stop();
    one.wait('embedding', 'late');
    await one.settle();
    expect(one.stopped).toHaveLength(3);
    expect([one.began, one.clock.waiting(), one.listeners()]).toEqual([[], 0, 0]);
  });
});

describe('work in its turn', () => {
  test('is done without one where no turns are taken', async () => {
    expect(await inTurn(undefined, AbortSignal.abort(), async () => 7)).toBe(7);
  });

  test('gives its turn back, also where it fails', async () => {
    const { turns } = rig();
    const { signal } = new AbortController();
    const take = (until: AbortSignal) => turns.take('proof', until);
    expect(await inTurn(take, signal, async () => turns.report().working)).toBe('proof');
    await expect(inTurn(take, signal, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(turns.report()).toEqual({ waiting: {} });
    await expect(inTurn(take, AbortSignal.abort(), async () => 7)).rejects.toMatchObject({ code: 'aborted' });
  });
});

const kind = fc.constantFrom(...backgroundWork);
const move = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('come' as const), kind }) },
  { weight: 3, arbitrary: fc.constant({ do: 'give back' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('window' as const), is: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('answering' as const), is: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(1, minute, 2 * minute, 10 * minute, hour, 6 * hour),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(9) }) },
);
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

interface Waiter {
  readonly name: string;
  readonly kind: BackgroundWork;
  readonly sinceMs: number;
  readonly controller: AbortController;
}

/** How long something waits for a window, and where people are answered. */
const limitsMs = (kind: BackgroundWork): { readonly window: number; readonly answers: number } => {
  const window = defaultPatienceMs[kind];
  return { window, answers: window + answersPatienceMs(window) };
};

/** Who must have the turn by the rule as it is written. */
function due(
  waiters: readonly Waiter[],
  nowMs: number,
  { open, heldUp }: { readonly open: boolean; readonly heldUp: boolean },
): string | undefined {
  const isOverdue = (one: Waiter): boolean =>
    nowMs - one.sinceMs >= limitsMs(one.kind)[heldUp ? 'answers' : 'window'];
  const pools = [waiters.filter(isOverdue), open && !heldUp ? waiters : []];
  for (const pool of pools) {
    for (const wanted of backgroundWork) {
      const first = pool.find((one) => one.kind === wanted);
      if (first !== undefined) return first.name;
    }
  }
  return undefined;
}

test('never two, and always whose turn it is by the rule, or nobody’s', async () => {
  const beginning = fc.record({ isOpenAtFirst: fc.boolean(), disturbs: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 50 }), beginning, async (moves, begins) => {
      const { isOpenAtFirst, disturbs } = begins;
      const one = rig(isOpenAtFirst, () => disturbs);
      let waiters: readonly Waiter[] = [];
      let working: string | undefined;
      const is = { open: isOpenAtFirst, answering: false };
      let begun = 0;

      /** What the rule lets in now. */
      function letIn(): void {
        if (working !== undefined) return;
        const heldUp = is.answering && disturbs;
        working = due(waiters, one.clock.monotonicMs(), { open: is.open, heldUp });
        if (working === undefined) return;
        begun += 1;
        waiters = waiters.filter(({ name }) => name !== working);
      }
      function apply(what: Exclude<Move, { do: 'pass' }>, at: number): void {
        if (what.do === 'come') {
          const name = `${what.kind} ${at}`;
          const controller = one.wait(what.kind, name);
          waiters = [...waiters, { name, kind: what.kind, sinceMs: one.clock.monotonicMs(), controller }];
        } else if (what.do === 'window') {
          is.open = what.is;
          one.open(what.is);
        } else if (what.do === 'answering') {
          is.answering = what.is;
          one.answer(what.is);
        } else if (what.do === 'leave') {
          const gone = waiters[what.which];
          gone?.controller.abort();
          waiters = waiters.filter((waiter) => waiter !== gone);
        } else if (working !== undefined) {
          working = undefined;
          one.giveBack();
        }
      }
      /** In steps in which at most one kind of patience ends. */
      async function pass(ms: number): Promise<void> {
        for (let leftMs = ms; leftMs > 0; ) {
          const ends = waiters
            .flatMap(({ kind: of, sinceMs }) =>
              Object.values(limitsMs(of)).map((limitMs) => sinceMs + limitMs - one.clock.monotonicMs()),
            )
            .filter((endMs) => endMs > 0);
          const stepMs = Math.min(leftMs, ...ends);
          await one.clock.advance(stepMs);
          leftMs -= stepMs;
          letIn();
        }
      }
      for (const [at, what] of moves.entries()) {
        if (what.do === 'pass') await pass(what.ms);
        else apply(what, at);
        letIn();
        await one.settle();
        expect(one.began).toHaveLength(begun);
        if (working !== undefined) expect(one.began.at(-1)).toBe(working);
        const report = one.turns.report();
        expect(report.working !== undefined).toBe(working !== undefined);
        expect(Object.values(report.waiting).reduce((sum, count) => sum + count, 0)).toBe(waiters.length);
      }
      // Nobody waits for ever: once there is time and every turn is given back, all have theirs.
      one.answer(false);
      one.open(true);
      const left = waiters.length + (working === undefined ? 0 : 1);
      await workOff(one, left + 1);
      expect(one.turns.report()).toEqual({ waiting: {} });
      expect(one.began).toHaveLength(begun + waiters.length);
      one.turns.stop();
      expect(one.clock.waiting()).toBe(0);
    }),
    { numRuns: 200 },
  );
});

test('nothing starves behind training that comes again and again', async () => {
  const one = rig();
  const names: BackgroundWork[] = ['proof', 'consolidation', 'embedding'];
  one.wait('training');
  for (const name of names) one.wait(name);
  for (let at = 0; at < 25 * 60; at += 1) {
    one.wait('training');
    await one.clock.advance(minute);
    one.giveBack();
    await one.settle();
  }
  for (const name of names) expect(one.began).toContain(name);
});
