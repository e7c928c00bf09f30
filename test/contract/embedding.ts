import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/domain/app-error.ts';
import type { EmbeddingPort } from '../../core/ports/embedding.ts';

/** What the embeddings under test are made to do with each call. */
export type EmbeddingBehaviour = 'answers' | 'fails' | 'hangs';

export interface EmbeddingsUnderTest {
  readonly embedding: EmbeddingPort;
  /** Resolves when a call waits for its answer. */
  waiting(): Promise<void>;
  /** Resolves when nothing is held for a call any more: connections closed, timers cancelled. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface EmbeddingContract {
  readonly name: string;
  create(behaviour: EmbeddingBehaviour): Promise<EmbeddingsUnderTest>;
}

export function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) throw new Error('there is no such vector');
  return a.reduce((sum, number, at) => sum + number * (b[at] ?? 0), 0);
}

export const never = (): AbortSignal => new AbortController().signal;

/** One vector a text, of one dimension, of length 1. */
export function expectWellFormedVectors(vectors: readonly Float32Array[], texts: readonly string[]): void {
  expect(vectors).toHaveLength(texts.length);
  for (const vector of vectors) {
    expect(vector).toBeInstanceOf(Float32Array);
    expect(vector.length).toBe(vectors[0]?.length);
    expect(vector.length).toBeGreaterThan(0);
    expect(Math.abs(Math.sqrt(cosine(vector, vector)) - 1)).toBeLessThan(1e-6);
  }
}

/** What it rejects with; throws when it does not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<AppError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof AppError)) throw new Error(`no AppError but ${String(thrown)}`);
  expect(thrown.message).toMatch(/\.$/);
  return thrown;
}

const lighthouse = 'a lighthouse warns ships of rocks in the night';
const ships = 'ships see the lighthouse in the night';
const bread = 'sourdough bread rises slowly near an oven';

/** What every `EmbeddingPort` promises. */
export function embeddingContract(contract: EmbeddingContract): void {
  describe(`embedding contract: ${contract.name}`, () => {
    const open: EmbeddingsUnderTest[] = [];
    afterEach(async () => {
      for (const subject of open.splice(0)) await subject.close();
    });

    async function subjectFor(behaviour: EmbeddingBehaviour): Promise<EmbeddingsUnderTest> {
      const subject = await contract.create(behaviour);
      open.push(subject);
      return subject;
    }

    test('describes itself without saying nothing', async () => {
      const { embedding } = await subjectFor('answers');
      expect(embedding.description).not.toBe('');
      expect(embedding.modelId).not.toBe('');
    });

    test('one vector of length 1 a text, in order', async () => {
      const { embedding, idle } = await subjectFor('answers');
      const texts = [lighthouse, bread, ships];
      const vectors = await embedding.embed(texts, never());
      expectWellFormedVectors(vectors, texts);
      for (const [at, text] of texts.entries()) {
        const [alone] = await embedding.embed([text], never());
        expect(cosine(alone, vectors[at])).toBeCloseTo(1, 5);
      }
      await idle();
    });

    test('texts about the same thing lie nearer', async () => {
      const { embedding } = await subjectFor('answers');
      const [a, b, c] = await embedding.embed([lighthouse, ships, bread], never());
      expect(cosine(a, b)).toBeGreaterThan(cosine(a, c) + 0.2);
      expect(cosine(a, b)).toBeGreaterThan(cosine(b, c) + 0.2);
    });

    test('the same text twice is no error, and no text gives no vectors', async () => {
      const { embedding } = await subjectFor('answers');
      const twice = await embedding.embed([bread, bread], never());
      expect(cosine(twice[0], twice[1])).toBeCloseTo(1, 5);
      expect(await embedding.embed([], never())).toEqual([]);
    });

    test('any number of texts, of any length', async () => {
      const { embedding, idle } = await subjectFor('answers');
      const texts = Array.from({ length: 700 }, (_, at) => `note number ${at} of the ledger`);
      const long = `${lighthouse}. `.repeat(2_000);
      const vectors = await embedding.embed([...texts, long], never());
      expectWellFormedVectors(vectors, [...texts, long]);
      for (const at of [0, 255, 256, 511, 512, 699]) {
        const [alone] = await embedding.embed([texts[at] ?? ''], never());
        expect(cosine(alone, vectors[at])).toBeCloseTo(1, 5);
      }
      await idle();
    });

    test('does not change the list of texts', async () => {
      const { embedding } = await subjectFor('answers');
      const texts = Object.freeze([lighthouse, bread]);
      await embedding.embed(texts, never());
      expect(texts).toEqual([lighthouse, bread]);
    });

    test.each(['', ' \n\t'])('a blank text is `invalid_input`: %j', async (blank) => {
      const { embedding, idle } = await subjectFor('answers');
      expect((await rejectionOf(embedding.embed([bread, blank], never()))).code).toBe('invalid_input');
      await idle();
    });

    test('a failure is an `AppError`', async () => {
      const { embedding, idle } = await subjectFor('fails');
      expect((await rejectionOf(embedding.embed([bread], never()))).code).toBe('peer_failed');
      await idle();
    });

    test('an abort before the call is `aborted`', async () => {
      const { embedding, idle } = await subjectFor('answers');
      const error = await rejectionOf(embedding.embed([bread], AbortSignal.abort()));
      expect(error).toMatchObject({ code: 'aborted', retryable: false });
      await idle();
    });

    test('an abort during the call ends the wait', async () => {
      const { embedding, waiting, idle } = await subjectFor('hangs');
      const controller = new AbortController();
      const rejection = rejectionOf(embedding.embed([bread], controller.signal));
      await waiting();
      controller.abort();
      expect((await rejection).code).toBe('aborted');
      await idle();
    });
  });
}
