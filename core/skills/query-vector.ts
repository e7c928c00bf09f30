import { AppError, toAppError } from '../domain/app-error.ts';
import { createCallPause } from '../feedback/call-pause.ts';
import type { Clock } from '../ports/clock.ts';
import type { EmbeddingPort } from '../ports/embedding.ts';
import type { Logger } from '../ports/logger.ts';
import { queryText } from './query-text.ts';

export interface QueryEmbedderDeps {
  readonly embedding: EmbeddingPort;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  readonly logger: Logger;
  /** How long an answer waits for it, milliseconds. @default 300 */
  readonly deadlineMs?: number;
  /** Messages whose vectors are kept. @default 256 */
  readonly cacheSize?: number;
}

export interface QueryEmbedder {
  /**
   * The vector of the words a person wrote. `undefined` where there are none, the server does not answer in time, or it
   * failed a while ago and is left alone. Never rejects, never takes longer than the deadline.
   */
  vectorOf(message: string): Promise<Float32Array | undefined>;
}

const defaultDeadlineMs = 300;
const defaultCacheSize = 256;

export function createQueryEmbedder(deps: QueryEmbedderDeps): QueryEmbedder {
  const { embedding, clock, logger, deadlineMs = defaultDeadlineMs, cacheSize = defaultCacheSize } = deps;
  const pause = createCallPause(clock);
  /** The longest not asked for first. */
  const kept = new Map<string, Float32Array>();
  const underWay = new Map<string, Promise<Float32Array | undefined>>();

  function keep(text: string, vector: Float32Array): void {
    kept.delete(text);
    kept.set(text, vector);
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.size > cacheSize) kept.delete(oldest);
  }

  async function ask(text: string): Promise<Float32Array | undefined> {
    const abort = new AbortController();
    const late = Promise.withResolvers<never>();
    const deadline = clock.after(deadlineMs, () => {
      late.reject(
        new AppError('timeout', 'The embedding server did not answer in time.', { retryable: true }),
      );
      abort.abort();
    });
    try {
      const [vector] = await Promise.race([embedding.embed([text], abort.signal), late.promise]);
      if (pause.why() !== undefined) logger.info('query_embedding_up');
      pause.answered();
      if (vector !== undefined) keep(text, vector);
      return vector;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (pause.why() === undefined) logger.warn('query_embedding_down', { error });
      pause.failed(error);
      return undefined;
    } finally {
      deadline.cancel();
    }
  }

  return {
    async vectorOf(message) {
      const text = queryText(message);
      if (text === '') return undefined;
      const known = kept.get(text);
      if (known !== undefined) {
        keep(text, known);
        return known;
      }
      const asked = underWay.get(text);
      if (asked !== undefined) return asked;
      if (pause.remainingMs() > 0) return undefined;
      const asking = ask(text).finally(() => underWay.delete(text));
      underWay.set(text, asking);
      return asking;
    },
  };
}
