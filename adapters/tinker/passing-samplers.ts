import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { eitherSignal } from './either-signal.ts';
import type { Engine } from './engine.ts';
import type { TinkerSampler } from './sampler.ts';
import { samplerInfo } from './sampler-info.ts';

/**
 * A model's samplers of weights that were never saved under a name. Engines that write those to their disk keep them there for
 * ever: so that it does not fill up, a sampler ends with the next one of later weights, and its weights are deleted.
 */
export interface PassingSamplers {
  /** One more, whose weights have that version; those of earlier ones end. */
  add(sampler: TinkerSampler, version: number): TinkerSampler;
  /** Ends all. Resolves when the weights of those that nobody uses are deleted, as far as they can be; never rejects. */
  end(signal: AbortSignal): Promise<void>;
}

interface Entry {
  /** The engine's id of the sampler. */
  readonly id: string;
  readonly version: number;
  /** Answers under way. */
  users: number;
  isOver: boolean;
}

function over(): AppError {
  return new AppError(
    'conflict',
    'This sampler has ended, as its model was unloaded or has a sampler of later weights. Make a new one.',
    { details: { reason: 'stale_sampler' } },
  );
}

/** The name in a path of weights of this model, as the protocol writes it or as a folder of the engine's disk. */
function nameIn(path: unknown, modelId: string): string | undefined {
  if (typeof path !== 'string') return undefined;
  const [run, ...rest] = path.split('/').slice(path.split('/').indexOf(modelId));
  if (run !== modelId) return undefined;
  const [name, ...more] = rest.filter((part) => part !== 'sampler_weights' && part !== 'adapter');
  return more.length === 0 ? name : undefined;
}

/** `isNamed`: whether a checkpoint of that name was asked for. */
export function createPassingSamplers(
  engine: Engine,
  modelId: string,
  isNamed: (name: string) => boolean,
): PassingSamplers {
  const { profile, checkpoints, closing, logger } = engine;
  const entries = new Set<Entry>();

  /** What the engine calls the weights is known from itself alone. Only what is this model's is deleted. */
  async function remove({ id }: Entry, signal: AbortSignal): Promise<void> {
    const either = eitherSignal(signal, closing);
    try {
      const { model_path: path } = await samplerInfo(engine, id, either.signal);
      const name = nameIn(path, modelId);
      if (name === undefined || isNamed(name)) return;
      await checkpoints.delete(`tinker://${modelId}/sampler_weights/${name}`, either.signal);
    } catch (thrown) {
      logger.debug('engine_passing_weights_kept', { error: toAppError(thrown) });
    } finally {
      either.release();
    }
  }

  async function endThose(which: (entry: Entry) => boolean, signal: AbortSignal): Promise<void> {
    const ended = [...entries].filter(which);
    for (const entry of ended) {
      entry.isOver = true;
      entries.delete(entry);
    }
    const idle = ended.filter(({ users }) => users === 0);
    await Promise.all(idle.map((entry) => remove(entry, signal)));
  }

  return {
    add(sampler, version) {
      if (!profile.keepsPassingWeights) return sampler;
      void endThose((earlier) => earlier.version < version, closing);
      const entry: Entry = { id: sampler.version, version, users: 0, isOver: false };
      entries.add(entry);
      return {
        ...sampler,
        async sample(request, signal) {
          if (entry.isOver) throw over();
          entry.users += 1;
          try {
            return await sampler.sample(request, signal);
          } finally {
            entry.users -= 1;
            if (entry.isOver && entry.users === 0) void remove(entry, closing);
          }
        },
      };
    },
    end: (signal) => endThose(() => true, signal),
  };
}
