import type { OpenAiEmbeddingsOptions } from '../../../adapters/openai/embedding-options.ts';
import { createOpenAiEmbeddings } from '../../../adapters/openai/openai-embeddings.ts';
import type { EmbeddingPort } from '../../../core/ports/embedding.ts';
import { never } from '../../contract/embedding.ts';
import type { EmbeddingBehaviour } from '../../fakes/openai/behaviours.ts';
import { type FakeOpenAi, type FakeOpenAiOptions, startFakeOpenAi } from '../../fakes/openai/fake-openai.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

export interface EmbeddingSubject {
  readonly server: FakeOpenAi;
  readonly embedding: EmbeddingPort;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
  /** The texts of each request that was not refused. */
  asked(): readonly (readonly string[])[];
}

export interface EmbeddingSubjectOptions
  extends FakeOpenAiOptions,
    Pick<OpenAiEmbeddingsOptions, 'timeoutMs'> {
  readonly name?: string;
  readonly sendKey?: string;
}

/** The adapter before a fake server that does as written and then as the vendor. Close the server after use. */
export async function createEmbeddingSubject(
  behaviours: readonly EmbeddingBehaviour[] = [],
  options: EmbeddingSubjectOptions = {},
): Promise<EmbeddingSubject> {
  const server = await startFakeOpenAi(options);
  server.scriptEmbeddings(...behaviours);
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const apiKey = options.sendKey ?? options.apiKey;
  const embedding = createOpenAiEmbeddings({
    model: options.name ?? 'fake-model',
    baseUrl: server.baseUrl,
    fetch: globalThis.fetch,
    clock,
    logger,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  return {
    server,
    embedding,
    clock,
    logger,
    embed: (texts, signal = never()) => embedding.embed(texts, signal),
    asked: () => server.embeddingRequests.map(({ body }) => [body.input].flat()),
  };
}
