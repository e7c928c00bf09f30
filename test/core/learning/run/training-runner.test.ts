import { afterEach, describe, expect, test } from 'vitest';
import { openDatabase, type SqliteDatabase } from '../../../../adapters/sqlite/database.ts';
import { openStores } from '../../../../adapters/sqlite/stores.ts';
import { AppError } from '../../../../core/domain/app-error.ts';
import { personId, spaceId } from '../../../../core/domain/ids.ts';
import { type PolicyScope, policyId } from '../../../../core/domain/policy.ts';
import type { RunKind, RunPlan, TrainingRun } from '../../../../core/domain/training-run.ts';
import type { DriverEnd, RunDriver } from '../../../../core/learning/run/run-driver.ts';
import { haltOf, type RunGate } from '../../../../core/learning/run/run-gate.ts';
import type { PlannedRun, RunPlanner } from '../../../../core/learning/run/run-planner.ts';
import { createTrainingRunner, type TrainingRunner } from '../../../../core/learning/run/training-runner.ts';
import type { RunStore } from '../../../../core/ports/run-store.ts';
import { createIdleWindow, type IdleWindow } from '../../../../core/schedule/training-window.ts';
import { createFakeClock, type FakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';

const scope: PolicyScope = { kind: 'space', spaceId: spaceId('fake', 'home') };
const ann = personId('fake', 'ann');
const idleMs = 30 * 60_000;
const quietMs = 3 * 60_000;
const dayMs = 86_400_000;

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
}

interface Given {
  readonly plans?: Readonly<Partial<Record<RunKind, PlannedRun>>>;
  readonly drive?: Drive;
  readonly database?: SqliteDatabase;
  readonly capMicros?: number;
  readonly addCandidate?: () => Promise<void>;
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
  const clock = createFakeClock();
  const { runs, settings } = openStores(given.database ?? openSql());
  const window = createIdleWindow({ clock, idleMs, quietMs });
  const driven: TrainingRun[] = [];
  const abandoned: TrainingRun[] = [];
  const candidates: string[] = [];
  const driver: RunDriver = {
    async drive(run, gate, signal) {
      driven.push(run);
      return (given.drive ?? (async () => ({ kind: 'candidate', source: madeWeights })))(run, gate, signal);
    },
    async abandon(run) {
      abandoned.push(run);
    },
  };
  const plans = given.plans ?? { weights: ready };
  const kinds: readonly RunKind[] = ['weights', 'provider', 'wording'];
  const planners = kinds.flatMap((kind): readonly RunPlanner[] => {
    const planned = plans[kind];
    return planned === undefined ? [] : [{ kind, plan: async () => planned }];
  });
  let last = 0;
  const runner = createTrainingRunner({
    runs,
    settings,
    window,
    scopes: async () => [scope],
    planners,
    drivers: { weights: driver, wording: driver },
    servingIn: () => policyId('parent'),
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
  return { clock, window, runner, runs, driven, abandoned, candidates };
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
    expect(await first.runner.pause(ann)).toBe(true);
    expect(await first.runner.pause(ann)).toBe(false);
    await first.clock.advance(2 * 60_000);
    expect(await first.runs.unfinished()).toMatchObject({ state: 'paused', reason: 'person_paused' });
    await first.runner.stop();
    const before = calls.length;

    const second: Subject = open({ database, drive: minutely(() => second.clock, calls) });
    second.runner.start();
    await second.clock.advance(2 * idleMs);
    expect(calls).toHaveLength(before);
    expect(await second.runner.isPausedByPerson()).toBe(true);
    await expect(second.runner.now(scope, ann)).rejects.toMatchObject({ code: 'conflict' });
    expect(await second.runner.resume(ann)).toBe(true);
    expect(await second.runner.resume(ann)).toBe(false);
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
    expect(await runner.cancel(ann)).toMatchObject({
      state: 'cancelled',
      reason: 'person_cancelled',
      number: 1,
    });
    expect(abandoned.map(({ number }) => number)).toEqual([1]);
    expect(await runs.unfinished()).toBeUndefined();
    expect(await runner.cancel(ann)).toBeUndefined();
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
    await clock.advance(idleMs + 2 * 60 * 60_000);
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
