import { AppError } from '../../../core/domain/app-error.ts';
import type { EmbeddingPort } from '../../../core/ports/embedding.ts';

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}

/** A bag of hashed words, of length 1: texts with common words point alike. A text without a word is a word of its own. */
export function hashVector(text: string, dimensions = 64): Float32Array {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text.trim()];
  const counts = new Float64Array(dimensions);
  for (const word of words) {
    const at = hash(word) % dimensions;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  const length = Math.hypot(...counts);
  return Float32Array.from(counts, (count) => count / length);
}

export interface HashEmbeddings extends EmbeddingPort {
  /** The texts of each call that was let in, in order. */
  readonly calls: readonly (readonly string[])[];
  /** Asked with the texts of each call: what it returns, the call rejects with. */
  failWhen(fails: (texts: readonly string[]) => AppError | undefined): void;
  /** Calls from now on wait for `release`, or for their abort. */
  hold(): void;
  release(): void;
  /** Calls that wait. */
  held(): number;
}

export interface HashEmbeddingsOptions {
  /** @default 64 */
  readonly dimensions?: number;
  /** @default 'hash' */
  readonly modelId?: string;
}

/** An embedding model of no knowledge: the same text always gives the same vector, similar words a near one. */
export function createHashEmbeddings(options: HashEmbeddingsOptions = {}): HashEmbeddings {
  const { dimensions = 64, modelId = 'hash' } = options;
  const calls: (readonly string[])[] = [];
  const waiting = new Set<() => void>();
  let failing: (texts: readonly string[]) => AppError | undefined = () => undefined;
  let isHeld = false;

  function throwIfAborted(signal: AbortSignal): void {
    if (signal.aborted) throw new AppError('aborted', 'The call was stopped.');
  }

  function wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        waiting.delete(go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      waiting.add(go);
      signal.addEventListener('abort', go);
    });
  }

  return {
    description: `hashed words in ${dimensions} dimensions`,
    modelId,
    calls,
    failWhen(fails) {
      failing = fails;
    },
    hold() {
      isHeld = true;
    },
    release() {
      isHeld = false;
      for (const go of [...waiting]) go();
    },
    held: () => waiting.size,
    async embed(texts, signal) {
      if (texts.some((text) => text.trim() === '')) {
        throw new AppError('invalid_input', 'A blank text has no vector.');
      }
      throwIfAborted(signal);
      if (texts.length === 0) return [];
      calls.push([...texts]);
      if (isHeld) await wait(signal);
      throwIfAborted(signal);
      const error = failing(texts);
      if (error !== undefined) throw error;
      return texts.map((text) => hashVector(text, dimensions));
    },
  };
}
