import { createOpenAiModel } from '../../../adapters/openai/openai-model.ts';
import type { ModelTimeouts } from '../../../adapters/openai/options.ts';
import type { AppError } from '../../../core/domain/app-error.ts';
import type { ModelEvent, ModelRequest } from '../../../core/domain/model.ts';
import type { ModelPort } from '../../../core/ports/model.ts';
import { collect, expectWellFormed, plainRequest } from '../../contract/model.ts';
import type { Behaviour } from '../../fakes/openai/behaviours.ts';
import { type FakeOpenAi, type FakeOpenAiOptions, startFakeOpenAi } from '../../fakes/openai/fake-openai.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

export interface Subject {
  readonly server: FakeOpenAi;
  readonly model: ModelPort;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  ask(request?: Partial<ModelRequest>, signal?: AbortSignal): Promise<readonly ModelEvent[]>;
}

export interface SubjectOptions extends FakeOpenAiOptions {
  readonly name?: string;
  readonly sendKey?: string;
  readonly timeouts?: Partial<ModelTimeouts>;
}

/** The adapter before a fake server that does as written. Close the server after use. */
export async function createSubject(
  behaviours: readonly Behaviour[],
  options: SubjectOptions = {},
): Promise<Subject> {
  const server = await startFakeOpenAi(options);
  server.script(...behaviours);
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const apiKey = options.sendKey ?? options.apiKey;
  const model = createOpenAiModel({
    model: options.name ?? 'fake-model',
    baseUrl: server.baseUrl,
    fetch: globalThis.fetch,
    clock,
    ids: createSequentialIds(),
    logger,
    ...(apiKey !== undefined && { apiKey }),
    ...(options.timeouts && { timeouts: options.timeouts }),
  });
  return {
    server,
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

/** The failure that ends the events. */
export function failureOf(events: readonly ModelEvent[]): AppError {
  const last = events.at(-1);
  if (last?.type !== 'failed') throw new Error(`the stream ended with ${last?.type ?? 'nothing'}`);
  return last.error;
}
