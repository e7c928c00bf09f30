import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../core/domain/app-error.ts';
import { personId } from '../../../../core/domain/ids.ts';
import type { RunMethod, TrainingRun } from '../../../../core/domain/training-run.ts';
import type { PreparedSample } from '../../../../core/learning/run/prepared-sample.ts';
import type { DriverEnd } from '../../../../core/learning/run/run-driver.ts';
import {
  createProviderDriver,
  type ProviderDriverDeps,
} from '../../../../core/learning/tuning/provider-driver.ts';
import { readProgress } from '../../../../core/learning/tuning/tuning-progress.ts';
import { readRows } from '../../../fakes/openai/tuning-rows.ts';
import { createFakeClock, type FakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { createMemoryTuning, type MemoryTuning } from './memory-tuning.ts';
import { createSmallRunStore, type SmallRunStore } from './small-run-store.ts';
import {
  answers,
  plannedSamples,
  preparedPair,
  promptOf,
  type TestGate,
  testGate,
  tuningRun,
} from './tuning-rig.ts';

interface Rig {
  readonly tuning: MemoryTuning;
  readonly store: SmallRunStore;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly gate: TestGate;
  /** The next such call of the store rejects. */
  fail(call: 'finishStep', error: AppError): void;
  /** Withdraws an answer from training. */
  withdraw(turnId: string): void;
  drive(signal?: AbortSignal): Promise<DriverEnd>;
  abandon(): Promise<void>;
  /** As after a restart. */
  restart(): void;
}

interface RigOptions {
  readonly methods?: readonly RunMethod[];
  readonly settings?: TrainingRun['plan']['settings'];
  readonly capMicros?: number;
  readonly deps?: Partial<ProviderDriverDeps>;
}

const hourMs = 3_600_000;
const never = new AbortController().signal;

function rigOf(prepared: readonly PreparedSample[], options: RigOptions = {}): Rig {
  const run = tuningRun(options.methods);
  const first = { ...run, plan: { ...run.plan, settings: options.settings ?? {} } };
  const store = createSmallRunStore(first, plannedSamples(prepared));
  const tuning = createMemoryTuning();
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const gate = testGate(store.runs, options.capMicros);
  const withdrawn = new Set<string>();
  let failing: AppError | undefined;
  const make = (): ReturnType<typeof createProviderDriver> =>
    createProviderDriver({
      tuning,
      runs: {
        ...store.runs,
        async finishStep(...args) {
          const error = failing;
          failing = undefined;
          if (error !== undefined) throw error;
          return store.runs.finishStep(...args);
        },
      },
      async prepare(claimed) {
        const ids = new Set<string>(claimed.map(({ turnId }) => turnId));
        const mine = prepared.filter(({ turnId }) => ids.has(turnId));
        return {
          prepared: mine.filter(({ turnId }) => !withdrawn.has(turnId)),
          leftOut: mine
            .filter(({ turnId }) => withdrawn.has(turnId))
            .map(({ turnId }) => ({ turnId, reason: 'not_allowed' })),
        };
      },
      promptOf,
      isStale: () => false,
      longestExampleTokens: 60_000,
      baseModelOf: () => 'gpt-tiny',
      epochs: 3,
      beta: 0.1,
      prices: { trainMicrosPerMillionTokens: 3_000_000 },
      longestJobMs: 24 * hourMs,
      clock,
      ids: createSequentialIds(),
      logger,
      ...options.deps,
    });
  let driver = make();
  return {
    tuning,
    store,
    clock,
    logger,
    gate,
    fail: (_call, error) => {
      failing = error;
    },
    withdraw: (turnId) => {
      withdrawn.add(turnId);
    },
    drive: (signal = never) => driver.drive(store.run(), gate, signal),
    abandon: () => driver.abandon(store.run()),
    restart: () => {
      driver = make();
    },
  };
}

const network = new AppError('network', 'No connection.', { retryable: true });
const statusesOf = (rig: Rig): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { status, reason } of rig.store.samples()) {
    const name = reason === undefined ? status : `${status} ${reason}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

describe('a run at a provider', () => {
  test('uploads its data, makes a job, waits, and gives the tuned model; nothing stays there but the model', async () => {
    const rig = rigOf([...answers(12), ...answers(3, -1)]);
    expect(await rig.drive()).toEqual({ kind: 'waiting', againMs: 30_000 });
    expect([...rig.tuning.files.keys()]).toEqual([
      expect.stringMatching(/^run_000007-train-[0-9a-f]{16}\.jsonl$/),
    ]);
    expect(rig.tuning.specs).toEqual([
      {
        fileId: expect.stringContaining('train'),
        baseModel: 'gpt-tiny',
        method: 'sft',
        epochs: 3,
        suffix: 'metaclaw-7',
        runId: 'run_000007',
      },
    ]);
    rig.tuning.set({ state: 'running' });
    expect(await rig.drive()).toMatchObject({ kind: 'waiting' });
    rig.tuning.set({ state: 'succeeded', model: 'ft:tiny', trainedTokens: 50 });
    const candidate = { kind: 'candidate', source: { kind: 'hosted_model', model: 'ft:tiny' } };
    expect(await rig.drive()).toEqual(candidate);
    expect(rig.tuning.files.size).toBe(0);
    expect(statusesOf(rig)).toEqual({ trained: 12, 'left_out not_good': 3 });
    expect(rig.store.steps()).toMatchObject([
      { state: 'done', metrics: { answers: 12, reward: 1, tokens: 50 } },
    ]);
    // After a crash before the policy was stored.
    rig.restart();
    expect(await rig.drive()).toEqual(candidate);
    expect(rig.store.steps()).toHaveLength(1);
  });

  test('learns pairs as preferences, with the numbers that the run was planned with', async () => {
    const pairs = Array.from({ length: 10 }, (_, at) => preparedPair(`r${at}`)).flat();
    const rig = rigOf(pairs, { settings: { epochs: 2, beta: 0.3 } });
    await rig.drive();
    expect(rig.tuning.specs).toMatchObject([{ method: 'dpo', epochs: 2, beta: 0.3 }]);
  });

  test.each<readonly [readonly RunMethod[], string]>([
    [['sft'], 'sft'],
    [['dpo'], 'dpo'],
    [['kto'], 'dpo'],
    [[], 'dpo'],
  ])('planned with %o learns pairs by %s', async (methods, method) => {
    const pairs = Array.from({ length: 10 }, (_, at) => preparedPair(`r${at}`)).flat();
    const rig = rigOf(pairs, { methods });
    await rig.drive();
    expect(rig.tuning.specs).toMatchObject([{ method }]);
  });

  test('keeps a tenth of fifty answers to measure with, which were not trained', async () => {
    const rig = rigOf(answers(50));
    await rig.drive();
    const [train, check] = [...rig.tuning.files.values()].map((text) => readRows(text).length);
    expect([train, check]).toEqual([45, 5]);
    expect(rig.tuning.specs).toMatchObject([{ validationFileId: expect.stringContaining('check') }]);
    rig.tuning.set({ state: 'succeeded', model: 'ft:tiny' });
    await rig.drive();
    expect(statusesOf(rig)).toEqual({ trained: 45, 'left_out held_back': 5 });
    expect(rig.tuning.files.size).toBe(0);
  });

  test('with fewer than ten examples comes to nothing before anything is sent, also when asked again', async () => {
    const rig = rigOf([...answers(9), ...answers(30, -1)]);
    const nothing = { kind: 'nothing', reason: 'too_few_samples' };
    expect(await rig.drive()).toEqual(nothing);
    expect(await rig.drive()).toEqual(nothing);
    expect(rig.tuning.calls).toEqual([]);
    expect(statusesOf(rig)).toEqual({ 'left_out not_good': 30, 'left_out too_few_samples': 9 });
  });

  test('of too few people comes to nothing before anything is sent, and says so', async () => {
    const raters = [personId('web', 'ann')];
    const rig = rigOf(answers(30).map((sample) => ({ ...sample, raters })));
    const nothing = { kind: 'nothing', reason: 'too_few_people' };
    expect(await rig.drive()).toEqual(nothing);
    expect(await rig.drive()).toEqual(nothing);
    expect(rig.tuning.calls).toEqual([]);
    expect(statusesOf(rig)).toEqual({ 'left_out too_few_people': 30 });
  });

  test('looks ever more seldom', async () => {
    const rig = rigOf(answers(10));
    await rig.drive();
    const waits: DriverEnd[] = [];
    for (const ms of [10 * 60_000, hourMs, 5 * hourMs]) {
      await rig.clock.advance(ms);
      waits.push(await rig.drive());
    }
    expect(waits).toMatchObject([{ againMs: 60_000 }, { againMs: 420_000 }, { againMs: 600_000 }]);
  });
});

describe('money', () => {
  test('is asked for once, before anything is uploaded, for all passes over the data', async () => {
    const rig = rigOf(answers(10));
    await rig.drive();
    const [job, upload] = rig.gate.costs;
    const tokens = rig.store.run().spend.tokens;
    expect(tokens % 3).toBe(0);
    expect(job).toBe(tokens * 3);
    expect(upload).toBe(0);
    await rig.drive();
    expect(rig.gate.costs).toHaveLength(2);
  });

  test('that is not there ends the run; nobody’s words are uploaded and no job is made', async () => {
    const rig = rigOf(answers(10), { capMicros: 10 });
    const nothing = { kind: 'nothing', reason: 'budget_spent' };
    expect(await rig.drive()).toEqual(nothing);
    expect(await rig.drive()).toEqual(nothing);
    expect(rig.tuning.calls).toEqual([]);
    expect(statusesOf(rig)).toEqual({ 'left_out budget_spent': 10 });
  });

  test('that is gone when a run goes on takes away what it uploaded before', async () => {
    const rig = rigOf(answers(10), {
      capMicros: 10_000_000,
      deps: {
        baseModelOf: () => {
          rig.gate.close();
          return 'gpt-tiny';
        },
      },
    });
    expect(await rig.drive()).toEqual({ kind: 'paused' });
    expect(rig.tuning.files.size).toBe(1);
    await rig.store.runs.reserve(rig.store.run().runId, { tokens: 0, micros: 9_999_999 }, 0, undefined);
    rig.gate.open();
    expect(await rig.drive()).toEqual({ kind: 'nothing', reason: 'budget_spent' });
    expect(rig.tuning.files.size).toBe(0);
  });

  test.each([
    ['may pass', network],
    ['would come again', new AppError('invalid_input', 'Not such a file.')],
  ])('is given back where an upload fails in a way that %s', async (_, error) => {
    const rig = rigOf(answers(10));
    rig.tuning.failNext('upload', error);
    await rig.drive();
    expect(rig.store.run().spend).toMatchObject({ tokens: 0, micros: 0 });
    expect(readProgress(rig.store.run().progress).reservedTokens).toBeUndefined();
  });

  test('is not asked for twice where the making of the job failed', async () => {
    const rig = rigOf(answers(10));
    rig.tuning.failNext('createJob', network);
    expect(await rig.drive()).toEqual({ kind: 'waiting', againMs: 60_000 });
    const { micros } = rig.store.run().spend;
    await rig.drive();
    expect(rig.tuning.specs).toHaveLength(1);
    expect(rig.store.run().spend.micros).toBe(micros);
  });

  test('beyond the estimate is counted when the job has ended, once', async () => {
    const rig = rigOf(answers(10));
    await rig.drive();
    const { tokens } = rig.store.run().spend;
    rig.tuning.set({ state: 'succeeded', model: 'ft:tiny', trainedTokens: tokens + 100 });
    await rig.drive();
    await rig.drive();
    expect(rig.store.run().spend).toMatchObject({ tokens: tokens + 100, micros: (tokens + 100) * 3 });
  });
});

test('money beyond the estimate is counted once, also where the end is written down again', async () => {
  const rig = rigOf(answers(10));
  await rig.drive();
  const { tokens } = rig.store.run().spend;
  rig.tuning.set({ state: 'succeeded', model: 'ft:tiny', trainedTokens: tokens + 100 });
  const full = new AppError('storage_full', 'The disk is full.');
  rig.fail('finishStep', full);
  await expect(rig.drive()).rejects.toBe(full);
  rig.restart();
  expect(await rig.drive()).toMatchObject({ kind: 'candidate' });
  expect(rig.store.run().spend.tokens).toBe(tokens + 100);
});

describe('a window that closes', () => {
  test('before the job is made pauses the run; it goes on without a second upload', async () => {
    const rig = rigOf(answers(10), {
      deps: {
        baseModelOf: () => {
          rig.gate.close();
          return 'gpt-tiny';
        },
      },
    });
    expect(await rig.drive()).toEqual({ kind: 'paused' });
    expect(rig.tuning.specs).toEqual([]);
    expect(rig.tuning.files.size).toBe(1);
    rig.gate.open();
    rig.restart();
    // Until it closes once more, when the model is asked for.
    expect(await rig.drive()).toEqual({ kind: 'paused' });
    expect(rig.tuning.calls.filter((call) => call === 'upload')).toHaveLength(1);
  });

  test('before anything was done pauses without a call', async () => {
    const rig = rigOf(answers(10));
    rig.gate.close();
    expect(await rig.drive()).toEqual({ kind: 'paused' });
    expect(rig.tuning.calls).toEqual([]);
    expect(statusesOf(rig)).toEqual({ leased: 10 });
  });

  test('does not keep it from waiting for its job, nor from taking the model', async () => {
    const rig = rigOf(answers(10));
    await rig.drive();
    rig.gate.close();
    expect(await rig.drive()).toMatchObject({ kind: 'waiting' });
    rig.tuning.set({ state: 'succeeded', model: 'ft:tiny' });
    expect(await rig.drive()).toMatchObject({ kind: 'candidate' });
  });

  test('and a stop in the middle pause it', async () => {
    const stopped = AbortSignal.abort(new AppError('aborted', 'Stopped.'));
    const rig = rigOf(answers(10));
    expect(await rig.drive(stopped)).toEqual({ kind: 'paused' });
    expect(await rig.drive()).toMatchObject({ kind: 'waiting' });
  });
});

describe('consent that is taken back', () => {
  test('before the job is made takes the words away from the provider', async () => {
    const rig = rigOf(answers(12));
    rig.tuning.failNext('createJob', network);
    await rig.drive();
    const [before = ''] = rig.tuning.files.values();
    rig.withdraw('t1-3');
    await rig.drive();
    const [after = ''] = rig.tuning.files.values();
    expect(before).toContain('The answer to t1-3.');
    expect(after).not.toContain('The answer to t1-3.');
    expect(rig.tuning.files.size).toBe(1);
    expect(rig.tuning.specs).toHaveLength(1);
    expect(statusesOf(rig)).toEqual({ claimed: 11, 'left_out not_allowed': 1 });
  });

  test('as skills that have changed since an interruption take answers out', async () => {
    const rig = rigOf(answers(12), { deps: { isStale: ({ turnId }) => turnId === 't1-3' } });
    rig.tuning.failNext('upload', network);
    await rig.drive();
    expect(statusesOf(rig)).toEqual({ claimed: 12 });
    await rig.drive();
    expect(statusesOf(rig)).toEqual({ claimed: 11, 'left_out changed': 1 });
  });
});

describe('failures', () => {
  test('of the job end the run in the provider’s words, also when asked again', async () => {
    const rig = rigOf(answers(10));
    await rig.drive();
    rig.tuning.set({ state: 'failed', error: 'Unsafe data.' });
    const failed = { kind: 'failed', reason: 'provider_failed' };
    const first = await rig.drive();
    expect(first).toMatchObject(failed);
    rig.restart();
    const second = await rig.drive();
    for (const end of [first, second]) {
      expect(end.kind === 'failed' && end.error.message).toContain('"Unsafe data."');
    }
    expect(rig.tuning.files.size).toBe(0);
    expect(statusesOf(rig)).toEqual({ 'left_out provider_failed': 10 });
  });

  test.each([
    ['a job that somebody cancelled there', { state: 'cancelled' }],
    ['a job without a model', { state: 'succeeded' }],
  ] as const)('%s ends the run', async (_, change) => {
    const rig = rigOf(answers(10));
    await rig.drive();
    rig.tuning.set(change);
    expect(await rig.drive()).toMatchObject({ kind: 'failed', reason: 'provider_failed' });
  });

  test('that would come again end the run at once and delete the data', async () => {
    const rig = rigOf(answers(10));
    rig.tuning.failNext('createJob', new AppError('invalid_input', 'No such model.'));
    const end = await rig.drive();
    expect(end.kind === 'failed' && end.error.message).toBe('No such model.');
    expect(rig.tuning.files.size).toBe(0);
  });

  test('that may pass are waited for, six in a row at most', async () => {
    const rig = rigOf(answers(10));
    const ends: DriverEnd[] = [];
    for (let time = 0; time < 6; time += 1) {
      rig.tuning.failNext('upload', network);
      ends.push(await rig.drive());
    }
    const minutes = ends.map((end) => (end.kind === 'waiting' ? end.againMs / 60_000 : end.kind));
    expect(minutes).toEqual([1, 2, 4, 8, 16, 'failed']);
  });

  test.each([
    ['network', network],
    ['a key that is refused', new AppError('auth_failed', 'No.')],
  ])('of the looks do not end a run whose job goes on: %s', async (_, error) => {
    const rig = rigOf(answers(10));
    await rig.drive();
    for (let time = 0; time < 8; time += 1) {
      rig.tuning.failNext('job', error);
      expect(await rig.drive()).toMatchObject({ kind: 'waiting' });
    }
    await rig.clock.advance(25 * hourMs);
    rig.tuning.failNext('job', error);
    expect(await rig.drive()).toMatchObject({ kind: 'failed' });
  });

  test('a provider that asks for time gets it', async () => {
    const rig = rigOf(answers(10));
    const busy = new AppError('rate_limited', 'Later.', { retryable: true, retryAfterMs: 900_000 });
    rig.tuning.failNext('upload', busy);
    expect(await rig.drive()).toEqual({ kind: 'waiting', againMs: 900_000 });
    await rig.drive();
    rig.tuning.failNext('job', busy);
    expect(await rig.drive()).toEqual({ kind: 'waiting', againMs: 900_000 });
  });

  test('a job that is gone ends the run', async () => {
    const rig = rigOf(answers(10));
    await rig.drive();
    rig.tuning.failNext('job', new AppError('not_found', 'No such job.'));
    expect(await rig.drive()).toMatchObject({ kind: 'failed' });
  });

  test('a job that takes too long is cancelled; the time before it was made does not count', async () => {
    const rig = rigOf(answers(10));
    rig.tuning.failNext('createJob', network);
    await rig.drive();
    await rig.clock.advance(25 * hourMs);
    expect(await rig.drive()).toMatchObject({ kind: 'waiting' });
    await rig.clock.advance(25 * hourMs);
    expect(await rig.drive()).toMatchObject({ kind: 'failed' });
    expect(rig.tuning.jobs()).toMatchObject([{ state: 'cancelled' }]);
  });

  test('of storage are thrown', async () => {
    const full = new AppError('storage_full', 'The disk is full.');
    const rig = rigOf(answers(10), {
      deps: {
        prepare: async () => {
          throw full;
        },
      },
    });
    await expect(rig.drive()).rejects.toBe(full);
  });

  test('a file that cannot be deleted is named in the log, and does not cost the model', async () => {
    const rig = rigOf(answers(10));
    await rig.drive();
    rig.tuning.set({ state: 'succeeded', model: 'ft:tiny' });
    rig.tuning.failNext('deleteFile', network);
    expect(await rig.drive()).toMatchObject({ kind: 'candidate' });
    expect(rig.logger.of('tuning_file_not_deleted')).toHaveLength(1);
    expect(rig.tuning.files.size).toBe(1);
    await rig.abandon();
    expect(rig.tuning.files.size).toBe(0);
  });
});

describe('a run that is cancelled', () => {
  test('cancels its job and deletes its data', async () => {
    const rig = rigOf(answers(60));
    await rig.drive();
    await rig.abandon();
    expect(rig.tuning.jobs()).toMatchObject([{ state: 'cancelled' }]);
    expect(rig.tuning.files.size).toBe(0);
    expect(rig.clock.waiting()).toBe(0);
  });

  test('finds the job of which nobody knows, also where it shows a little later', async () => {
    const rig = rigOf(answers(10));
    rig.tuning.failNext('createJob', network, 'effect');
    await rig.drive();
    let looks = 0;
    const late = rigOf(answers(10), {
      deps: {
        runs: rig.store.runs,
        tuning: {
          ...rig.tuning,
          findJob: async (runId, signal) => {
            looks += 1;
            return looks === 1 ? undefined : rig.tuning.findJob(runId, signal);
          },
        },
      },
    });
    const done = late.abandon();
    await late.clock.advance(5_000);
    await done;
    expect(rig.tuning.jobs()).toMatchObject([{ state: 'cancelled' }]);
  });

  test('before anything was sent makes no call', async () => {
    const rig = rigOf(answers(10));
    await rig.abandon();
    expect(rig.tuning.calls).toEqual([]);
  });

  test('never rejects, and says what it left', async () => {
    const rig = rigOf(answers(10));
    await rig.drive();
    rig.tuning.failNext('cancel', network);
    rig.tuning.failNext('deleteFile', network);
    await rig.abandon();
    expect(rig.logger.of('tuning_job_not_cancelled')).toMatchObject([{ fields: { job: 'job-1' } }]);
    expect(rig.logger.of('tuning_file_not_deleted')).toHaveLength(1);
  });
});

test('progress that is not ours counts as none', () => {
  const none = { files: [], heldBack: [], isSettled: false };
  for (const stored of [
    undefined,
    '',
    'null',
    '[]',
    '{"files":3,"heldBack":[1],"jobId":7}',
    '{"files":[{"id":1}]}',
  ]) {
    expect(readProgress(stored)).toEqual(none);
  }
  const known = {
    files: [{ name: 'a', fileId: 'f' }, { name: 'b' }],
    heldBack: [],
    isSettled: true,
    jobId: 'j',
  };
  expect(readProgress(JSON.stringify(known))).toEqual(known);
});
