import { engineProfiles } from '../../../adapters/tinker/profiles.ts';
import type { EngineSampler, OfferedModel, SamplerSource, TrainerPort } from '../../../core/ports/trainer.ts';

export interface StandInTrainer extends TrainerPort {
  /** What samplers were asked for, in order. */
  readonly sources: readonly SamplerSource[];
  closed(): number;
}

const notPlayed = (): Promise<never> => Promise.reject(new Error('A stand-in trains nothing.'));

/** An engine that only answers. `models` may reject. */
export function createStandInTrainer(parts: {
  readonly sampler?: (source: SamplerSource, nth: number) => EngineSampler | Promise<EngineSampler>;
  readonly models?: (signal: AbortSignal) => Promise<readonly OfferedModel[]>;
}): StandInTrainer {
  const sources: SamplerSource[] = [];
  let closed = 0;
  return {
    description: 'skyrl at 127.0.0.1:8000',
    facts: engineProfiles.skyrl.facts,
    sources,
    closed: () => closed,
    models: parts.models ?? (async () => []),
    async createSampler(source) {
      sources.push(source);
      if (parts.sampler === undefined) return notPlayed();
      return parts.sampler(source, sources.length);
    },
    createModel: notPlayed,
    restoreModel: notPlayed,
    checkpoints: notPlayed,
    deleteCheckpoint: notPlayed,
    async close() {
      closed += 1;
    },
  };
}
