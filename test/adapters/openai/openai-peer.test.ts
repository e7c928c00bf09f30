import { LLMock } from '@copilotkit/aimock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createOpenAiEmbeddings } from '../../../adapters/openai/openai-embeddings.ts';
import { createOpenAiModel } from '../../../adapters/openai/openai-model.ts';
import type { ModelEvent, ModelRequest } from '../../../core/domain/model.ts';
import { cosine, expectWellFormedVectors, never, rejectionOf } from '../../contract/embedding.ts';
import { collect, expectWellFormed, plainRequest, textOf } from '../../contract/model.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { failureOf } from './subject.ts';

/** A server that others wrote: where it and our own fake disagree, the vendor's documents decide. */
describe('the openai adapter against aimock', () => {
  let peer: LLMock;

  beforeEach(async () => {
    peer = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 5 });
    await peer.start();
  });
  afterEach(() => peer.stop());

  const tools = [
    {
      name: 'lookup',
      description: 'Looks a word up.',
      parameters: { type: 'object', properties: { word: { type: 'string' } } },
    },
  ];

  async function ask(request: Partial<ModelRequest> = {}): Promise<readonly ModelEvent[]> {
    const model = createOpenAiModel({
      model: 'gpt-4o',
      baseUrl: `${peer.url}/v1`,
      apiKey: 'mock',
      fetch,
      clock: createFakeClock(),
      ids: createSequentialIds(),
      logger: createMemoryLogger(),
    });
    const events = await collect(model.stream({ ...plainRequest, ...request }, new AbortController().signal));
    expectWellFormed(events);
    return events;
  }

  test('text and usage', async () => {
    peer.onMessage(/lighthouse/, { content: 'It warns ships of rocks and shows them the way.' });
    const events = await ask();
    expect(textOf(events)).toBe('It warns ships of rocks and shows them the way.');
    expect(events.filter((event) => event.type === 'text').length).toBeGreaterThan(3);
    const last = events.at(-1);
    expect(last).toMatchObject({ type: 'completed', finishReason: 'stop' });
    expect(last?.type === 'completed' && last.usage?.outputTokens).toBeGreaterThan(0);
  });

  test('a round of tools', async () => {
    peer.onMessage('Look up lamp and fog', {
      toolCalls: [
        { name: 'lookup', arguments: { word: 'lamp' } },
        { name: 'lookup', arguments: { word: 'fog' } },
      ],
    });
    const question = { role: 'user', text: 'Look up lamp and fog' } as const;
    const events = await ask({ messages: [question], tools });
    const calls = events.flatMap((event) => (event.type === 'tool_call' ? [event.call] : []));
    expect(calls.map((call) => JSON.parse(call.argumentsJson))).toEqual([{ word: 'lamp' }, { word: 'fog' }]);
    expect(events.at(-1)).toMatchObject({ type: 'completed', finishReason: 'tool_calls' });

    const [first, second] = calls;
    if (first === undefined || second === undefined) throw new Error('two calls were expected');
    peer.clearFixtures();
    peer.onToolResult(second.id, { content: 'A lamp is a light, fog is a cloud.' });
    const answer = await ask({
      messages: [
        question,
        { role: 'assistant', text: '', toolCalls: calls },
        { role: 'tool', toolCallId: first.id, text: 'a light' },
        { role: 'tool', toolCallId: second.id, text: 'a cloud' },
      ],
      tools,
    });
    expect(textOf(answer)).toBe('A lamp is a light, fog is a cloud.');
  });

  test('reasoning is left out', async () => {
    peer.onMessage(/lighthouse/, { content: 'For ships.', reasoning: 'The person asks about towers.' });
    expect(textOf(await ask())).toBe('For ships.');
  });

  test.each([
    [401, 'auth_failed'],
    [429, 'rate_limited'],
    [500, 'peer_failed'],
    [400, 'refused_by_peer'],
  ])('status %i is %s', async (status, code) => {
    peer.nextRequestError(status, { message: 'No.' });
    expect(failureOf(await ask()).code).toBe(code);
    expect(peer.getRequests()).toHaveLength(1);
  });

  test('an answer that breaks off', async () => {
    peer.on(
      { userMessage: /lighthouse/ },
      { content: 'It warns ships of rocks.' },
      { truncateAfterChunks: 3 },
    );
    // Whether the words before the break are read depends on what the socket still delivers.
    expect(failureOf(await ask())).toMatchObject({ code: 'network', retryable: true });
  });

  test('malformed answers', async () => {
    peer.onMessage(/lighthouse/, { content: 'It warns ships.' });
    peer.setChaos({ malformedRate: 1 });
    expect(failureOf(await ask()).code).toBe('bad_reply');
  });

  test('rate limits with a wait', async () => {
    peer.onMessage(/lighthouse/, { content: 'It warns ships.' });
    peer.setChaos({ rateLimitRate: 1 });
    const error = failureOf(await ask());
    expect(error).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(error.retryAfterMs).toBeGreaterThan(0);
  });
});

describe('the openai embeddings against aimock', () => {
  let peer: LLMock;

  beforeEach(async () => {
    peer = new LLMock({ port: 0, host: '127.0.0.1', logLevel: 'silent' });
    await peer.start();
  });
  afterEach(() => peer.stop());

  function embed(texts: readonly string[]): Promise<readonly Float32Array[]> {
    const embedding = createOpenAiEmbeddings({
      model: 'text-embedding-3-small',
      baseUrl: `${peer.url}/v1`,
      apiKey: 'mock',
      fetch,
      clock: createFakeClock(),
      logger: createMemoryLogger(),
    });
    return embedding.embed(texts, never());
  }

  test('a vector of length 1 for each text, in order', async () => {
    const texts = ['a lighthouse', 'a loaf of bread', 'a violin'];
    const vectors = await embed(texts);
    expectWellFormedVectors(vectors, texts);
    for (const [at, text] of texts.entries()) {
      const [alone] = await embed([text]);
      expect(cosine(alone, vectors[at])).toBeCloseTo(1, 5);
    }
    expect(cosine(vectors[0], vectors[1])).toBeLessThan(0.99);
  });

  test('more texts than one request takes', async () => {
    const texts = Array.from({ length: 300 }, (_, at) => `text ${at}`);
    expectWellFormedVectors(await embed(texts), texts);
    expect(peer.getRequests()).toHaveLength(2);
  });

  test('numbers that somebody wrote', async () => {
    peer.onEmbedding(/lighthouse/, { embedding: [3, 0, -4] });
    const [vector] = await embed(['a lighthouse']);
    expect([...(vector ?? [])].map((number) => Number(number.toFixed(5)))).toEqual([0.6, 0, -0.8]);
  });

  test.each([
    [401, 'auth_failed'],
    [429, 'rate_limited'],
    [500, 'peer_failed'],
    [400, 'refused_by_peer'],
  ])('status %i is %s', async (status, code) => {
    peer.onEmbedding(/lighthouse/, { error: { message: 'No.' }, status });
    expect((await rejectionOf(embed(['a lighthouse']))).code).toBe(code);
    expect(peer.getRequests()).toHaveLength(1);
  });

  test('malformed answers', async () => {
    peer.setChaos({ malformedRate: 1 });
    expect((await rejectionOf(embed(['a lighthouse']))).code).toBe('bad_reply');
  });
});
