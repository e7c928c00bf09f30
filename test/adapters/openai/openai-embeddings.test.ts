import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { readVectors } from '../../../adapters/openai/embedding-reply.ts';
import { createOpenAiEmbeddings } from '../../../adapters/openai/openai-embeddings.ts';
import { estimateTokens } from '../../../core/domain/tokens.ts';
import {
  cosine,
  embeddingContract,
  expectWellFormedVectors,
  never,
  rejectionOf,
} from '../../contract/embedding.ts';
import { hashVector } from '../../fakes/embedding/hash-embeddings.ts';
import { type EmbeddingBehaviour, refuse } from '../../fakes/openai/behaviours.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import {
  createEmbeddingSubject,
  type EmbeddingSubject,
  type EmbeddingSubjectOptions,
} from './embedding-subject.ts';

const open: EmbeddingSubject[] = [];
afterEach(async () => {
  for (const subject of open.splice(0)) await subject.server.close();
});

async function subjectWith(
  behaviours?: readonly EmbeddingBehaviour[],
  options?: EmbeddingSubjectOptions,
): Promise<EmbeddingSubject> {
  const subject = await createEmbeddingSubject(behaviours, options);
  open.push(subject);
  return subject;
}

const behaviours: Readonly<Record<string, readonly EmbeddingBehaviour[]>> = {
  answers: [],
  fails: [refuse(500)],
  hangs: [{ kind: 'hang', after: 'request' }],
};

const quirks: readonly (readonly [string, EmbeddingSubjectOptions])[] = [
  ['openai over a fake server', {}],
  ['openai over a server of numbers without an order', { embeddings: { floatsOnly: true, shuffles: true } }],
  ['openai over a small server', { embeddings: { refusesBase64: true, maxTexts: 32, maxTokens: 512 } }],
];
for (const [name, options] of quirks) {
  embeddingContract({
    name,
    async create(behaviour) {
      const { server, embedding, clock } = await createEmbeddingSubject(behaviours[behaviour], options);
      return {
        embedding,
        waiting: () => server.held(),
        async idle() {
          await server.idle();
          if (clock.waiting() > 0) throw new Error('a timer is left behind');
        },
        close: () => server.close(),
      };
    },
  });
}

const answer = (...embeddings: readonly unknown[]): EmbeddingBehaviour => ({
  kind: 'body',
  contentType: 'application/json',
  text: JSON.stringify({
    object: 'list',
    data: embeddings.map((embedding, index) => ({ index, embedding })),
  }),
});

describe('requests', () => {
  test('carry the model, the key and the texts, and nothing that a vendor refuses', async () => {
    const { embed, embedding, server } = await subjectWith([], { apiKey: 'sk-right' });
    await embed(['one', 'two']);
    server.assertComplete();
    expect(server.embeddingRequests[0]?.body).toEqual({
      model: 'fake-model',
      input: ['one', 'two'],
      encoding_format: 'base64',
    });
    expect(embedding.description).toBe(`fake-model at 127.0.0.1:${server.port}`);
    expect(embedding.modelId).toBe(`fake-model@127.0.0.1:${server.port}`);
  });

  test('without a key no authorisation is sent', async () => {
    const { embed, server } = await subjectWith();
    await embed(['one']);
    expect(server.embeddingRequests[0]?.headers.authorization).toBeUndefined();
  });

  test('no text and blank texts make no request', async () => {
    const { embed, asked } = await subjectWith();
    await embed([]);
    await rejectionOf(embed(['one', ' ']));
    expect(asked()).toEqual([]);
  });

  test('hold at most 256 texts', async () => {
    const { embed, asked, server } = await subjectWith();
    await embed(Array.from({ length: 600 }, (_, at) => `text ${at}`));
    expect(asked().map((texts) => texts.length)).toEqual([256, 256, 88]);
    expect(asked().flat()[256]).toBe('text 256');
    server.assertComplete();
  });

  test('stay below what the vendor takes in all', async () => {
    const { embed, asked, server } = await subjectWith();
    const long = 'word '.repeat(6_000);
    await embed(Array.from({ length: 60 }, () => long));
    expect(asked().flat()).toHaveLength(60);
    expect(asked().length).toBeGreaterThan(1);
    expect(asked().length).toBeLessThan(6);
    server.assertComplete();
  });

  test('hold of a long text its beginning, to the end of a sentence', async () => {
    const { embed, asked } = await subjectWith();
    await embed([`  ${'This is a sentence of ours. '.repeat(3_000)}`, '漢'.repeat(9_000)]);
    const [latin = '', wide = ''] = asked()[0] ?? [];
    expect(estimateTokens(latin)).toBeLessThanOrEqual(8_000);
    expect(estimateTokens(latin)).toBeGreaterThan(7_900);
    expect(latin).toMatch(/^This is .* ours\.$/);
    expect(wide).toBe('漢'.repeat(8_000));
  });
});

describe('a server with limits of its own', () => {
  test('that knows no base64 is asked for numbers, from then on', async () => {
    const { embed, server, logger } = await subjectWith([], { embeddings: { refusesBase64: true } });
    const [one] = await embed(['one']);
    expect(cosine(one, hashVector('one'))).toBeCloseTo(1, 5);
    await embed(['two']);
    expect(server.embeddingRequests.map(({ body }) => body.encoding_format)).toEqual(['float', 'float']);
    expect(logger.of('embedding_limits_learnt')).toHaveLength(1);
  });

  test('that takes few texts gets few, from then on', async () => {
    const { embed, asked, logger } = await subjectWith([], { embeddings: { maxTexts: 32 } });
    const texts = Array.from({ length: 100 }, (_, at) => `text ${at}`);
    expectWellFormedVectors(await embed(texts), texts);
    await embed(texts.slice(0, 40));
    expect(asked().map((batch) => batch.length)).toEqual([32, 32, 32, 4, 32, 8]);
    expect(logger.of('embedding_limits_learnt')).toHaveLength(1);
  });

  test('that reads short texts only gets their beginning, from then on', async () => {
    const { embed, asked } = await subjectWith([], { embeddings: { maxTokens: 512 } });
    const long = 'This is a sentence of ours. '.repeat(1_000);
    await embed([long, 'short']);
    await embed([long]);
    expect(asked()).toHaveLength(2);
    for (const [text = ''] of asked()) {
      expect(estimateTokens(text)).toBeLessThanOrEqual(512);
      expect(estimateTokens(text)).toBeGreaterThan(200);
    }
    expect(asked()[0]?.[1]).toBe('short');
  });

  test('that reads next to nothing is refused', async () => {
    const { embed, asked, clock } = await subjectWith([], { embeddings: { maxTokens: 50 } });
    const error = await rejectionOf(embed(['This is a sentence of ours. '.repeat(100)]));
    expect(error).toMatchObject({ code: 'refused_by_peer', details: { reason: 'context_too_long' } });
    expect(error.message).toContain('embeddings.model');
    expect(error.message).not.toContain('/new');
    expect(asked()).toEqual([]);
    expect(clock.waiting()).toBe(0);
  });

  test('a limit that did not help is not learnt', async () => {
    const tooLong = refuse(400, { message: 'maximum context length is 512 tokens' });
    const { embed, asked, logger } = await subjectWith([tooLong, refuse(401)]);
    const long = 'This is a sentence of ours. '.repeat(1_000);
    expect((await rejectionOf(embed([long]))).code).toBe('auth_failed');
    await embed([long]);
    expect(asked().map(([text]) => estimateTokens(text ?? ''))).toEqual([
      estimateTokens(long.trim()),
      expect.toSatisfy((tokens: number) => tokens <= 4_000),
      estimateTokens(long.trim()),
    ]);
    expect(logger.entries).toEqual([]);
  });
});

describe('answers', () => {
  test.each([
    ['base64', {}],
    ['numbers where base64 was asked for', { floatsOnly: true }],
    ['vectors in another order', { shuffles: true }],
    ['vectors without an index', { lacksIndex: true }],
  ])('%s', async (_, embeddings) => {
    const { embed } = await subjectWith([], { embeddings });
    const texts = ['a lighthouse', 'a loaf of bread', 'a violin'];
    const vectors = await embed(texts);
    expectWellFormedVectors(vectors, texts);
    for (const [at, text] of texts.entries()) expect(cosine(vectors[at], hashVector(text))).toBeCloseTo(1, 5);
  });

  test.each([
    ['too few vectors', answer([1, 0])],
    ['too many vectors', answer([1, 0], [0, 1], [1, 1])],
    ['vectors of different dimensions', answer([1, 0], [1, 0, 0])],
    ['nothing for a number', answer([1, null], [1, 0])],
    ['text for a number', answer([1, '0'], [1, 0])],
    ['too large a number', answer([1, 1e300], [1, 0])],
    ['a vector of zeros', answer([0, 0], [1, 0])],
    ['an empty vector', answer([], [])],
    ['base64 of no numbers', answer('AAAAAAA=', 'AAAAAAA=')],
    ['base64 of a number that is none', answer('AADAfw==', 'AADAfw==')],
    ['something that is no base64', answer('!!!!', '!!!!')],
    ['no list', { kind: 'body', contentType: 'application/json', text: '{"object":"list"}' } as const],
    ['null', { kind: 'body', contentType: 'application/json', text: 'null' } as const],
    ['no JSON', { kind: 'body', contentType: 'application/json', text: '{"data":[' } as const],
    ['a page', { kind: 'body', contentType: 'text/html', text: '<html>Log in</html>' } as const],
  ])('%s: `bad_reply`', async (_, behaviour) => {
    const { embed, clock } = await subjectWith([behaviour]);
    const error = await rejectionOf(embed(['one', 'two']));
    expect(error.code).toBe('bad_reply');
    expect(clock.waiting()).toBe(0);
  });

  test('an index that is no text’s, or one text’s twice, is `bad_reply`', async () => {
    for (const indexes of [
      [0, 0],
      [0, 2],
      [-1, 0],
    ]) {
      const data = indexes.map((index) => ({ index, embedding: [1, 0] }));
      const text = JSON.stringify({ object: 'list', data });
      const { embed } = await subjectWith([{ kind: 'body', contentType: 'application/json', text }]);
      expect((await rejectionOf(embed(['one', 'two']))).code).toBe('bad_reply');
    }
  });

  test('vectors that differ in dimensions between two requests are `bad_reply`', async () => {
    const { embed } = await subjectWith([answer(...Array.from({ length: 256 }, () => [1, 0]))]);
    const texts = Array.from({ length: 257 }, (_, at) => `text ${at}`);
    const error = await rejectionOf(embed(texts));
    expect(error).toMatchObject({ code: 'bad_reply', retryable: false });
    expect(error.message).toContain('dimensions');
    expect(error.message).toContain('embeddings.model');
  });

  test('whatever is sent is vectors of length 1, or a problem', () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.constant(null), fc.string());
    const embedding = fc.oneof(
      fc.array(number, { maxLength: 4 }),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64')),
      fc.string(),
      fc.jsonValue(),
    );
    const data = fc.array(fc.record({ index: fc.option(fc.integer({ min: -1, max: 4 })), embedding }), {
      maxLength: 3,
    });
    const value = fc.oneof(fc.jsonValue(), fc.record({ data }), fc.record({ data, object: fc.jsonValue() }));
    fc.assert(
      fc.property(value, fc.integer({ min: 1, max: 3 }), (sent, count) => {
        const read = readVectors(sent, count);
        if ('problem' in read) {
          expect(read.problem).not.toBe('');
          return;
        }
        expect(read).toHaveLength(count);
        for (const vector of read) expect(Math.abs(Math.sqrt(cosine(vector, vector)) - 1)).toBeLessThan(1e-6);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('failures', () => {
  test('a wrong key is `auth_failed`, names its setting and is nowhere', async () => {
    const sendKey = 'sk-proj-verysecretvalue0123';
    const { embed, logger } = await subjectWith([], { apiKey: 'another', sendKey });
    const error = await rejectionOf(embed(['one']));
    expect(error).toMatchObject({ code: 'auth_failed', retryable: false, details: { status: 401 } });
    expect(error.message).toContain('EMBEDDINGS_API_KEY');
    const everything = [error.message, String(error.cause), error.stack, JSON.stringify(error.details)];
    expect(everything.join(' ')).not.toContain('verysecret');
    expect(JSON.stringify(logger.entries)).not.toContain('verysecret');
  });

  test('429 is `rate_limited` and says how long to wait', async () => {
    const { embed, server } = await subjectWith([refuse(429, undefined, { 'retry-after': '7' })]);
    expect(await rejectionOf(embed(['one']))).toMatchObject({
      code: 'rate_limited',
      retryable: true,
      retryAfterMs: 7_000,
    });
    // The SDK's own retries would have asked again.
    expect(server.embeddingRequests).toHaveLength(1);
  });

  test('an unknown model and a wrong path name their settings', async () => {
    const { embed } = await subjectWith([], { name: 'embed-99' });
    const unknown = await rejectionOf(embed(['one']));
    expect(unknown).toMatchObject({ code: 'refused_by_peer', details: { reason: 'unknown_model' } });
    expect(unknown.message).toContain('embeddings.model');

    const { embed: lost } = await subjectWith([{ kind: 'status', status: 404, body: '404 page not found' }]);
    const path = await rejectionOf(lost(['one']));
    expect(path).toMatchObject({ code: 'refused_by_peer', details: { reason: 'unknown_path' } });
    expect(path.message).toContain('embeddings.baseUrl');
    expect(path.message).toContain('embeddings at');
  });

  test('a refusal that repeats a text is not quoted', async () => {
    const text = 'The diary of the xylophone under the stairs.';
    const { embed } = await subjectWith([refuse(400, { message: `bad input: ${text}` })]);
    const error = await rejectionOf(embed(['another text', text]));
    expect(error).toMatchObject({ code: 'refused_by_peer', details: { reason: 'bad_request' } });
    expect([error.message, String(error.cause), error.stack].join(' ')).not.toContain('xylophone');
  });

  test('a failing second request fails the call', async () => {
    const { embed, asked } = await subjectWith([
      answer(...Array.from({ length: 256 }, () => [1, 0])),
      refuse(503),
    ]);
    const texts = Array.from({ length: 600 }, (_, at) => `text ${at}`);
    expect(await rejectionOf(embed(texts))).toMatchObject({ code: 'peer_failed', retryable: true });
    expect(asked()).toHaveLength(2);
  });

  test('no connection is `network`', async () => {
    const gone = await createEmbeddingSubject();
    await gone.server.close();
    expect(await rejectionOf(gone.embed(['one']))).toMatchObject({ code: 'network', retryable: true });
    expect(gone.clock.waiting()).toBe(0);
  });

  test.each(['request', 'headers'] as const)(
    'silence after the %s is `timeout`, and the connection is closed',
    async (after) => {
      const { embed, server, clock } = await subjectWith([{ kind: 'hang', after }], { timeoutMs: 5_000 });
      const rejection = rejectionOf(embed(['one']));
      await server.held();
      await clock.advance(4_999);
      expect(clock.waiting()).toBeGreaterThan(0);
      await clock.advance(1);
      expect(await rejection).toMatchObject({ code: 'timeout', retryable: true });
      expect(clock.waiting()).toBe(0);
      await server.idle();
      expect(server.dropped()).toBe(1);
    },
  );

  test('each request has its own time', async () => {
    const { embed, server, clock } = await subjectWith(
      [answer(...Array.from({ length: 256 }, () => [1, 0])), { kind: 'hang', after: 'request' }],
      { timeoutMs: 5_000 },
    );
    const rejection = rejectionOf(embed(Array.from({ length: 257 }, () => 'one')));
    await server.held();
    await clock.advance(5_000);
    expect((await rejection).code).toBe('timeout');
  });

  test('an abort closes the connection', async () => {
    const { embed, server, clock } = await subjectWith([{ kind: 'hang', after: 'headers' }]);
    const controller = new AbortController();
    const rejection = rejectionOf(embed(['one'], controller.signal));
    await server.held();
    controller.abort();
    expect((await rejection).code).toBe('aborted');
    await server.idle();
    expect(server.dropped()).toBe(1);
    expect(clock.waiting()).toBe(0);
  });

  test('an answer without an end is not read to its end', async () => {
    let isCancelled = false;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('1,'.repeat(500_000))),
      cancel: () => {
        isCancelled = true;
      },
    });
    const embedding = createOpenAiEmbeddings({
      model: 'm',
      fetch: async () => new Response(endless, { headers: { 'content-type': 'application/json' } }),
      clock: createFakeClock(),
      logger: createMemoryLogger(),
    });
    expect((await rejectionOf(embedding.embed(['one'], never()))).code).toBe('bad_reply');
    expect(isCancelled).toBe(true);
  });

  test.each(['ftp://127.0.0.1/v1', 'nonsense', 'http://me:secret@127.0.0.1/v1'])(
    'an unusable address is refused at once: %s',
    (baseUrl) => {
      const create = (): unknown =>
        createOpenAiEmbeddings({
          model: 'm',
          baseUrl,
          fetch: globalThis.fetch,
          clock: createFakeClock(),
          logger: createMemoryLogger(),
        });
      expect(create).toThrow(/embeddings\.baseUrl/);
      expect(create).not.toThrow(/secret/);
    },
  );
});

describe('the fake server refuses what the vendor refuses', () => {
  test.each([
    [{ model: 'fake-model', input: [] }, /input/],
    [{ model: 'fake-model', input: [''] }, /input/],
    [{ model: 'fake-model', input: '' }, /input/],
    [{ model: 'fake-model', input: Array.from({ length: 2_049 }, () => 'x') }, /input/],
    [{ model: 'fake-model', input: 'x', encoding_format: 'int8' }, /encoding_format/],
    [{ model: 'fake-model', input: 'x', truncate: true }, /truncate/],
    [{ model: 'fake-model', input: 'x '.repeat(20_000) }, /maximum context length/],
    [{ model: 'fake-model', input: Array.from({ length: 50 }, () => 'x '.repeat(14_000)) }, /max 300000/],
    [{ model: 'other', input: 'x' }, /does not exist/],
  ])('%#', async (body, message) => {
    const { server } = await subjectWith();
    const response = await fetch(`${server.baseUrl}/embeddings`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.text()).toMatch(message);
    expect(server.embeddingRequests).toEqual([]);
  });
});
