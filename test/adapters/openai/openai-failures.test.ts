import { afterEach, describe, expect, test } from 'vitest';
import { createOpenAiModel } from '../../../adapters/openai/openai-model.ts';
import { retryAfterMs } from '../../../adapters/openai/retry-after.ts';
import { collect, plainRequest, textOf } from '../../contract/model.ts';
import { type Behaviour, pause, refuse, say } from '../../fakes/openai/behaviours.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { createSubject, failureOf, type Subject, type SubjectOptions } from './subject.ts';

const open: Subject[] = [];
afterEach(async () => {
  for (const subject of open.splice(0)) await subject.server.close();
});

async function subjectWith(behaviours: readonly Behaviour[], options?: SubjectOptions): Promise<Subject> {
  const subject = await createSubject(behaviours, options);
  open.push(subject);
  return subject;
}

describe('refusals by the server', () => {
  test('401 is `auth_failed` and the key is nowhere', async () => {
    const sendKey = 'sk-proj-verysecretvalue0123';
    const { ask, logger } = await subjectWith([], { apiKey: 'another', sendKey });
    const error = failureOf(await ask());
    expect(error).toMatchObject({ code: 'auth_failed', retryable: false, details: { status: 401 } });
    expect(error.message).toContain('OPENAI_API_KEY');
    const everything = [error.message, String(error.cause), error.stack, JSON.stringify(error.details)];
    expect(everything.join(' ')).not.toContain('verysecret');
    expect(JSON.stringify(logger.entries)).not.toContain('verysecret');
  });

  test.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ date: 'Mon, 05 Jan 2026 10:00:00 GMT', 'retry-after': 'Mon, 05 Jan 2026 10:00:20 GMT' }, 20_000],
    [{ date: '', 'retry-after': 'Mon, 05 Jan 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('429 with %j asks for %s ms', async (headers, expected) => {
    const { ask } = await subjectWith([refuse(429, undefined, headers)]);
    const error = failureOf(await ask());
    expect(error).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(error.retryAfterMs).toBe(expected);
  });

  test('429 for an empty account is not worth a retry', async () => {
    const { ask } = await subjectWith([
      refuse(429, { message: 'You exceeded your current quota', code: 'insufficient_quota' }),
    ]);
    expect(failureOf(await ask())).toMatchObject({
      code: 'refused_by_peer',
      retryable: false,
      details: { reason: 'no_credit' },
    });
  });

  test.each([500, 502, 503, 529])('%i is `peer_failed` and retryable', async (status) => {
    const { ask, server } = await subjectWith([refuse(status, undefined, { 'retry-after': '3' })]);
    expect(failureOf(await ask())).toMatchObject({
      code: 'peer_failed',
      retryable: true,
      retryAfterMs: 3_000,
    });
    // The SDK's own retries would have asked again.
    server.assertComplete();
    expect(server.requests).toHaveLength(1);
  });

  test('an unknown model is named, with the setting to mend it', async () => {
    const { ask } = await subjectWith([], { name: 'gpt-99' });
    const error = failureOf(await ask());
    expect(error).toMatchObject({
      code: 'refused_by_peer',
      retryable: false,
      details: { reason: 'unknown_model' },
    });
    expect(error.message).toContain('gpt-99');
    expect(error.message).toContain('OPENAI_MODEL');
  });

  test.each([
    refuse(400, {
      message: "This model's maximum context length is 8192 tokens.",
      code: 'context_length_exceeded',
    }),
    refuse(400, {
      message: 'the request exceeds the available context size',
      type: 'exceed_context_size_error',
    }),
    refuse(413, { message: 'Payload too large' }),
  ])('a conversation that is too long says what to do (%#)', async (behaviour) => {
    const { ask } = await subjectWith([behaviour]);
    const error = failureOf(await ask());
    expect(error).toMatchObject({
      code: 'refused_by_peer',
      retryable: false,
      details: { reason: 'context_too_long' },
    });
    expect(error.message).toContain('/new');
  });

  test('a wrong path names the setting', async () => {
    const { ask } = await subjectWith([{ kind: 'status', status: 404, body: '404 page not found' }]);
    const error = failureOf(await ask());
    expect(error).toMatchObject({ code: 'refused_by_peer', details: { reason: 'unknown_path' } });
    expect(error.message).toContain('OPENAI_BASE_URL');
  });

  test('any other refusal quotes the server shortly', async () => {
    const message = `Bad things with sk-abcdefgh happened\nin line two. ${'x'.repeat(5_000)}`;
    const { ask } = await subjectWith([refuse(400, { message })]);
    const error = failureOf(await ask());
    expect(error.code).toBe('refused_by_peer');
    expect(error.message).toContain('Bad things with [secret] happened in line two.');
    expect(error.message.length).toBeLessThan(300);
  });

  test.each([
    ['the whole of a short message', 'xylophone'],
    [
      'a piece of a long one',
      `My diary says:\n  the xylophone is under the stairs. ${'And more. '.repeat(50)}`,
    ],
  ])('a refusal that repeats %s is not quoted', async (_, text) => {
    const { ask } = await subjectWith([refuse(400, { message: `bad input: {'content': '${text}'}` })]);
    const error = failureOf(await ask({ messages: [{ role: 'user', text }] }));
    expect(error).toMatchObject({ code: 'refused_by_peer', details: { reason: 'bad_request', status: 400 } });
    expect([error.message, String(error.cause), error.stack].join(' ')).not.toContain('xylophone');
  });

  test('an answer that is no JSON leaves none of it in the error', async () => {
    const fetch = async (): Promise<Response> =>
      new Response('xylophone under the stairs', { headers: { 'content-type': 'application/json' } });
    const model = createOpenAiModel({
      model: 'm',
      baseUrl: 'http://127.0.0.1:9/v1',
      fetch,
      clock: createFakeClock(),
      ids: createSequentialIds(),
      logger: createMemoryLogger(),
    });
    const error = failureOf(await collect(model.stream(plainRequest, new AbortController().signal)));
    expect(error.code).toBe('bad_reply');
    expect([error.message, String(error.cause)].join(' ')).not.toContain('xylophone');
  });

  test('an error page without an end is not read to its end', async () => {
    let isCancelled = false;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('y'.repeat(10_000))),
      cancel: () => {
        isCancelled = true;
      },
    });
    const model = createOpenAiModel({
      model: 'm',
      fetch: async () => new Response(endless, { status: 503 }),
      clock: createFakeClock(),
      ids: createSequentialIds(),
      logger: createMemoryLogger(),
    });
    const events = await collect(model.stream(plainRequest, new AbortController().signal));
    expect(failureOf(events).code).toBe('peer_failed');
    expect(isCancelled).toBe(true);
  });
});

describe('the connection', () => {
  test('refused is `network`', async () => {
    const gone = await createSubject([]);
    await gone.server.close();
    const error = failureOf(await gone.ask());
    expect(error).toMatchObject({ code: 'network', retryable: true });
    expect(String(error.cause)).toContain('ECONNREFUSED');
    expect(gone.clock.waiting()).toBe(0);
  });

  test('an unknown host is `network`', async () => {
    const model = createOpenAiModel({
      model: 'm',
      baseUrl: 'http://nowhere.invalid/v1',
      fetch: () =>
        Promise.reject(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') })),
      clock: createFakeClock(),
      ids: createSequentialIds(),
      logger: createMemoryLogger(),
    });
    const events = await collect(model.stream(plainRequest, new AbortController().signal));
    expect(events).toMatchObject([{ type: 'failed', error: { code: 'network', retryable: true } }]);
  });

  test.each(['request', 'headers'] as const)(
    'silence after the %s is `timeout`, and the connection is closed',
    async (after) => {
      const { ask, server, clock } = await subjectWith([{ kind: 'hang', after }], {
        timeouts: { firstEventMs: 5_000 },
      });
      const events = ask();
      await server.held();
      await clock.advance(4_999);
      await clock.advance(1);
      expect(failureOf(await events)).toMatchObject({ code: 'timeout', retryable: true });
      await server.idle();
      expect(server.dropped()).toBe(1);
      expect(clock.waiting()).toBe(0);
    },
  );

  test('silence in the middle is `timeout` after the text', async () => {
    const { model, server, clock } = await subjectWith([pause(['half'])], { timeouts: { idleMs: 1_000 } });
    const stream = model.stream(plainRequest, new AbortController().signal)[Symbol.asyncIterator]();
    await stream.next();
    expect((await stream.next()).value).toEqual({ type: 'text', text: 'half' });
    await server.held();
    const rest = stream.next();
    await clock.advance(1_000);
    expect((await rest).value).toMatchObject({ type: 'failed', error: { code: 'timeout' } });
    await server.idle();
    expect(server.dropped()).toBe(1);
  });

  test('a slow reader is not a silent server', async () => {
    const { model, server, clock } = await subjectWith([pause(['half'], [' whole'])], {
      timeouts: { idleMs: 1_000 },
    });
    const stream = model.stream(plainRequest, new AbortController().signal)[Symbol.asyncIterator]();
    await stream.next();
    await stream.next();
    await server.held();
    await clock.advance(30_000);
    server.release();
    expect((await stream.next()).value).toEqual({ type: 'text', text: ' whole' });
    expect((await stream.next()).value).toMatchObject({ type: 'completed' });
    await stream.next();
  });

  test('the whole answer has its time', async () => {
    const { ask, server, clock } = await subjectWith([pause(['half'])], {
      timeouts: { idleMs: 60_000, overallMs: 10_000 },
    });
    const events = ask();
    await server.held();
    await clock.advance(10_000);
    const ended = await events;
    expect(textOf(ended)).toBe('half');
    expect(failureOf(ended).code).toBe('timeout');
  });

  test('slow headers inside the time are fine', async () => {
    const { ask, server, clock } = await subjectWith([{ kind: 'slow', next: say('at last') }]);
    const events = ask();
    await server.held();
    await clock.advance(100_000);
    server.release();
    expect(textOf(await events)).toBe('at last');
  });

  test.each(['request', 'headers'] as const)('an abort after the %s closes the connection', async (after) => {
    const { ask, server, clock } = await subjectWith([{ kind: 'hang', after }]);
    const controller = new AbortController();
    const events = ask({}, controller.signal);
    await server.held();
    controller.abort();
    expect(failureOf(await events).code).toBe('aborted');
    await server.idle();
    expect(server.dropped()).toBe(1);
    expect(clock.waiting()).toBe(0);
  });

  test('an abort ends even a fetch that does not listen', async () => {
    const controller = new AbortController();
    const model = createOpenAiModel({
      model: 'm',
      fetch: () => {
        controller.abort();
        return new Promise(() => undefined);
      },
      clock: createFakeClock(),
      ids: createSequentialIds(),
      logger: createMemoryLogger(),
    });
    const events = await collect(model.stream(plainRequest, controller.signal));
    expect(events).toMatchObject([{ type: 'failed', error: { code: 'aborted' } }]);
  });

  test('a reader that leaves closes the connection', async () => {
    const { model, server, clock } = await subjectWith([pause(['half'])]);
    for await (const event of model.stream(plainRequest, new AbortController().signal)) {
      if (event.type === 'text') break;
    }
    await server.idle();
    expect(server.dropped()).toBe(1);
    expect(clock.waiting()).toBe(0);
  });

  test('answers that end well are read to their end', async () => {
    const { ask, server } = await subjectWith(Array.from({ length: 5 }, () => say('ok')));
    for (let turn = 0; turn < 5; turn += 1) await ask();
    await server.idle();
    expect(server.dropped()).toBe(0);
  });
});

describe('retry-after', () => {
  const at = Date.UTC(2026, 0, 5, 12);

  test.each([
    ['-5', undefined],
    ['', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['0', 0],
    ['Mon, 05 Jan 2026 11:00:00 GMT', 0],
  ])('%j', (value, expected) => {
    expect(retryAfterMs(new Headers({ 'retry-after': value }), at)).toBe(expected);
  });
});
