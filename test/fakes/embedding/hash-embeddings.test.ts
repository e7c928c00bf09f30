import { expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { embeddingContract, never, rejectionOf } from '../../contract/embedding.ts';
import { createHashEmbeddings } from './hash-embeddings.ts';

embeddingContract({
  name: 'hashed words',
  create: async (behaviour) => {
    const embedding = createHashEmbeddings();
    if (behaviour === 'fails') embedding.failWhen(() => new AppError('peer_failed', 'It was told to fail.'));
    if (behaviour === 'hangs') embedding.hold();
    return {
      embedding,
      waiting: async () => expect(embedding.held()).toBe(1),
      idle: async () => expect(embedding.held()).toBe(0),
      close: async () => {},
    };
  },
});

test('fails for those texts that it is told to', async () => {
  const embedding = createHashEmbeddings({ dimensions: 3, modelId: 'three' });
  embedding.failWhen((texts) =>
    texts.includes('bad') ? new AppError('bad_reply', 'It was told to fail.') : undefined,
  );
  expect((await embedding.embed(['good'], never()))[0]?.length).toBe(3);
  expect((await rejectionOf(embedding.embed(['good', 'bad'], never()))).code).toBe('bad_reply');
  expect(embedding.calls).toEqual([['good'], ['good', 'bad']]);
});

test('what is held goes on when it is released', async () => {
  const embedding = createHashEmbeddings();
  embedding.hold();
  const vectors = embedding.embed(['one'], never());
  expect(embedding.held()).toBe(1);
  embedding.release();
  expect(await vectors).toHaveLength(1);
  expect(await embedding.embed(['two'], never())).toHaveLength(1);
});
