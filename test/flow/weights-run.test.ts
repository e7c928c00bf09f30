import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openDatabase, type SqliteDatabase } from '../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../adapters/sqlite/stores.ts';
import { AppError } from '../../core/domain/app-error.ts';
import { spaceId } from '../../core/domain/ids.ts';
import { type Policy, type PolicyScope, policyId, runId } from '../../core/domain/policy.ts';
import type { PlannedSample, RunPlan, TrainingRun } from '../../core/domain/training-run.ts';
import type { Turn } from '../../core/domain/turn.ts';
import type { MakeAlone } from '../../core/learning/run/alone-gate.ts';
import type { DriverEnd, RunDriver } from '../../core/learning/run/run-driver.ts';
import { createSpendGate } from '../../core/learning/run/spend-gate.ts';
import type { StepMethod } from '../../core/learning/run/step-engine.ts';
import { createWeightsDriver } from '../../core/learning/run/weights-driver.ts';
import type { TrainerPort } from '../../core/ports/trainer.ts';
import { createEngineTurns } from '../../core/schedule/engine-turns.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createFakeTinker, type FakeTinker } from '../fakes/tinker/fake-tinker.ts';
import {
  learnByHeart,
  preparer,
  rigBaseModel,
  rigStepSettings,
  seedSample,
  trainerFor,
} from './training-rig.ts';

const profiles = ['tinker', 'skyrl'] as const;
const scope: PolicyScope = { kind: 'space', spaceId: spaceId('web', 'team') };
const never = new AbortController().signal;
const steps = 3;
const perStep = 2;
const learningRate = 0.05;

const opened: { close(): void | Promise<void> }[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A process: everything in it dies together. */
interface World {
  readonly stores: SqliteStores;
  readonly trainer: TrainerPort;
  readonly driver: RunDriver;
  kill(): Promise<void>;
}

interface WorldOptions {
  readonly file: string;
  readonly fake: FakeTinker;
  readonly profile: (typeof profiles)[number];
  readonly method?: StepMethod;
  readonly isStale?: (turn: Turn) => boolean;
  readonly klStop?: number;
  readonly parent?: Policy;
  readonly alone?: MakeAlone;
  /** Asked before every call of a store or the engine; a throw is the moment of death. */
  readonly before?: (what: string) => void;
}

/** The same object, with a word before each of its methods. */
function watched<T extends object>(name: string, target: T, before: (what: string) => void): T {
  return new Proxy(target, {
    get(of, key, receiver) {
      const value: unknown = Reflect.get(of, key, receiver);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        before(`${name}.${String(key)}`);
        const result: unknown = await Reflect.apply(value, of, args);
        before(`${name}.${String(key)} done`);
        return typeof result === 'object' && result !== null && 'forwardBackward' in result
          ? watched('model', result, before)
          : result;
      };
    },
  });
}

function openWorld(options: WorldOptions): World {
  const { file, fake, profile, method = learnByHeart, before = () => {} } = options;
  const database: SqliteDatabase = openDatabase({ path: file, logger: createMemoryLogger() });
  const stores = openStores(database);
  const trainer = trainerFor(fake, profile);
  const clock = createFakeClock();
  let names = 0;
  const driver = createWeightsDriver({
    trainer: watched('trainer', trainer, before),
    runs: watched('runs', stores.runs, before),
    turns: stores.turns,
    policyOf: async () => options.parent,
    configured: { baseModel: rigBaseModel, rank: 4, samplerPath: '' },
    prepare: preparer(stores),
    methodOf: () => method,
    settingsOf: () => rigStepSettings,
    adam: { learningRate },
    klStop: options.klStop ?? 10,
    prices: { train: 1_000_000, read: 1_000_000, write: 1_000_000 },
    isStale: options.isStale ?? (() => false),
    ...(options.alone === undefined ? {} : { alone: options.alone }),
    clock,
    ids: {
      code: () => {
        names += 1;
        return `${file.length}-${names}-${created}`;
      },
    },
    logger: createMemoryLogger(),
  });
  created += 1;
  let isDead = false;
  const world: World = {
    stores,
    trainer,
    driver,
    async kill() {
      if (isDead) return;
      isDead = true;
      database.close();
      await trainer.close();
    },
  };
  opened.push({ close: world.kill });
  return world;
}
let created = 0;

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weights-run-'));
  folders.push(folder);
  return join(folder, 'bot.db');
}

async function openFake(profile: (typeof profiles)[number]): Promise<FakeTinker> {
  const fake = await createFakeTinker({ behaviour: profile });
  opened.push(fake);
  return fake;
}

const plan: RunPlan = {
  steps,
  samples: steps * perStep,
  positives: steps * perStep,
  negatives: 0,
  people: 1,
  leftOut: {},
  estimate: { calls: 0, tokens: 0, micros: 0 },
  settings: { seed: 5 },
};

async function beginRun(stores: SqliteStores): Promise<TrainingRun> {
  const planned: PlannedSample[] = [];
  for (let at = 0; at < steps * perStep; at += 1) {
    const id = `t-${at}`;
    const turnId = await seedSample(stores, {
      id,
      value: 1,
      prompt: [1, 2, at + 3],
      answer: [(at % 3) + 20, at + 30],
      logprobs: [-2, -2],
    });
    const { revision } = (await stores.ledger.settlement(turnId, 'weights')) ?? { revision: -1 };
    planned.push({ turnId, revision, step: Math.floor(at / perStep) + 1, value: 1, weight: 1, baseline: 0 });
  }
  return stores.runs.begin(
    { runId: runId('run-1'), scope, kind: 'weights', methods: ['kto'], generation: 0, plan, startedAt: 1 },
    planned,
  );
}

function drive(
  world: World,
  run: TrainingRun,
  halted: AbortSignal = never,
  capMicros?: number,
): Promise<DriverEnd> {
  const gate = createSpendGate(run.runId, halted, {
    runs: world.stores.runs,
    clock: createFakeClock(),
    capMicros,
  });
  return world.driver.drive(run, gate, never);
}

/** How likely the trained answers are under a candidate, to many places. */
async function fingerprint(world: World, end: DriverEnd): Promise<readonly number[]> {
  if (end.kind !== 'candidate' || end.source.kind !== 'weights') throw new Error(`no candidate: ${end.kind}`);
  const sampler = await world.trainer.createSampler({ path: end.source.statePath }, never);
  const lps = await sampler.logprobs(Int32Array.of(1, 2, 3, 20, 30), never);
  return [...lps.slice(1)].map((lp) => Math.round(lp * 1e5) / 1e5);
}

describe.each(profiles)('a run of weights on %s', (profile) => {
  test('makes every step in order, each with its checkpoint, and a candidate that has learned', async () => {
    const fake = await openFake(profile);
    const world = openWorld({ file: newFile(), fake, profile });
    const run = await beginRun(world.stores);
    const end = await drive(world, run);
    expect(end.kind).toBe('candidate');
    // Only the last state is kept, and what answers.
    expect(fake.checkpoints()).toHaveLength(2);
    const made = await world.stores.runs.steps(run.runId);
    expect(made.map(({ step, state }) => [step, state])).toEqual([
      [1, 'done'],
      [2, 'done'],
      [3, 'done'],
    ]);
    expect(new Set(made.map(({ statePath }) => statePath)).size).toBe(steps);
    expect((await world.stores.runs.samples(run.runId)).map(({ status }) => status)).toEqual(
      Array.from({ length: steps * perStep }, () => 'trained'),
    );
    const base = await world.trainer.createSampler({ baseModel: rigBaseModel }, never);
    const before = await base.logprobs(Int32Array.of(1, 2, 3, 20, 30), never);
    const after = await fingerprint(world, end);
    expect(after[2]).toBeGreaterThan((before[3] ?? 0) + 0.01);
    expect((await world.stores.runs.get(run.runId))?.spend.micros).toBeGreaterThan(0);
  });

  test('pauses before the next call, and goes on to the same end', async () => {
    const fake = await openFake(profile);
    const whole = openWorld({ file: newFile(), fake, profile });
    const expected = await fingerprint(whole, await drive(whole, await beginRun(whole.stores)));
    await whole.kill();

    const halt = new AbortController();
    const second = await openFake(profile);
    const world = openWorld({
      file: newFile(),
      fake: second,
      profile,
      // Somebody speaks while the step is under way.
      before: (what) => {
        if (what === 'model.optimStep') halt.abort();
      },
    });
    const run = await beginRun(world.stores);
    expect(await drive(world, run, halt.signal)).toEqual({ kind: 'paused' });
    // The step under way was finished and recorded; nothing of the next was sent.
    expect(await world.stores.runs.steps(run.runId)).toMatchObject([
      { step: 1, state: 'done' },
      { state: 'begun' },
    ]);
    const sent = second.requests.length;
    const again = await drive(world, run, halt.signal);
    expect(again).toEqual({ kind: 'paused' });
    expect(second.requests.length).toBe(sent);
    expect(await fingerprint(world, await drive(world, run))).toEqual(expected);
  });

  test('is killed at every call in turn, and goes on to the same end with the same order', async () => {
    const fake = await openFake(profile);
    const whole = openWorld({ file: newFile(), fake, profile });
    const wholeRun = await beginRun(whole.stores);
    const calls: string[] = [];
    await whole.kill();

    const counted = openWorld({ file: newFile(), fake, profile, before: (what) => calls.push(what) });
    const countedRun = await beginRun(counted.stores);
    const expected = await fingerprint(counted, await drive(counted, countedRun));
    const order = (await counted.stores.runs.samples(countedRun.runId)).map(({ turnId, step }) => [
      turnId,
      step,
    ]);
    await counted.kill();
    expect(wholeRun.runId).toBe(countedRun.runId);
    expect(calls.length).toBeGreaterThan(20);

    // Each death is a whole run: on one engine all of them, on the other some.
    for (let death = 0; death < calls.length; death += profile === 'tinker' ? 1 : 7) {
      const own = await openFake(profile);
      const file = newFile();
      let left = death;
      let isDead = false;
      const first = openWorld({
        file,
        fake: own,
        profile,
        before() {
          if (left === 0 || isDead) {
            isDead = true;
            throw new Error('killed');
          }
          left -= 1;
        },
      });
      const run = await beginRun(first.stores);
      await drive(first, run).catch(() => undefined);
      await first.kill();
      const second = openWorld({ file, fake: own, profile });
      const end = await drive(second, run);
      expect(await fingerprint(second, end), calls[death]).toEqual(expected);
      const samples = await second.stores.runs.samples(run.runId);
      expect(samples.map(({ turnId, step }) => [turnId, step])).toEqual(order);
      expect(samples.every(({ status }) => status === 'trained')).toBe(true);
      await second.kill();
    }
  }, 120_000);
});

describe('a run of weights that another instance may take over', () => {
  const lost = (): AppError =>
    new AppError('conflict', 'Another instance leads.', { details: { reason: 'lease_lost' } });

  test('pauses, however often that happens, and goes on to the same end', async () => {
    const fake = await openFake('tinker');
    const whole = openWorld({ file: newFile(), fake, profile: 'tinker' });
    const expected = await fingerprint(whole, await drive(whole, await beginRun(whole.stores)));
    await whole.kill();
    let isLost = true;
    const second = await openFake('tinker');
    const world = openWorld({
      file: newFile(),
      fake: second,
      profile: 'tinker',
      before: (what) => {
        if (isLost && what === 'runs.finishStep') throw lost();
      },
    });
    const run = await beginRun(world.stores);
    for (let times = 0; times < 8; times += 1) {
      expect(await drive(world, run)).toEqual({ kind: 'paused' });
    }
    isLost = false;
    // What the step had changed without a record is not trained twice.
    expect(await fingerprint(world, await drive(world, run))).toEqual(expected);
  });

  test('goes on from the last checkpoint, not from the model that it held before the other trained', async () => {
    const file = newFile();
    const fake = await openFake('tinker');
    const halt = new AbortController();
    const isHalting = { value: true };
    const halting = openWorld({
      file,
      fake,
      profile: 'tinker',
      before: (what) => {
        if (isHalting.value && what === 'model.optimStep') halt.abort();
      },
    });
    const run = await beginRun(halting.stores);
    expect(await drive(halting, run, halt.signal)).toEqual({ kind: 'paused' });
    isHalting.value = false;

    const otherHalt = new AbortController();
    let updates = 0;
    const other = openWorld({
      file,
      fake,
      profile: 'tinker',
      before: (what) => {
        if (what !== 'model.optimStep') return;
        updates += 1;
        otherHalt.abort();
      },
    });
    expect(await drive(other, run, otherHalt.signal)).toEqual({ kind: 'paused' });
    expect(updates).toBe(1);

    const whole = openWorld({ file: newFile(), fake, profile: 'tinker' });
    const expected = await fingerprint(whole, await drive(whole, await beginRun(whole.stores)));
    expect(await fingerprint(halting, await drive(halting, run))).toEqual(expected);
  });

  test('keeps its model when a run of another place is cancelled', async () => {
    const fake = await openFake('tinker');
    const calls: string[] = [];
    const halt = new AbortController();
    const world = openWorld({
      file: newFile(),
      fake,
      profile: 'tinker',
      before: (what) => {
        calls.push(what);
        if (what === 'model.optimStep') halt.abort();
      },
    });
    const run = await beginRun(world.stores);
    expect(await drive(world, run, halt.signal)).toEqual({ kind: 'paused' });
    await world.driver.abandon({ ...run, runId: runId('run-2') });
    expect(calls).not.toContain('model.unload');
    await world.driver.abandon(run);
    expect(calls).toContain('model.unload');
  });
});

test('an engine that cannot train and answer at once is asked everything alone', async () => {
  const fake = await openFake('tinker');
  let isAlone = false;
  const beside: string[] = [];
  const turns = createEngineTurns();
  const alone: MakeAlone = (call, signal) =>
    turns.train(async () => {
      isAlone = true;
      try {
        return await call();
      } finally {
        isAlone = false;
      }
    }, signal);
  const asked: string[] = [];
  const world = openWorld({
    file: newFile(),
    fake,
    profile: 'tinker',
    alone,
    before: (what) => {
      const isOfEngine = /^(trainer|model)\.\w+$/.test(what);
      if (isOfEngine) asked.push(what);
      if (isOfEngine && !isAlone) beside.push(what);
    },
  });
  const run = await beginRun(world.stores);
  expect((await drive(world, run)).kind).toBe('candidate');
  await world.driver.abandon(run);
  expect(beside).toEqual([]);
  for (const what of ['trainer.createModel', 'model.optimStep', 'model.unload', 'trainer.deleteCheckpoint']) {
    expect(asked).toContain(what);
  }
});

describe('a run of weights', () => {
  test('waits after a failure of the engine, goes on from the checkpoint, and gives up in the end', async () => {
    const fake = await openFake('tinker');
    const world = openWorld({ file: newFile(), fake, profile: 'tinker' });
    const run = await beginRun(world.stores);
    fake.loseSession();
    const isBroken = { value: true };
    const breaking: StepMethod = async (batch, engine, settings) => {
      const outcome = await learnByHeart(batch, engine, settings);
      if (isBroken.value && batch[0]?.turnId === 't-2') throw new Error('The connection broke.');
      return outcome;
    };
    const second = openWorld({ file: newFile(), fake, profile: 'tinker', method: breaking });
    const other = await beginRun(second.stores);
    expect(await drive(second, other)).toMatchObject({ kind: 'failed', reason: 'engine_failed' });
    expect(await second.stores.runs.steps(other.runId)).toMatchObject([
      { state: 'done' },
      { state: 'begun' },
    ]);
    isBroken.value = false;
    expect((await drive(second, other)).kind).toBe('candidate');
    expect((await drive(world, run)).kind).toBe('candidate');
  });

  test('what became stale between a crash and the next start is not trained', async () => {
    const fake = await openFake('tinker');
    const file = newFile();
    const first = openWorld({
      file,
      fake,
      profile: 'tinker',
      before(what) {
        if (what === 'model.forwardBackward') throw new Error('killed');
      },
    });
    const run = await beginRun(first.stores);
    await drive(first, run);
    await first.kill();
    const second = openWorld({ file, fake, profile: 'tinker', isStale: ({ turnId }) => turnId === 't-0' });
    expect((await drive(second, run)).kind).toBe('candidate');
    const [stale, ...others] = await second.stores.runs.samples(run.runId);
    expect(stale).toMatchObject({ turnId: 't-0', status: 'left_out', reason: 'changed' });
    expect(others.every(({ status }) => status === 'trained')).toBe(true);
    expect(
      (await second.stores.ledger.settlement(stale?.turnId ?? (run.runId as never), 'weights'))?.state,
    ).not.toBe('used');
  });

  test('stops for good at its distance from the base model, with the last state within it', async () => {
    const fake = await openFake('tinker');
    const far: StepMethod = async (batch, engine, settings) => {
      const outcome = await learnByHeart(batch, engine, settings);
      return { ...outcome, metrics: { klBase: batch[0]?.turnId === 't-4' ? 0.9 : 0.1 } };
    };
    const file = newFile();
    const world = openWorld({ file, fake, profile: 'tinker', method: far, klStop: 0.5 });
    const run = await beginRun(world.stores);
    // Measured at the third step, so that the state after the first is the last that is known to be near.
    const longer = { ...run, plan: { ...run.plan, steps: 4 } };
    const end = await drive(world, longer);
    const made = await world.stores.runs.steps(run.runId);
    expect(end).toMatchObject({
      kind: 'candidate',
      source: { statePath: made[0]?.statePath },
      reason: 'kl_stop',
      keepsSteps: 1,
    });
    // Of the states that it is not made of none stays: the one to train on from, and the one that answers.
    expect(fake.checkpoints()).toHaveLength(2);
  });

  test('looks once more after the last step: at what it measured, and at the state that it made', async () => {
    const fake = await openFake('tinker');
    const far: StepMethod = async (batch, engine, settings) => {
      const outcome = await learnByHeart(batch, engine, settings);
      return { ...outcome, metrics: { klBase: batch[0]?.turnId === 't-4' ? 9 : 0 } };
    };
    const first = openWorld({ file: newFile(), fake, profile: 'tinker', method: far, klStop: 0.5 });
    const run = await beginRun(first.stores);
    const made = () => first.stores.runs.steps(run.runId);
    expect(await drive(first, run)).toMatchObject({ reason: 'kl_stop', keepsSteps: 1 });
    expect((await made()).map(({ state }) => state)).toEqual(['done', 'done', 'done']);

    // No step says that it is far, and what the last one made is: its answers have become likelier.
    const blind: StepMethod = async (...args) => ({
      ...(await learnByHeart(...args)),
      metrics: { klBase: 0 },
    });
    const second = openWorld({ file: newFile(), fake, profile: 'tinker', method: blind, klStop: 1e-6 });
    const other = await beginRun(second.stores);
    expect(await drive(second, other)).toMatchObject({ kind: 'candidate', reason: 'kl_stop', keepsSteps: 2 });
  });

  test('a step of which the distance cannot be told ends it with what was seen before', async () => {
    const fake = await openFake('tinker');
    const blind: StepMethod = async (batch, engine, settings) => {
      const outcome = await learnByHeart(batch, engine, settings);
      return { ...outcome, metrics: batch[0]?.turnId === 't-0' ? { klBase: 0 } : {} };
    };
    const world = openWorld({ file: newFile(), fake, profile: 'tinker', method: blind });
    const run = await beginRun(world.stores);
    expect(await drive(world, run)).toEqual({ kind: 'nothing', reason: 'unusable' });
    expect(await world.stores.runs.steps(run.runId)).toHaveLength(2);
  });

  test('makes no call after somebody has spoken, not even to tidy up', async () => {
    const fake = await openFake('tinker');
    const halt = new AbortController();
    let sent = 0;
    const world = openWorld({
      file: newFile(),
      fake,
      profile: 'tinker',
      before: (what) => {
        if (what !== 'model.saveSampler done') return;
        halt.abort();
        sent = fake.requests.length;
      },
    });
    const run = await beginRun(world.stores);
    expect(await drive(world, run, halt.signal)).toMatchObject({ kind: 'candidate' });
    expect(fake.checkpoints(), 'three states, and what answers').toHaveLength(4);
    expect(fake.requests).toHaveLength(sent);
    await world.driver.abandon(run, halt.signal);
    expect(fake.requests).toHaveLength(sent);
    await world.driver.abandon(run);
    expect(fake.checkpoints()).toHaveLength(1);
  });

  test('six failures end it only where no step came through between them', async () => {
    const fake = await openFake('tinker');
    let left = 0;
    const breaking: StepMethod = async (...args) => {
      if (left > 0) {
        left -= 1;
        throw new AppError('network', 'The connection broke.', { retryable: true });
      }
      left = 5;
      return learnByHeart(...args);
    };
    const world = openWorld({ file: newFile(), fake, profile: 'tinker', method: breaking });
    const run = await beginRun(world.stores);
    for (let drives = 0; drives < 10; drives += 1) {
      expect(await drive(world, run)).toMatchObject({ kind: 'waiting', reason: 'engine_failed' });
    }
    expect(await drive(world, run)).toMatchObject({ kind: 'candidate' });
  });

  describe('where the engine is another one now', () => {
    const parentOf = (baseModel: string, statePath: string): Policy => ({
      policyId: policyId('parent'),
      number: 1,
      scope,
      version: 1,
      source: { kind: 'weights', baseModel, samplerPath: statePath, statePath },
      state: 'serving',
      isPinned: false,
      runId: runId('run-0'),
      evidence: {},
      createdAt: 1,
      since: 1,
    });
    const open = async (parent: Policy) => {
      const fake = await openFake('tinker');
      const world = openWorld({ file: newFile(), fake, profile: 'tinker', parent });
      return { world, run: { ...(await beginRun(world.stores)), parentId: parent.policyId } };
    };

    test('a run that began on another base model ends', async () => {
      const { world, run } = await open(parentOf(rigBaseModel, 'tinker://none'));
      const settings = { ...run.plan.settings, baseModel: 'other/base' };
      const end = await drive(world, { ...run, plan: { ...run.plan, settings } });
      expect(end).toMatchObject({ kind: 'failed', reason: 'engine_changed' });
      const same = { ...run.plan.settings, baseModel: rigBaseModel };
      const { parentId: _, ...rest } = run;
      expect(await drive(world, { ...rest, plan: { ...run.plan, settings: same } })).toMatchObject({
        kind: 'candidate',
      });
    });

    test('a parent of another base model is none: the run starts from the configured one', async () => {
      const { world, run } = await open(parentOf('other/base', 'tinker://none'));
      expect(await drive(world, run)).toMatchObject({
        kind: 'candidate',
        source: { baseModel: rigBaseModel },
      });
    });

    test('a state that it does not have ends the run at once', async () => {
      const { world, run } = await open(
        parentOf(rigBaseModel, 'tinker://00000000-0000-0000-0000-000000000000:train:0/weights/none'),
      );
      expect(await drive(world, run)).toMatchObject({ kind: 'failed', reason: 'engine_changed' });
    });
  });

  test('ends at the budget with what it has learned, and with nothing where that is nothing', async () => {
    const fake = await openFake('tinker');
    const world = openWorld({ file: newFile(), fake, profile: 'tinker' });
    const run = await beginRun(world.stores);
    const end = await drive(world, run, never, 30);
    expect(end.kind).toBe('candidate');
    const made = await world.stores.runs.steps(run.runId);
    expect(made.filter(({ state }) => state === 'done')).not.toHaveLength(steps);
    expect((await world.stores.runs.get(run.runId))?.spend.micros).toBeLessThanOrEqual(30);
    const poor = openWorld({ file: newFile(), fake, profile: 'tinker' });
    expect(await drive(poor, await beginRun(poor.stores), never, 1)).toEqual({
      kind: 'nothing',
      reason: 'budget_spent',
    });
  });

  test('skipped steps change nothing, and all of them make nothing', async () => {
    const fake = await openFake('tinker');
    const skips: StepMethod = async () => ({ kind: 'skipped', reason: 'low_ess', metrics: { ess: 0.1 } });
    const world = openWorld({ file: newFile(), fake, profile: 'tinker', method: skips });
    const run = await beginRun(world.stores);
    expect(await drive(world, run)).toEqual({ kind: 'nothing', reason: 'low_ess' });
    expect(fake.requestsTo('forward_backward')).toEqual([]);
    expect(await world.stores.runs.steps(run.runId)).toMatchObject([
      { state: 'skipped', reason: 'low_ess', metrics: { ess: 0.1 } },
      { state: 'skipped' },
      { state: 'skipped' },
    ]);
  });
});
