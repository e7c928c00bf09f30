import { createEngineModel } from '../../../adapters/engine-model/engine-model.ts';
import type { EngineModelOptions } from '../../../adapters/engine-model/options.ts';
import type { ModelEvent, ModelRequest } from '../../../core/domain/model.ts';
import type { SampledTokens } from '../../../core/domain/sampling.ts';
import type { ModelPort } from '../../../core/ports/model.ts';
import type { EngineSampler } from '../../../core/ports/trainer.ts';
import { collect, expectWellFormed, plainRequest } from '../../contract/model.ts';
import { createStandInTokenizer } from '../../fakes/engine/stand-in-tokenizer.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

export interface Subject {
  readonly model: ModelPort;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  ask(request?: Partial<ModelRequest>, signal?: AbortSignal): Promise<readonly ModelEvent[]>;
}

/** The adapter over stand-ins. */
export function createSubject(sampler: EngineSampler, options: Partial<EngineModelOptions> = {}): Subject {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const model = createEngineModel({
    description: 'stand-in-base on a test',
    currentSampler: async () => sampler,
    tokenizer: createStandInTokenizer(),
    params: { temperature: 1, topP: 1, topK: -1 },
    maxContextTokens: 10_000,
    timeoutMs: 60_000,
    clock,
    ids: createSequentialIds(),
    logger,
    ...options,
  });
  return {
    model,
    clock,
    logger,
    async ask(request = {}, signal = new AbortController().signal) {
      const events = await collect(model.stream({ ...plainRequest, ...request }, signal));
      expectWellFormed(events);
      return events;
    },
  };
}

/** What the answer read and wrote. */
export function sampledOf(events: readonly ModelEvent[]): SampledTokens {
  const last = events.at(-1);
  if (last?.type !== 'completed' || last.sampled === undefined) {
    throw new Error(`The stream did not end with ids but as ${JSON.stringify(last)}.`);
  }
  return last.sampled;
}
