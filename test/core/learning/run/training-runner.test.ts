import { afterEach, describe, expect, test } from 'vitest';
import { openDatabase, type SqliteDatabase } from '../../../../adapters/sqlite/database.ts';
import { openStores } from '../../../../adapters/sqlite/stores.ts';
import { AppError } from '../../../../core/domain/app-error.ts';
import { personId, spaceId, turnId } from '../../../../core/domain/ids.ts';
import { type PolicyId, type PolicyScope, policyId, runId } from '../../../../core/domain/policy.ts';
import type { RunKind, RunPlan, TrainingRun } from '../../../../core/domain/training-run.ts';
import type { DriverEnd, RunDriver } from '../../../../core/learning/run/run-driver.ts';
import { haltOf, type RunGate } from '../../../../core/learning/run/run-gate.ts';
import type { PlannedRun, RunPlanner } from '../../../../core/learning/run/run-planner.ts';
import { createTrainingRunner, type TrainingRunner } from '../../../../core/learning/run/training-runner.ts';
import type { NewRun, RunEnd, RunStore } from '../../../../core/ports/run-store.ts';
import { createIdleWindow, type IdleWindow } from '../../../fakes/idle-window.ts';
import { createFakeClock, type FakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';

const scope: PolicyScope = { kind: 'space', spaceId: spaceId('fake', 'home') };
const ann = personId('fake', 'ann');
const idleMs = 30 * 60_000;
const quietMs = 3 * 60_000;
const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

const plan: RunPlan = {
  steps: 2,
  samples: 0,
  positives: 0,
  negatives: 0,
  people: 0,
  leftOut: {},
  estimate: { calls: 0, tokens: 0, micros: 0 },
  settings: {},
};
const ready: PlannedRun = { kind: 'ready', methods: ['kto'], samples: [], plan };
const notReady: PlannedRun = {
  kind: 'not_ready',
  reason: 'too_few_samples',
  counts: { samples: 3, positives: 1, negatives: 2, people: 1 },
  plan,
};
const madeWeights = { kind: 'weights', baseModel: 'b', samplerPath: 's', statePath: 't' } as const;

/** One that came to nothing. */
const attemptIn = (of: PolicyScope, at: number): NewRun => ({
  runId: runId(`attempt-${at}`),
  scope: of,
  kind: 'weights',
  methods: [],
  generation: 1,
  plan,
  startedAt: Date.UTC(2026, 0, 5, 13),
});

/** What the driver is asked, and what it answers. */
type Drive = (run: TrainingRun, gate: RunGate, signal: AbortSignal) => Promise<DriverEnd>;

interface Subject {
  readonly clock: FakeClock;
  readonly window: IdleWindow;
  readonly runner: TrainingRunner;
  readonly runs: RunStore;
  readonly driven: TrainingRun[];
  readonly abandoned: TrainingRun[];
  readonly candidates: string[];
  /** What runs were ended with. */
  readonly ended: RunEnd[];
  /** What tidying up was told to heed. */
  readonly tidied: (AbortSignal | undefined)[];
}

interface Given {
  readonly plans?: Readonly<Partial<Record<RunKind, PlannedRun>>>;
  readonly drive?: Drive;
  readonly database?: SqliteDatabase;
  readonly clock?: FakeClock;
  readonly capMicros?: number;
  /** As `RunDriver`. */
  readonly worksOutside?: true;
  readonly addCandidate?: () => Promise<void>;
  /** In these, in this order. @default `scope` */
  readonly scopes?: readonly PolicyScope[];
  /** In place of `plans`. */
  readonly planner?: RunPlanner;
  readonly servingIn?: () => PolicyId | undefined;
  /** Whoever looks for the run at hand learns of it only then. */
  readonly afterRead?: () => Promise<void>;
}

const opened: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

function openSql(): SqliteDatabase {
  const database = openDatabase({ path: ':memory:', logger: createMemoryLogger() });
  opened.push(database);
  return database;
}

function open(given: Given = {}): Subject {
  const clock = given.clock ?? createFakeClock();
  const { runs: stored, settings } = openStores(given.database ?? openSql());
  const ended: RunEnd[] = [];
  const tidied: (AbortSignal | undefined)[] = [];
  const runs: RunStore = {
    ...stored,
    async allUnfinished() {
      const found = await stored.allUnfinished();
      await given.afterRead?.();
      return found;
    },
    async end(runId, end) {
      ended.push(end);
      return stored.end(runId, end);
    },
  };
  const window = createIdleWindow({ clock, idleMs, quietMs });
  const driven: TrainingRun[] = [];
  const abandoned: TrainingRun[] = [];
  const candidates: string[] = [];
  const driver: RunDriver = {
    ...(given.worksOutside === undefined ? {} : { worksOutside: given.worksOutside }),
    async drive(run, gate, signal) {
      driven.push(run);
      return (given.drive ?? (async () => ({ kind: 'candidate', source: madeWeights })))(run, gate, signal);
    },
    async abandon(run, halted) {
      abandoned.push(run);
      tidied.push(halted);
    },
  };
  const plans = given.plans ?? { weights: ready };
  const kinds: readonly RunKind[] = ['weights', 'provider', 'wording'];
  const made = kinds.flatMap((kind): readonly RunPlanner[] => {
    const planned = plans[kind];
    return planned === undefined ? [] : [{ kind, plan: async () => planned }];
  });
  const planners = given.planner === undefined ? made : [given.planner];
  let last = 0;
  const runner = createTrainingRunner({
    runs,
    settings,
    window,
    scopes: async () => given.scopes ?? [scope],
    planners,
    drivers: { weights: driver, wording: driver },
    servingIn: given.servingIn ?? (() => policyId('parent')),
    async addCandidate(run) {
      await given.addCandidate?.();
      candidates.push(run.runId);
      return policyId(`of-${run.runId}`);
    },
    generation: () => 7,
    capMicros: given.capMicros,
    clock,
    ids: {
      next(prefix) {
        last += 1;
        return `${prefix}-${last}-${clock.now()}`;
      },
    },
    logger: createMemoryLogger(),
  });
  opened.push({ close: () => runner.stop() });
  return { clock, window, runner, runs, driven, abandoned, candidates, ended, tidied };
}

describe('beginning', () => {
  test('waits for the window, keeps what it began with, and ends with a candidate', async () => {
    const { clock, runner, runs, driven, candidates } = open();
    runner.start();
    await clock.advance(idleMs - 1_000);
    expect(driven).toEqual([]);
    await clock.advance(5_000);
    expect(driven[0]).toMatchObject({
      kind: 'weights',
      methods: ['kto'],
      generation: 7,
      parentId: 'parent',
      scope,
    });
    const first = await runs.byNumber(1);
    expect(first).toMatchObject({ state: 'done', candidateId: `of-${candidates[0]}` });
    expect(first?.endedAt).toBeGreaterThanOrEqual(first?.startedAt ?? Infinity);
  });

  test('with too little it leaves a record, once a day, and again where a person asks', async () => {
    const { clock, runner, runs, driven } = open({ plans: { weights: notReady } });
    runner.start();
    await clock.advance(idleMs + 12 * 60 * 60_000);
    expect(await runs.list(10)).toMatchObject([{ state: 'skipped', reason: 'too_few_samples', number: 1 }]);
    expect(await runner.now(scope, ann)).toEqual({ kind: 'nothing', reason: 'too_few_samples' });
    expect((await runs.list(10)).map(({ number, askedBy }) => [number, askedBy])).toEqual([
      [2, ann],
      [1, undefined],
    ]);
    await clock.advance(dayMs + 2 * 60 * 60_000);
    expect(await runs.list(10)).toHaveLength(3);
    expect(driven).toEqual([]);
  });

  test('below the minimum for weights the words are searched', async () => {
    const { clock, runner, runs, driven } = open({ plans: { weights: notReady, wording: ready } });
    runner.start();
    await clock.advance(idleMs + 1_500);
    expect(driven.map(({ kind }) => kind)).toContain('wording');
    expect((await runs.list(10)).map(({ kind, state }) => [kind, state])).toContainEqual([
      'weights',
      'skipped',
    ]);
  });

  test('a kind that nobody drives fails with a reason, and the runner goes on', async () => {
    const { clock, runner, runs } = open({ plans: { provider: ready } });
    runner.start();
    await clock.advance(idleMs + 1_500);
    expect(await runs.byNumber(1)).toMatchObject({ state: 'failed', reason: 'no_engine' });
  });
});

/** Makes a free call every minute until it is halted. */
const minutely =
  (clock: () => FakeClock, calls: number[]): Drive =>
  async (_, gate, signal) => {
    try {
      for (;;) {
        await gate.call({ tokens: 1, micros: 0 }, async () => {
          calls.push(clock().monotonicMs());
          await clock().sleep(60_000, signal);
        });
      }
    } catch (thrown) {
      if (haltOf(thrown) === 'paused' || signal.aborted) return { kind: 'paused' };
      throw thrown;
    }
  };

describe('preemption', () => {
  test('after a word no call begins; the one under way ends; the run goes on when it is quiet', async () => {
    const calls: number[] = [];
    const subject: Subject = open({ drive: minutely(() => subject.clock, calls) });
    const { clock, window, runner, runs } = subject;
    runner.start();
    await clock.advance(idleMs + 90_000);
    const before = calls.length;
    expect(before).toBeGreaterThan(0);
    window.touch();
    await clock.advance(idleMs - 2_000);
    expect(calls).toHaveLength(before);
    expect(await runs.unfinished()).toMatchObject({ state: 'paused', reason: 'window_closed', number: 1 });
    await clock.advance(10_000);
    expect(calls.length).toBeGreaterThan(before);
    expect(await runs.unfinished()).toMatchObject({ state: 'running', number: 1 });
  });

  test('`now` begins although somebody has just spoken, and pauses for who speaks after it', async () => {
    const calls: number[] = [];
    const subject: Subject = open({ drive: minutely(() => subject.clock, calls) });
    const { clock, window, runner } = subject;
    runner.start();
    window.touch();
    expect(await runner.now(scope, ann)).toMatchObject({ kind: 'began', run: { askedBy: ann } });
    await clock.advance(2_000);
    expect(calls).toHaveLength(1);
    window.touch();
    await clock.advance(quietMs - 5_000);
    expect(calls).toHaveLength(1);
    await clock.advance(10_000);
    expect(calls).toHaveLength(2);
    // A run at hand is gone on with: it does not wait for its driver.
    expect(await runner.now(scope, ann)).toMatchObject({ kind: 'resumed', run: { number: 1 } });
  });

  test('what a person pauses stays so, over a restart too, until it is resumed', async () => {
    const calls: number[] = [];
    const database = openSql();
    const first: Subject = open({ database, drive: minutely(() => first.clock, calls) });
    first.runner.start();
    await first.clock.advance(idleMs + 2_000);
    expect(await first.runner.pause(scope, ann)).toBe(true);
    expect(await first.runner.pause(scope, ann)).toBe(false);
    await first.clock.advance(2 * 60_000);
    expect(await first.runs.unfinished()).toMatchObject({ state: 'paused', reason: 'person_paused' });
    await first.runner.stop();
    const before = calls.length;

    const second: Subject = open({ database, drive: minutely(() => second.clock, calls) });
    second.runner.start();
    await second.clock.advance(2 * idleMs);
    expect(calls).toHaveLength(before);
    expect(await second.runner.isPausedByPerson(scope)).toBe(true);
    await expect(second.runner.now(scope, ann)).rejects.toMatchObject({ code: 'conflict' });
    expect(await second.runner.resume(scope, ann)).toBe(true);
    expect(await second.runner.resume(scope, ann)).toBe(false);
    await second.clock.advance(5_000);
    expect(calls.length).toBeGreaterThan(before);
    expect(await second.runs.unfinished()).toMatchObject({ state: 'running', number: 1 });
  });
});

describe('ends', () => {
  test('cancel cuts the call under way, gives everything back, and the next may begin', async () => {
    const calls: number[] = [];
    const subject: Subject = open({ drive: minutely(() => subject.clock, calls) });
    const { clock, runner, runs, abandoned } = subject;
    runner.start();
    await clock.advance(idleMs + 2_000);
    expect(await runner.cancel(scope, ann)).toMatchObject({
      state: 'cancelled',
      reason: 'person_cancelled',
      number: 1,
    });
    expect(abandoned.map(({ number }) => number)).toEqual([1]);
    expect(await runs.unfinished()).toBeUndefined();
    expect(await runner.cancel(scope, ann)).toBeUndefined();
  });

  test('nothing and failure are written down with their reasons, and tidied up after', async () => {
    const ends: DriverEnd[] = [
      { kind: 'nothing', reason: 'low_ess' },
      { kind: 'failed', reason: 'engine_failed', error: new AppError('peer_failed', 'It broke.') },
    ];
    const { clock, runner, runs, abandoned } = open({
      drive: async () => ends.shift() ?? { kind: 'waiting', againMs: dayMs },
    });
    runner.start();
    await clock.advance(idleMs + dayMs + 2 * hourMs);
    expect(await runs.byNumber(1)).toMatchObject({ state: 'skipped', reason: 'low_ess' });
    expect(await runs.byNumber(2)).toMatchObject({ state: 'failed', reason: 'engine_failed' });
    expect(abandoned.map(({ number }) => number)).toEqual([1, 2]);
  });

  test('one that waits for somebody outside is driven again after its time, and not before', async () => {
    const { clock, runner, driven } = open({
      drive: async () => ({ kind: 'waiting', againMs: 10 * 60_000 }),
    });
    runner.start();
    await clock.advance(idleMs + 2_000);
    expect(driven).toHaveLength(1);
    await clock.advance(9 * 60_000);
    expect(driven).toHaveLength(1);
    await clock.advance(2 * 60_000);
    expect(driven).toHaveLength(2);
  });

  describe('one whose work goes on elsewhere', () => {
    /** Looks after it every ten minutes; a call of its own is refused while somebody is there. */
    const lookedAfter =
      (halts: boolean[]): Drive =>
      async (_, gate) => {
        halts.push(gate.halted.aborted);
        return { kind: 'waiting', againMs: 10 * 60_000 };
      };

    test('is driven at its time although somebody is there, and makes no call of its own then', async () => {
      const halts: boolean[] = [];
      const { clock, window, runner, runs, driven } = open({
        worksOutside: true,
        drive: lookedAfter(halts),
      });
      runner.start();
      await clock.advance(idleMs + 2_000);
      expect(halts).toEqual([false]);
      window.touch();
      await clock.advance(9 * 60_000);
      expect(driven).toHaveLength(1);
      await clock.advance(2 * 60_000);
      expect(halts).toEqual([false, true]);
      expect(await runs.unfinished()).toMatchObject({ state: 'running', number: 1 });
    });

    test('where not, it waits until nobody has been there for long', async () => {
      const halts: boolean[] = [];
      const { clock, window, runner, runs } = open({ drive: lookedAfter(halts) });
      runner.start();
      await clock.advance(idleMs + 2_000);
      window.touch();
      await clock.advance(idleMs - 2_000);
      expect(halts).toEqual([false]);
      expect(await runs.unfinished()).toMatchObject({ state: 'paused', reason: 'window_closed' });
      await clock.advance(5_000);
      expect(halts).toEqual([false, false]);
    });

    test('is looked after right from a start, and ends while somebody is there; the next does not begin', async () => {
      const database = openSql();
      const first = open({ database, worksOutside: true, drive: lookedAfter([]) });
      first.runner.start();
      await first.clock.advance(idleMs + 2_000);
      await first.runner.stop();
      const second = open({ database, worksOutside: true });
      second.runner.start();
      await second.clock.advance(idleMs - 5_000);
      expect(second.candidates).toHaveLength(1);
      expect(await second.runs.list(9)).toMatchObject([{ number: 1, state: 'done' }]);
    });

    test('stands still while a person has paused it', async () => {
      const halts: boolean[] = [];
      const { clock, runner } = open({ worksOutside: true, drive: lookedAfter(halts) });
      runner.start();
      await clock.advance(idleMs + 2_000);
      await runner.pause(scope, ann);
      await clock.advance(2 * 60 * 60_000);
      expect(halts).toHaveLength(1);
      await runner.resume(scope, ann);
      await clock.advance(2_000);
      expect(halts).toHaveLength(2);
    });
  });

  test('the budget holds over runs', async () => {
    let spent = 0;
    const { clock, runner, runs } = open({
      capMicros: 25,
      drive: async (_, gate) => {
        try {
          await gate.call({ tokens: 1, micros: 10 }, async () => {
            spent += 10;
          });
          return { kind: 'nothing', reason: 'low_ess' };
        } catch (thrown) {
          if (haltOf(thrown) === 'budget_spent') return { kind: 'nothing', reason: 'budget_spent' };
          throw thrown;
        }
      },
    });
    runner.start();
    await clock.advance(idleMs + 5_000);
    for (let days = 1; days < 4; days += 1) await clock.advance(dayMs + hourMs);
    expect(spent).toBe(20);
    expect(await runs.byNumber(3)).toMatchObject({ reason: 'budget_spent', spend: { micros: 0 } });
  });

  test('a stop in the middle loses nothing: the same run goes on after it', async () => {
    const database = openSql();
    const first: Subject = open({ database, drive: minutely(() => first.clock, []) });
    first.runner.start();
    await first.clock.advance(idleMs + 2_000);
    await first.runner.stop();
    const second = open({ database });
    second.runner.start();
    await second.clock.advance(idleMs + 1_500);
    expect(second.driven[0]).toMatchObject({ number: 1 });
    expect(await second.runs.byNumber(1)).toMatchObject({ state: 'done' });
  });

  test('a failing store is told, and tried again', async () => {
    let isFailing = true;
    const { clock, runner, runs } = open({
      addCandidate: async () => {
        if (isFailing) throw new AppError('storage_full', 'The disk is full. Make room.');
      },
    });
    runner.start();
    await clock.advance(idleMs + 1_500);
    expect(runner.problem()).toContain('The disk is full');
    expect(await runs.unfinished()).toMatchObject({ number: 1 });
    isFailing = false;
    await clock.advance(60 * 60_000);
    expect(await runs.byNumber(1)).toMatchObject({ state: 'done' });
    expect(runner.problem()).toBeUndefined();
  });
});

describe('a kind that has made nothing', () => {
  const nothing: DriverEnd = { kind: 'nothing', reason: 'low_ess' };
  const failed: DriverEnd = {
    kind: 'failed',
    reason: 'engine_failed',
    error: new AppError('peer_failed', 'It broke.'),
  };

  test.each([nothing, failed])('rests for a day, over a restart too: $kind', async (end) => {
    const database = openSql();
    const first = open({ database, drive: async () => end });
    first.runner.start();
    await first.clock.advance(idleMs + 10 * hourMs);
    expect(first.driven).toHaveLength(1);
    await first.runner.stop();
    const second = open({ database, clock: first.clock, drive: async () => end });
    second.runner.start();
    await first.clock.advance(13 * hourMs);
    expect(second.driven).toEqual([]);
    await first.clock.advance(3 * hourMs);
    expect(second.driven).toHaveLength(1);
  });

  test('rests where other attempts are on record after it', async () => {
    const away: PolicyScope = { kind: 'space', spaceId: spaceId('fake', 'away') };
    const { clock, runner, runs, driven } = open({ drive: async () => nothing });
    runner.start();
    await clock.advance(idleMs + 5_000);
    for (let at = 0; at < 60; at += 1) await runs.skip(attemptIn(at % 2 === 0 ? away : scope, at), 'x');
    await clock.advance(20 * hourMs);
    expect(driven).toHaveLength(1);
  });

  test('does not rest for an attempt that never began', async () => {
    let isReady = false;
    const { clock, runner, driven } = open({
      planner: { kind: 'weights', plan: async () => (isReady ? ready : notReady) },
    });
    runner.start();
    await clock.advance(idleMs + 5_000);
    isReady = true;
    await clock.advance(2 * hourMs);
    expect(driven.length).toBeGreaterThan(0);
  });

  test('rests alone: the next kind and the next scope have their turn', async () => {
    const away: PolicyScope = { kind: 'space', spaceId: spaceId('fake', 'away') };
    const { clock, runner, driven } = open({
      plans: { weights: ready, wording: ready },
      scopes: [scope, away],
      drive: async () => nothing,
    });
    runner.start();
    await clock.advance(idleMs + 20_000);
    expect(driven.map(({ kind, scope: of }) => [kind, of])).toEqual([
      ['weights', scope],
      ['wording', scope],
      ['weights', away],
      ['wording', away],
    ]);
  });

  test('rests after a person has cancelled it, and begins where a person wants it', async () => {
    const subject: Subject = open({ drive: minutely(() => subject.clock, []) });
    const { clock, runner, driven } = subject;
    runner.start();
    await clock.advance(idleMs + 2_000);
    await runner.cancel(scope, ann);
    await clock.advance(20 * hourMs);
    expect(driven).toHaveLength(1);
    expect(await runner.now(scope, ann)).toMatchObject({ kind: 'began', run: { number: 2 } });
    await clock.advance(2_000);
    expect(driven).toHaveLength(2);
  });

  test('does not rest for years where the clock was set back', async () => {
    const { clock, runner, driven } = open({ drive: async () => nothing });
    runner.start();
    await clock.advance(idleMs + 5_000);
    clock.jump(-400 * dayMs);
    await clock.advance(2 * hourMs);
    expect(driven).toHaveLength(2);
  });
});

describe('a plan', () => {
  const costly: PlannedRun = {
    ...ready,
    plan: { ...plan, estimate: { calls: 1, tokens: 1, micros: 26 } },
  };

  test('that the month has no room for begins nothing, and says so once a day', async () => {
    const { clock, runner, runs, driven } = open({ plans: { weights: costly }, capMicros: 25 });
    runner.start();
    await clock.advance(idleMs + 12 * hourMs);
    expect(driven).toEqual([]);
    expect(await runs.list(9)).toMatchObject([{ state: 'skipped', reason: 'budget_spent', methods: [] }]);
    expect(await runner.now(scope, ann)).toEqual({ kind: 'nothing', reason: 'budget_spent' });
    expect(await runs.unfinished()).toBeUndefined();
  });

  test('that the month has room for begins, with what was spent before it taken off', async () => {
    const database = openSql();
    const first = open({ database, plans: { weights: costly }, capMicros: 27 });
    expect(await first.runner.now(scope, ann)).toMatchObject({ kind: 'began' });
    const run = await first.runs.unfinished();
    await first.runs.reserve(run!.runId, { tokens: 1, micros: 2 }, 0, undefined);
    await first.runs.end(run!.runId, { state: 'done', at: first.clock.now() });
    expect(await first.runner.now(scope, ann)).toMatchObject({ kind: 'nothing', reason: 'budget_spent' });
  });

  test('is made anew where another policy has begun to serve meanwhile', async () => {
    let serving = policyId('old');
    let made = 0;
    const { clock, runner, runs } = open({
      servingIn: () => serving,
      planner: {
        kind: 'weights',
        async plan() {
          made += 1;
          serving = policyId('new');
          return ready;
        },
      },
    });
    runner.start();
    await clock.advance(idleMs + 1_500);
    expect(made).toBeGreaterThan(1);
    expect(await runs.byNumber(1)).toMatchObject({ parentId: 'new' });
  });

  test('of which too little is left when it begins ends at once, and leaves nothing leased', async () => {
    const gone = { turnId: turnId('gone'), revision: 1, step: 1, value: 1, weight: 1, baseline: 0 };
    const { clock, runner, runs, driven } = open({
      plans: { weights: { ...ready, samples: [gone], least: 1 } },
    });
    runner.start();
    await clock.advance(idleMs + 5_000);
    expect(driven).toEqual([]);
    expect(await runs.list(9)).toMatchObject([{ state: 'skipped', reason: 'too_few_samples' }]);
    expect(await runner.now(scope, ann)).toEqual({ kind: 'nothing', reason: 'too_few_samples' });
  });

  test('is given up when the window closes; that is no fault, and no run', async () => {
    const signals: AbortSignal[] = [];
    const { clock, window, runner, runs } = open({
      planner: {
        kind: 'weights',
        plan: (_, signal) => {
          signals.push(signal);
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new AppError('aborted', 'Stopped.')));
          });
        },
      },
    });
    runner.start();
    await clock.advance(idleMs + 1_500);
    expect(signals).toHaveLength(1);
    window.touch();
    await clock.advance(1_000);
    expect(signals[0]?.aborted).toBe(true);
    expect(runner.problem()).toBeUndefined();
    expect(await runs.list(9)).toEqual([]);
    await clock.advance(idleMs + 2_000);
    expect(signals).toHaveLength(2);
  });

  test('that came too late for the window begins nothing', async () => {
    const { clock, window, runner, runs } = open({
      planner: {
        kind: 'weights',
        async plan() {
          window.touch();
          return ready;
        },
      },
    });
    runner.start();
    await clock.advance(idleMs + 1_500);
    expect(await runs.list(9)).toEqual([]);
  });
});

describe('a window that a person has opened', () => {
  const away: PolicyScope = { kind: 'space', spaceId: spaceId('fake', 'away') };
  const ends: readonly DriverEnd[] = [
    { kind: 'candidate', source: madeWeights },
    { kind: 'nothing', reason: 'low_ess' },
    { kind: 'failed', reason: 'engine_failed', error: new AppError('peer_failed', 'It broke.') },
  ];

  test.each(ends)('is open for that run only: no other begins after it: $kind', async (end) => {
    const { clock, window, runner, driven } = open({ scopes: [scope, away], drive: async () => end });
    runner.start();
    window.touch();
    await runner.now(scope, ann);
    await clock.advance(60_000);
    expect(driven).toHaveLength(1);
    expect(window.closedBecause()).toBeDefined();
  });

  test('is open for no other where the run ends in the moment in which a person asks for it', async () => {
    const [read, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let afterRead = async (): Promise<void> => {};
    const { clock, window, runner, driven } = open({
      scopes: [scope, away],
      afterRead: () => afterRead(),
      drive: async () => {
        await finish.promise;
        return { kind: 'candidate', source: madeWeights };
      },
    });
    runner.start();
    await clock.advance(idleMs + 2_000);
    window.touch();
    afterRead = () => read.promise;
    const asked = runner.now(scope, ann);
    await clock.advance(1);
    afterRead = async () => {};
    finish.resolve();
    await clock.advance(1);
    read.resolve();
    expect(await asked).toMatchObject({ kind: 'resumed' });
    await clock.advance(60_000);
    expect(driven).toHaveLength(1);
    expect(window.closedBecause()).toBeDefined();
  });

  test('closes where the run is cancelled or paused', async () => {
    const subject: Subject = open({ drive: minutely(() => subject.clock, []) });
    const { clock, window, runner } = subject;
    runner.start();
    window.touch();
    await runner.now(scope, ann);
    await clock.advance(2_000);
    await runner.pause(scope, ann);
    expect(window.closedBecause()).toBeDefined();
    await clock.advance(2 * 60_000);
    await runner.resume(scope, ann);
    await runner.now(scope, ann);
    await clock.advance(2_000);
    expect(window.closedBecause()).toBeUndefined();
    await runner.cancel(scope, ann);
    expect(window.closedBecause()).toBeDefined();
  });

  test('closes where the run waits for what goes on elsewhere', async () => {
    const { clock, window, runner } = open({
      worksOutside: true,
      drive: async () => ({ kind: 'waiting', againMs: 10 * 60_000 }),
    });
    runner.start();
    window.touch();
    await runner.now(scope, ann);
    await clock.advance(2_000);
    expect(window.closedBecause()).toBeDefined();
  });
});

test('a run that is resumed while somebody is there waits for the window, and says so', async () => {
  const subject: Subject = open({ drive: minutely(() => subject.clock, []) });
  const { clock, window, runner, runs } = subject;
  runner.start();
  await clock.advance(idleMs + 2_000);
  await runner.pause(scope, ann);
  await clock.advance(2 * 60_000);
  window.touch();
  await runner.resume(scope, ann);
  await clock.advance(2_000);
  expect(await runs.unfinished()).toMatchObject({ state: 'paused', reason: 'window_closed' });
});

describe('what is asked during a round', () => {
  test('is not put off by its end: a resume while the step ends', async () => {
    const calls: number[] = [];
    const subject: Subject = open({ drive: minutely(() => subject.clock, calls) });
    const { clock, runner, runs } = subject;
    runner.start();
    await clock.advance(idleMs + 2_000);
    expect(calls).toHaveLength(1);
    await runner.pause(scope, ann);
    // Its call is under way still.
    await clock.advance(2_000);
    await runner.resume(scope, ann);
    await clock.advance(2 * 60_000);
    expect(calls.length).toBeGreaterThan(1);
    expect(await runs.unfinished()).toMatchObject({ state: 'running' });
    expect(await runs.unfinished()).not.toHaveProperty('reason');
  });

  test('is not put off by its end: a window that opens again meanwhile', async () => {
    const calls: number[] = [];
    const subject: Subject = open({
      drive: async (_, gate, signal) => {
        calls.push(subject.clock.monotonicMs());
        // A call that lasts longer than somebody is there.
        await subject.clock.sleep(40 * 60_000, signal).catch(() => undefined);
        return gate.halted.aborted ? { kind: 'paused' } : { kind: 'candidate', source: madeWeights };
      },
    });
    const { clock, window, runner } = subject;
    runner.start();
    await clock.advance(idleMs + 2_000);
    window.touch();
    await clock.advance(41 * 60_000);
    expect(calls).toHaveLength(2);
  });
});

describe('several places', () => {
  const away: PolicyScope = { kind: 'space', spaceId: spaceId('fake', 'away') };

  test('are paused one by one, or all at once', async () => {
    const { clock, runner, driven } = open({ scopes: [scope, away] });
    expect(await runner.pause(scope, ann)).toBe(true);
    expect([await runner.isPausedByPerson(scope), await runner.isPausedByPerson(away)]).toEqual([
      true,
      false,
    ]);
    runner.start();
    await clock.advance(idleMs + 5_000);
    expect(driven.length).toBeGreaterThan(0);
    for (const run of driven) expect(run.scope).toEqual(away);
    expect(await runner.pause('all', ann)).toBe(true);
    const before = driven.length;
    await clock.advance(2 * hourMs);
    expect(driven).toHaveLength(before);
    expect(await runner.resume(scope, ann)).toBe(true);
    expect(await runner.isPausedByPerson(scope)).toBe(true);
    expect(await runner.resume('all', ann)).toBe(true);
    await clock.advance(5_000);
    expect(driven.at(-1)?.scope).toEqual(scope);
  });

  test('a pause of one does not stop the run of another', async () => {
    const calls: number[] = [];
    const subject: Subject = open({ drive: minutely(() => subject.clock, calls) });
    const { clock, runner, runs } = subject;
    runner.start();
    await clock.advance(idleMs + 2_000);
    await runner.pause(away, ann);
    expect(await runner.cancel(away, ann)).toBeUndefined();
    await clock.advance(5 * 60_000);
    expect(calls.length).toBeGreaterThan(4);
    expect(await runs.unfinished()).toMatchObject({ state: 'running' });
  });

  test('a run is gone on with and cancelled from its own place only', async () => {
    const subject: Subject = open({ drive: minutely(() => subject.clock, []) });
    const { clock, runner, runs, window } = subject;
    runner.start();
    await clock.advance(idleMs + 2_000);
    window.touch();
    await clock.advance(2 * 60_000);
    expect(await runner.now({ kind: 'everywhere' }, ann)).toEqual({ kind: 'nothing', reason: 'other_run' });
    expect(window.closedBecause()).toBeDefined();
    expect(await runner.cancel({ kind: 'everywhere' }, ann)).toBeUndefined();
    expect(await runner.cancel(away, ann)).toBeUndefined();
    expect(await runs.unfinished()).toMatchObject({ number: 1 });
    expect(await runner.cancel(scope, ann)).toMatchObject({ state: 'cancelled' });
  });

  test('two that ask at once: one begins, the other is told of it', async () => {
    const { runner } = open();
    const [first, second] = await Promise.all([runner.now(scope, ann), runner.now(scope, ann)]);
    expect(first).toMatchObject({ kind: 'began', run: { number: 1 } });
    expect(second).toMatchObject({ kind: 'resumed', run: { number: 1 } });
  });

  test('two that ask at once for runs with answers in common: one begins', async () => {
    const { runner } = open();
    const [first, second] = await Promise.all([
      runner.now({ kind: 'everywhere' }, ann),
      runner.now(scope, ann),
    ]);
    expect(first).toMatchObject({ kind: 'began' });
    expect(second).toEqual({ kind: 'nothing', reason: 'other_run' });
  });
});

describe('what is written of a run', () => {
  test('a policy of a part of its steps: why, and what it is not made of is free', async () => {
    const ending: DriverEnd = { kind: 'candidate', source: madeWeights, reason: 'kl_stop', keepsSteps: 1 };
    const { clock, runner, runs, ended } = open({ drive: async () => ending });
    runner.start();
    await clock.advance(idleMs + 1_500);
    expect(await runs.byNumber(1)).toMatchObject({ state: 'done', reason: 'kl_stop' });
    expect(ended[0]).toMatchObject({ reason: 'kl_stop', keepsSteps: 1 });
  });

  test('why it waits, until it goes on', async () => {
    const { clock, runner, runs } = open({
      drive: async () => ({ kind: 'waiting', againMs: 10 * 60_000, reason: 'engine_failed' }),
    });
    runner.start();
    await clock.advance(idleMs + 2_000);
    expect(await runs.unfinished()).toMatchObject({ state: 'running', reason: 'engine_failed' });
  });

  test('one that waits and is cancelled does not keep the next waiting', async () => {
    const away: PolicyScope = { kind: 'space', spaceId: spaceId('fake', 'away') };
    const { clock, runner, driven } = open({
      scopes: [scope, away],
      drive: async () => ({ kind: 'waiting', againMs: 20 * hourMs }),
    });
    runner.start();
    await clock.advance(idleMs + 2_000);
    await runner.cancel(scope, ann);
    await clock.advance(3_000);
    expect(driven.map((run) => run.scope)).toEqual([scope, away]);
  });

  test('one that cannot be read any more ends, and training goes on', async () => {
    const database = openSql();
    const first = open({ database, drive: async () => ({ kind: 'waiting', againMs: dayMs }) });
    first.runner.start();
    await first.clock.advance(idleMs + 2_000);
    await first.runner.stop();
    database.attempt(() => database.statement<[]>("UPDATE training_runs SET plan = '{'").run());
    const second = open({ database });
    expect(await second.runner.now(scope, ann)).toMatchObject({ kind: 'began', run: { number: 2 } });
  });
});

describe('tidying up', () => {
  test('is told to stop calling when somebody speaks', async () => {
    const { clock, window, runner, tidied } = open({
      drive: async () => {
        window.touch();
        return { kind: 'nothing', reason: 'low_ess' };
      },
    });
    runner.start();
    await clock.advance(idleMs + 1_500);
    expect(tidied.map((halted) => halted?.aborted)).toEqual([true]);
  });
});
