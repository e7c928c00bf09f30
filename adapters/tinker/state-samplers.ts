import { type AppError, toAppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { atMost } from './at-most.ts';
import type { TinkerClient } from './client.ts';
import { aborted } from './errors.ts';
import type { TinkerModel } from './model.ts';
import type { TinkerSampler } from './sampler.ts';
import { unlessAborted } from './unless-aborted.ts';

/**
 * Samplers of state checkpoints, each from a model of its own that is never trained, so that nothing disturbs what it says, on
 * engines with one state of each model too. One model a path, and few in all: the one that was used longest ago gives its place
 * at the engine back. Whoever still asks its sampler has it made anew, as where the engine lost it.
 */
export interface StateSamplers {
  open(path: string, signal: AbortSignal): Promise<TinkerSampler & { readonly baseModel: string }>;
  /** Gives all places back, as far as the engine answers soon. Never rejects. */
  close(): Promise<void>;
}

export interface StateSamplersOptions {
  readonly client: Pick<TinkerClient, 'restoreModel'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: Logger;
}

interface Ready {
  readonly model: TinkerModel;
  readonly sampler: TinkerSampler;
}

interface Held {
  readonly path: string;
  readonly ready: Promise<Ready>;
  /** What `ready` gave. */
  made: Ready | undefined;
  /** Calls under way. */
  users: number;
  isOver: boolean;
  /** Its place is given back. */
  isLeft: boolean;
}

/** Who answers people now, and who may soon. */
const mostHeld = 2;
const goodbyeMs = 5_000;

/** The engine does not know the model or its sampler any more. */
const isGone = ({ code }: AppError): boolean => code === 'not_found' || code === 'conflict';

export function createStateSamplers({ client, clock, logger }: StateSamplersOptions): StateSamplers {
  const closing = new AbortController();
  /** Ends what still gives places back. */
  const leaving = new AbortController();
  /** The one used last at the end. */
  const held = new Map<string, Held>();
  /** Those who have a place, or will. */
  const placed = new Set<Held>();
  const unloads = new Set<Promise<void>>();

  async function make(path: string): Promise<Ready> {
    const model = await client.restoreModel(path, false, closing.signal);
    try {
      return { model, sampler: await model.currentSampler({}, closing.signal) };
    } catch (thrown) {
      unload(model);
      throw thrown;
    }
  }

  function unload(model: TinkerModel): void {
    const work = model.unload(leaving.signal).catch((thrown) => {
      logger.debug('engine_model_not_discarded', { error: toAppError(thrown) });
    });
    unloads.add(work);
    void work.finally(() => unloads.delete(work));
  }

  function leave(one: Held): void {
    if (one.isLeft || one.made === undefined) return;
    one.isLeft = true;
    placed.delete(one);
    unload(one.made.model);
  }

  /** Nobody is given it any more; its model goes when those who use it are done. */
  function end(one: Held): void {
    one.isOver = true;
    if (held.get(one.path) === one) held.delete(one.path);
    if (one.users === 0) leave(one);
  }

  function begin(path: string): Held {
    const one: Held = { path, ready: make(path), made: undefined, users: 0, isOver: false, isLeft: false };
    placed.add(one);
    one.ready.then(
      (made) => {
        one.made = made;
        if (one.isOver && one.users === 0) leave(one);
        for (const oldest of held.values()) if (held.size > mostHeld) end(oldest);
      },
      () => {
        end(one);
        placed.delete(one);
      },
    );
    return one;
  }

  function heldOf(path: string): Held {
    const last = held.get(path);
    if (last?.made?.model.isLost() === true) end(last);
    const one = held.get(path) ?? begin(path);
    held.delete(path);
    held.set(path, one);
    return one;
  }

  async function use<T>(path: string, signal: AbortSignal, work: (ready: Ready) => Promise<T>): Promise<T> {
    if (signal.aborted || closing.signal.aborted) throw aborted();
    const one = heldOf(path);
    one.users += 1;
    try {
      return await work(await unlessAborted(one.ready, signal));
    } catch (thrown) {
      if (isGone(toAppError(thrown))) end(one);
      throw thrown;
    } finally {
      one.users -= 1;
      if (one.isOver && one.users === 0) leave(one);
    }
  }

  return {
    open: (path, signal) =>
      use(path, signal, async ({ model }) => ({
        version: path,
        baseModel: model.baseModel,
        sample: (request, own) => use(path, own, ({ sampler }) => sampler.sample(request, own)),
      })),
    async close() {
      closing.abort();
      const last = [...placed];
      for (const one of last) {
        end(one);
        // Whoever waits for an answer is stopped as well.
        leave(one);
      }
      const done = Promise.allSettled(last.map(({ ready }) => ready)).then(() => Promise.all(unloads));
      await atMost(clock, goodbyeMs, (late) => unlessAborted(done, late)).catch(() => undefined);
      leaving.abort();
    },
  };
}
