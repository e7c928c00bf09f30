import { expect } from 'vitest';
import { createTinkerClient, type TinkerClient } from '../../../adapters/tinker/client.ts';
import type { TinkerOptions } from '../../../adapters/tinker/options.ts';
import { createTinkerTrainer } from '../../../adapters/tinker/tinker-trainer.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { TrainableModel, TrainerPort } from '../../../core/ports/trainer.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import type { Behaviour } from '../../fakes/tinker/behaviours.ts';
import { createFakeTinker, type FakeTinker, type FakeTinkerOptions } from '../../fakes/tinker/fake-tinker.ts';
import { createDrivenClock, type DrivenClock } from './driven-clock.ts';
import { createWireWatch, type WireWatch } from './wire-watch.ts';

export const never = (): AbortSignal => new AbortController().signal;

export interface RigOptions {
  readonly fake?: Omit<FakeTinkerOptions, 'behaviour' | 'now'>;
  readonly client?: Partial<Omit<TinkerOptions, 'profile' | 'clock' | 'logger' | 'fetch'>>;
}

/** The adapter over real HTTP before a fake engine of the same kind; waits of ours are on a clock that tests move. */
export interface Rig {
  readonly fake: FakeTinker;
  readonly trainer: TrainerPort;
  /** Over the same engine, with a session of its own. */
  readonly client: TinkerClient;
  readonly clock: DrivenClock;
  readonly wire: WireWatch;
  readonly logger: MemoryLogger;
  /** Resolves when nothing goes on any more unless time passes: no request is under way. */
  rest(): Promise<void>;
  /** Lets time pass, every request answered at the moment at which it was made. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until the work is over. */
  done<T>(work: Promise<T>): Promise<T>;
  /** The failure of the work, time passing until then. */
  failure(work: Promise<unknown>): Promise<AppError>;
  createModel(seed?: number): Promise<TrainableModel>;
  /** Ends the client; nothing of it may be left. */
  close(): Promise<void>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Longer than anything waits: an hour for credit, two for a training call. */
const patienceMs = 4 * 3_600_000;

export async function createRig(behaviour: Behaviour, options: RigOptions = {}): Promise<Rig> {
  const clock = createDrivenClock();
  const wire = createWireWatch();
  const logger = createMemoryLogger();
  const fake = await createFakeTinker({ ...options.fake, behaviour, now: () => clock.now() });
  const settings = (life: string): TinkerOptions => ({
    profile: behaviour,
    baseUrl: fake.baseUrl,
    apiKey: fake.apiKey,
    ids: createSequentialIds(life),
    random: () => 0,
    ...options.client,
    fetch: wire.fetch,
    clock,
    logger,
  });
  const trainer = createTinkerTrainer(settings('a'));
  const client = createTinkerClient(settings('b'));

  async function rest(): Promise<void> {
    await turn();
    while (wire.underWay() > 0) {
      await wire.nextEnd();
      await turn();
    }
  }

  async function pass(ms: number): Promise<void> {
    const endsAt = clock.monotonicMs() + ms;
    for (;;) {
      await rest();
      const leftMs = endsAt - clock.monotonicMs();
      const nextMs = clock.nextInMs() ?? leftMs;
      if (nextMs >= leftMs) {
        await clock.advance(leftMs);
        return rest();
      }
      await clock.advance(nextMs);
    }
  }

  async function done<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    work.then(end, end);
    const givenUpAt = clock.monotonicMs() + patienceMs;
    for (;;) {
      await turn();
      if (isOver) return work;
      if (wire.underWay() > 0) {
        await Promise.race([wire.nextEnd(), work.then(end, end)]);
        continue;
      }
      await turn();
      if (isOver || wire.underWay() > 0) continue;
      const nextMs = clock.nextInMs();
      if (nextMs === undefined || clock.monotonicMs() > givenUpAt) throw new Error('Nothing goes on.');
      await clock.advance(nextMs);
    }
  }

  return {
    fake,
    trainer,
    client,
    clock,
    wire,
    logger,
    rest,
    pass,
    done,
    async failure(work) {
      const thrown = await done(
        work.then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
      if (!(thrown instanceof AppError)) throw new Error(`no AppError but ${String(thrown)}`);
      expect(thrown.message).toMatch(/\.$/);
      expect(JSON.stringify([thrown.message, thrown.details])).not.toContain(fake.apiKey);
      return thrown;
    },
    createModel: (seed = 3) => done(trainer.createModel({ baseModel: 'test/tiny', rank: 4, seed }, never())),
    async close() {
      fake.releaseSlow();
      await done(Promise.all([trainer.close(), client.close()]));
      await rest();
      expect(clock.waiting()).toBe(0);
      expect(wire.underWay()).toBe(0);
      expect(JSON.stringify(logger.entries)).not.toContain(fake.apiKey);
      expect(fake.unusedPlans()).toEqual([]);
      await fake.close();
    },
  };
}

/** Runs the work on a rig and puts all away. */
export async function withRig(
  behaviour: Behaviour,
  options: RigOptions,
  work: (rig: Rig) => Promise<void>,
): Promise<void> {
  const rig = await createRig(behaviour, options);
  try {
    await work(rig);
  } catch (thrown) {
    await rig.fake.close();
    throw thrown;
  }
  await rig.close();
}
