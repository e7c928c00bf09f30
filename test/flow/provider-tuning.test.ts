import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { DriverEnd, RunDriver } from '../../core/learning/run/run-driver.ts';
import { createProviderDriver, type ProviderDriverDeps } from '../../core/learning/tuning/provider-driver.ts';
import type { TuningPort } from '../../core/ports/tuning.ts';
import { createTuningSubject, type TuningSubject } from '../adapters/openai-tuning/subject.ts';
import { createSmallRunStore, type SmallRunStore } from '../core/learning/tuning/small-run-store.ts';
import {
  answers,
  plannedSamples,
  preparedPair,
  promptOf,
  testGate,
  tuningRun,
} from '../core/learning/tuning/tuning-rig.ts';
import type { TuningFault, TuningRoute } from '../fakes/openai/fake-tuning-server.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';

const open: TuningSubject[] = [];
afterEach(async () => {
  for (const { server } of open.splice(0)) await server.close();
});

type Outcome = DriverEnd | { readonly kind: 'crashed' };

interface World {
  readonly subject: TuningSubject;
  readonly store: SmallRunStore;
  /** Calls of the store and the provider in this life. */
  calls(): number;
  drive(): Promise<Outcome>;
  abandon(): Promise<void>;
  /** A new process. It dies in place of its nth call, from 1: everything before has happened, and nothing after. */
  restart(diesAt?: number): void;
}

const never = new AbortController().signal;
/** Enough for two files. */
const prepared = [...answers(52), ...answers(4, -1)];

async function worldOf(samples = prepared): Promise<World> {
  const subject = await createTuningSubject();
  open.push(subject);
  const store = createSmallRunStore(tuningRun(), plannedSamples(samples));
  let calls = 0;
  let death: number | undefined;
  let crashed = Promise.withResolvers<Outcome>();
  let driver: RunDriver;
  let gate = testGate(store.runs);

  /** What follows a death never happens. */
  function die<T>(): Promise<T> {
    crashed.resolve({ kind: 'crashed' });
    return new Promise(() => {});
  }

  async function mortal<T>(make: () => Promise<T>): Promise<T> {
    calls += 1;
    return calls === death ? die() : make();
  }

  function mortalTuning(port: TuningPort): TuningPort {
    return {
      description: port.description,
      upload: (...args) => mortal(() => port.upload(...args)),
      findFile: (...args) => mortal(() => port.findFile(...args)),
      createJob: (...args) => mortal(() => port.createJob(...args)),
      job: (...args) => mortal(() => port.job(...args)),
      findJob: (...args) => mortal(() => port.findJob(...args)),
      cancel: (...args) => mortal(() => port.cancel(...args)),
      deleteFile: (...args) => mortal(() => port.deleteFile(...args)),
    };
  }

  function mortalRuns(runs: ProviderDriverDeps['runs']): ProviderDriverDeps['runs'] {
    return {
      get: (...args) => mortal(() => runs.get(...args)),
      claim: (...args) => mortal(() => runs.claim(...args)),
      leaveOut: (...args) => mortal(() => runs.leaveOut(...args)),
      samples: (...args) => mortal(() => runs.samples(...args)),
      steps: (...args) => mortal(() => runs.steps(...args)),
      finishStep: (...args) => mortal(() => runs.finishStep(...args)),
      setProgress: (...args) => mortal(() => runs.setProgress(...args)),
      reserve: (...args) => mortal(() => runs.reserve(...args)),
      refund: (...args) => mortal(() => runs.refund(...args)),
    };
  }

  function restart(diesAt?: number): void {
    calls = 0;
    death = diesAt;
    crashed = Promise.withResolvers();
    const runs = mortalRuns(store.runs);
    gate = testGate(runs);
    driver = createProviderDriver({
      tuning: mortalTuning(subject.tuning),
      runs,
      async prepare(claimed) {
        const ids = new Set<string>(claimed.map(({ turnId }) => turnId));
        return { prepared: samples.filter(({ turnId }) => ids.has(turnId)), leftOut: [] };
      },
      promptOf,
      isStale: () => false,
      longestExampleTokens: 60_000,
      baseModelOf: () => 'gpt-tiny',
      epochs: 3,
      beta: 0.1,
      prices: { trainMicrosPerMillionTokens: 3_000_000 },
      longestJobMs: 86_400_000,
      clock: { ...subject.clock, sleep: async () => {} },
      ids: createSequentialIds(),
      logger: subject.logger,
    });
  }

  restart();
  return {
    subject,
    store,
    calls: () => calls,
    drive: () => Promise.race([driver.drive(store.run(), gate, never), crashed.promise]),
    abandon: () => driver.abandon(store.run()),
    restart,
  };
}

/** Drives a run to its end, with a new process after each death. The provider goes on meanwhile. */
async function live(world: World): Promise<DriverEnd> {
  for (let round = 0; round < 40; round += 1) {
    const end = await world.drive();
    if (end.kind === 'crashed') world.restart();
    else if (end.kind === 'waiting') world.subject.server.advance();
    else return end;
  }
  throw new Error('it does not end');
}

const routes: readonly TuningRoute[] = ['upload', 'files', 'delete', 'create', 'job', 'jobs', 'cancel'];

/** What must be true however often it was interrupted. */
function expectTrainedOnce({ subject: { server }, store }: World): void {
  expect(server.refused).toEqual([]);
  expect(server.jobs().map(({ status }) => status)).toEqual(['succeeded']);
  expect(server.uploads().map(({ filename }) => filename.split('-')[1])).toEqual(['train', 'check']);
  expect(server.files()).toEqual([]);
  const statuses = store.samples().map(({ status, reason }) => reason ?? status);
  const count = (name: string): number => statuses.filter((one) => one === name).length;
  expect([count('trained'), count('held_back'), count('not_good')]).toEqual([47, 5, 4]);
  expect(store.steps()).toMatchObject([{ state: 'done', metrics: { answers: 47 } }]);
}

const candidate = {
  kind: 'candidate',
  source: { kind: 'hosted_model', model: 'ft:gpt-tiny:org::metaclaw-71' },
} as const;

describe('a run at a provider, over the real client', () => {
  test('makes one model of the good answers', async () => {
    const world = await worldOf();
    expect(await live(world)).toEqual(candidate);
    expectTrainedOnce(world);
  });

  test('makes one model of pairs', async () => {
    const world = await worldOf(Array.from({ length: 12 }, (_, at) => preparedPair(`r${at}`)).flat());
    expect(await live(world)).toEqual(candidate);
    const { server } = world.subject;
    expect(server.refused).toEqual([]);
    expect(server.jobs()[0]?.request.method?.type).toBe('dpo');
    expect(world.store.samples().every(({ status }) => status === 'trained')).toBe(true);
  });

  test('that is killed between any two calls makes one job, and no file twice', async () => {
    const whole = await worldOf();
    await live(whole);
    const total = whole.calls();
    const { spend } = whole.store.run();
    expect(total).toBeGreaterThan(20);
    for (let call = 1; call <= total; call += 1) {
      const world = await worldOf();
      world.restart(call);
      expect(await live(world), `killed at call ${call}`).toEqual(candidate);
      expectTrainedOnce(world);
      const { micros } = world.store.run().spend;
      expect(micros).toBeGreaterThanOrEqual(spend.micros);
      expect(micros).toBeLessThanOrEqual(2 * spend.micros);
    }
  });

  test('of which any reply is lost makes one job, and no file twice', async () => {
    for (const route of routes) {
      for (const after of ['nothing', 'effect'] as const) {
        const world = await worldOf();
        world.subject.server.fault({ route, kind: 'cut', after });
        expect(await live(world)).toEqual(candidate);
        expectTrainedOnce(world);
      }
    }
  });

  test('however deaths and failures of the provider fall together', async () => {
    const fault = fc
      .record({
        route: fc.constantFrom(...routes),
        what: fc.constantFrom('nothing', 'effect', 429, 409, 500, 503),
      })
      .map(
        ({ route, what }): TuningFault =>
          typeof what === 'number'
            ? { route, kind: 'status', status: what }
            : { route, kind: 'cut', after: what === 'effect' ? 'effect' : 'nothing' },
      );
    const death = fc.integer({ min: 1, max: 30 });
    const plan = { faults: fc.array(fault, { maxLength: 5 }), deaths: fc.array(death, { maxLength: 4 }) };
    await fc.assert(
      fc.asyncProperty(fc.record(plan), async ({ faults, deaths }) => {
        const world = await worldOf();
        world.subject.server.fault(...faults);
        for (const next of deaths) {
          world.restart(next);
          const end = await world.drive();
          if (end.kind === 'waiting') world.subject.server.advance();
        }
        world.restart();
        // What stays when a deletion failed for good, its owner tidies away.
        expect(await live(world)).toEqual(candidate);
        await world.abandon();
        expectTrainedOnce(world);
      }),
      { numRuns: 25 },
    );
  });

  test('that is killed anywhere and then cancelled leaves no job at work and no data', async () => {
    for (let call = 1; call <= 30; call += 1) {
      const world = await worldOf();
      world.restart(call);
      await world.drive();
      world.restart();
      await world.abandon();
      const { server } = world.subject;
      expect(server.files(), `killed at call ${call}`).toEqual([]);
      expect(server.jobs().every(({ status }) => status === 'cancelled')).toBe(true);
      expect(server.refused).toEqual([]);
    }
  });

  test('whose job fails says why, and frees what it took', async () => {
    const world = await worldOf();
    await world.drive();
    world.subject.server.advance();
    world.subject.server.fail('The data broke a rule.');
    const end = await world.drive();
    expect(end).toMatchObject({ kind: 'failed', reason: 'provider_failed' });
    expect(end.kind === 'failed' && end.error.message).toContain('The data broke a rule.');
    expect(world.subject.server.files()).toEqual([]);
    expect(world.store.samples().every(({ status }) => status === 'left_out')).toBe(true);
  });
});
