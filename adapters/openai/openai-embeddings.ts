import { AppError } from '../../core/domain/app-error.ts';
import type { EmbeddingPort } from '../../core/ports/embedding.ts';
import { addressOf } from './address.ts';
import { createChatClient } from './client.ts';
import { firstLimits, nextBatch, smallerLimits } from './embedding-limits.ts';
import {
  defaultEmbeddingSettingNames,
  defaultEmbeddingTimeoutMs,
  type OpenAiEmbeddingsOptions,
} from './embedding-options.ts';
import { readVectors } from './embedding-reply.ts';
import { toModelError } from './errors.ts';
import { abortedError, createRequestGuard } from './request-guard.ts';
import { parsePeerError } from './wire.ts';

/**
 * Embeddings of an OpenAI-compatible server, at most 256 texts a request, one request after the other, and one more for
 * each limit that it learns of this server (length and number of texts, form of the vectors). Throws `config_invalid` at
 * once on an unusable `baseUrl`.
 */
export function createOpenAiEmbeddings(options: OpenAiEmbeddingsOptions): EmbeddingPort {
  const { model, clock, logger } = options;
  const apiKey = options.apiKey === '' ? undefined : options.apiKey;
  const names = options.settingNames ?? defaultEmbeddingSettingNames;
  const url = addressOf(options.baseUrl ?? 'https://api.openai.com/v1', names.baseUrl);
  const host = url.host;
  const timeoutMs = options.timeoutMs ?? defaultEmbeddingTimeoutMs;
  const timeouts = { firstEventMs: timeoutMs, idleMs: timeoutMs, overallMs: timeoutMs };
  const client = createChatClient({
    baseUrl: url.href.replace(/\/+$/, ''),
    apiKey,
    fetch: options.fetch,
    host,
    baseUrlName: names.baseUrl,
  });
  let limits = firstLimits;

  function badReply(problem: string): AppError {
    return new AppError(
      'bad_reply',
      `${host} ${problem}. See that ${names.model} names a model for embeddings, or choose another one.`,
    );
  }

  function errorOf(thrown: unknown, said: readonly string[]): AppError {
    return toModelError(thrown, {
      service: 'embeddings',
      model,
      host,
      hasKey: apiKey !== undefined,
      names,
      secrets: apiKey === undefined ? [] : [apiKey],
      said,
      nowMs: clock.now(),
    });
  }

  async function request(
    batch: readonly string[],
    encoding: 'base64' | 'float',
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    const guard = createRequestGuard(clock, signal, timeouts, host);
    try {
      const params = { model, input: [...batch], encoding_format: encoding };
      const reply = await guard.wait(client.embed({ params, signal: guard.signal, onBytes: guard.alive }));
      const read = readVectors(reply, batch.length);
      if ('problem' in read) throw badReply(read.problem);
      return read;
    } finally {
      guard.close();
    }
  }

  /** The vectors of the texts from `from` on that fit into one request. */
  async function embedNext(
    texts: readonly string[],
    from: number,
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    const before = limits;
    let tried = before;
    for (;;) {
      const batch = nextBatch(texts, from, tried);
      try {
        const vectors = await request(batch, tried.encoding, signal);
        // Learnt only when it helped: a complaint may name what is not at fault.
        if (tried !== before) {
          logger.info('embedding_limits_learnt', { model, ...tried });
          limits = tried;
        }
        return vectors;
      } catch (thrown) {
        const error = parsePeerError(thrown);
        const smaller = error?.fromServer ? smallerLimits(tried, error) : undefined;
        if (smaller === undefined) throw errorOf(thrown, batch);
        tried = smaller;
      }
    }
  }

  return {
    description: `${model} at ${host}`,
    modelId: `${model}@${host}`,
    async embed(texts, signal) {
      if (texts.some((text) => text.trim() === '')) {
        throw new AppError('invalid_input', 'A blank text has no vector. Leave it out.');
      }
      if (signal.aborted) throw abortedError();
      const vectors: Float32Array[] = [];
      while (vectors.length < texts.length) vectors.push(...(await embedNext(texts, vectors.length, signal)));
      if (vectors.some((vector) => vector.length !== vectors[0]?.length)) {
        throw badReply('sent vectors of different dimensions');
      }
      return vectors;
    },
  };
}
