import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { createQueryEmbedder, type QueryEmbedderDeps } from '../../../core/skills/query-vector.ts';
import { createHashEmbeddings, hashVector } from '../../fakes/embedding/hash-embeddings.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

function rig(changes: Partial<QueryEmbedderDeps> = {}) {
  const embedding = createHashEmbeddings();
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  return { embedding, clock, logger, ...createQueryEmbedder({ embedding, clock, logger, ...changes }) };
}

describe('the vector of a message', () => {
  test('is that of the words the person wrote', async () => {
    const { vectorOf, embedding } = rig();
    expect(await vectorOf('Water the `code` tomatoes <@U12>')).toEqual(hashVector('Water the tomatoes'));
    expect(embedding.calls).toEqual([['Water the tomatoes']]);
  });

  test('is not asked for where there are no words', async () => {
    const { vectorOf, embedding } = rig();
    expect(await vectorOf('```\ncode\n```')).toBeUndefined();
    expect(embedding.calls).toEqual([]);
  });

  test('is kept for the last messages, and asked for once by several at a time', async () => {
    const { vectorOf, embedding } = rig({ cacheSize: 2 });
    await Promise.all([vectorOf('one'), vectorOf('one')]);
    await vectorOf('two');
    await vectorOf('one');
    await vectorOf('three');
    await vectorOf('one');
    expect(embedding.calls).toEqual([['one'], ['two'], ['three']]);
    await vectorOf('two');
    expect(embedding.calls).toHaveLength(4);
  });
});

describe('a server that is away', () => {
  test('is waited for until the deadline and not longer, and then left alone for a while', async () => {
    const { vectorOf, embedding, clock, logger } = rig();
    embedding.hold();
    let answer: Float32Array | 'nothing' | undefined = 'nothing';
    void vectorOf('one').then((vector) => {
      answer = vector;
    });
    await clock.advance(299);
    expect([answer, embedding.held()]).toEqual(['nothing', 1]);
    await clock.advance(1);
    expect([answer, embedding.held()]).toEqual([undefined, 0]);
    embedding.release();
    expect(await vectorOf('two')).toBeUndefined();
    expect(embedding.calls).toHaveLength(1);
    await clock.advance(60_000);
    expect(await vectorOf('two')).toEqual(hashVector('two'));
    expect(logger.of('query_embedding_down')).toHaveLength(1);
    expect(logger.of('query_embedding_up')).toHaveLength(1);
  });

  test('that ignores the abort is not waited for either', async () => {
    const never = new Promise<never>(() => {});
    const embedding = { description: 'deaf', modelId: 'deaf', embed: () => never };
    const { vectorOf, clock } = rig({ embedding, deadlineMs: 50 });
    const vector = vectorOf('one');
    await clock.advance(50);
    expect(await vector).toBeUndefined();
  });

  test('that fails gives nothing, again and again after longer pauses, without the words in the log', async () => {
    const { vectorOf, embedding, clock, logger } = rig();
    embedding.failWhen(() => new AppError('network', 'Not there.'));
    for (const pauseMs of [60_000, 120_000, 240_000]) {
      expect(await vectorOf('some secret')).toBeUndefined();
      const { length } = embedding.calls;
      await clock.advance(pauseMs - 1);
      expect(await vectorOf('some secret')).toBeUndefined();
      expect(embedding.calls).toHaveLength(length);
      await clock.advance(1);
    }
    expect(embedding.calls).toHaveLength(3);
    expect(JSON.stringify(logger.entries)).not.toContain('secret');
    expect(clock.waiting()).toBe(0);
  });

  test('what is kept is given while it is away', async () => {
    const { vectorOf, embedding } = rig();
    await vectorOf('one');
    embedding.failWhen(() => new AppError('network', 'Not there.'));
    await vectorOf('two');
    expect(await vectorOf('one')).toEqual(hashVector('one'));
  });
});
