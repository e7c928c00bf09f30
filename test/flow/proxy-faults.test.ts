import { gzipSync } from 'node:zlib';
import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { answer, type Script } from '../fakes/upstream/fake-upstream.ts';
import { chatEvents } from '../fakes/upstream-server/chat-answer.ts';
import { type FakeVendor, streamHead } from '../fakes/upstream-server/vendor-server.ts';
import { behind, type ProxyBot, startProxyBot, vendor } from './proxy-bot.ts';

interface Setup {
  readonly fake: FakeVendor;
  readonly bot: ProxyBot;
}

async function setup(proxy: Readonly<Record<string, unknown>> = {}): Promise<Setup> {
  const fake = await vendor();
  return { fake, bot: await startProxyBot(behind(fake, { maxRetries: 0, ...proxy })) };
}

const request = { model: 'gpt-test', messages: [{ role: 'user' as const, content: 'Hello' }] };
const pieces = chatEvents({ text: 'Half and half.' }, { number: 9, model: 'gpt-test', fields: {} });
const writing = (texts: readonly string[]): Script => texts.map((bytes) => ({ do: 'write', bytes }));
/** The role, and the first half of the words. */
const begun: Script = [streamHead, ...writing(pieces.slice(0, 2))];

/** What comes of a stream until it ends or breaks. */
async function streamed({ bot }: Setup, onPiece: (client: AbortController) => void = () => {}) {
  const leaving = new AbortController();
  let text = '';
  try {
    const stream = await bot
      .openai()
      .chat.completions.create({ ...request, stream: true }, { signal: leaving.signal });
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? '';
      if (text !== '') onPiece(leaving);
    }
    return { text, isWhole: !leaving.signal.aborted };
  } catch (error) {
    return { text, isWhole: false, error };
  }
}

const endOf = ({ bot }: Setup): Readonly<Record<string, unknown>> | undefined =>
  bot.rows('SELECT state, reply_text, error_code FROM turns').at(-1);

describe('a server that', () => {
  test('does not begin to answer: the caller is told within the limit, and the server is left', async () => {
    const one = await setup({ firstByteTimeoutMs: 150 });
    one.fake.act([{ do: 'hold' }]);
    const asked = one.bot.openai().chat.completions.create(request);
    await expect(asked).rejects.toMatchObject({ status: 504, message: expect.stringContaining('vendor') });
    await one.fake.dropped();
    expect(one.bot.turns()).toEqual([]);
  });

  test('stalls in the middle: what came is delivered, the caller sees that it is not whole', async () => {
    const one = await setup({ idleTimeoutMs: 150 });
    one.fake.act([...begun, { do: 'hold' }]);
    expect(await streamed(one)).toMatchObject({ text: 'Half an', isWhole: false });
    await one.fake.dropped();
    await one.bot.stored(1);
    expect(endOf(one)).toEqual({ state: 'failed', reply_text: 'Half an', error_code: 'timeout' });
  });

  test('never ends is ended', async () => {
    const one = await setup({ totalTimeoutMs: 400 });
    one.fake.act([...begun, { do: 'flood' }]);
    expect(await streamed(one)).toMatchObject({ text: 'Half an', isWhole: false });
    await one.fake.dropped();
    await one.bot.stored(1);
    expect(endOf(one)).toMatchObject({ state: 'failed', error_code: 'timeout' });
  });

  test('cuts its stream: the caller sees the cut, and the turn is a failed one', async () => {
    const one = await setup();
    one.fake.act([...begun, { do: 'reset' }]);
    expect(await streamed(one)).toMatchObject({ text: 'Half an', isWhole: false });
    await one.bot.stored(1);
    expect(endOf(one)).toEqual({ state: 'failed', reply_text: 'Half an', error_code: 'network' });
    // The next one is served.
    expect(await streamed(one)).toMatchObject({ text: 'Answer 1.', isWhole: true });
  });

  test('sends malformed events: they are passed on as they are, and nothing breaks', async () => {
    const one = await setup();
    const broken = ['data: {"choices":[{\n\n', 'data\n:\n\n', 'event: x\ndata: ]]\n\n', '\u0000\r\r\n'];
    one.fake.act([...begun, ...writing(broken), { do: 'end' }]);
    const response = await one.bot.post('/chat/completions', { ...request, stream: true });
    expect(await response.text()).toBe([...pieces.slice(0, 2), ...broken].join(''));
    await one.bot.stored(1);
    expect(endOf(one)).toMatchObject({ state: 'failed', reply_text: 'Half an' });
    expect(await streamed(one)).toMatchObject({ isWhole: true });
  });

  test('sends a line of ten million bytes: each of them arrives', async () => {
    const one = await setup();
    const line = `data: {"x":"${'y'.repeat(10_000_000)}"}\n\n`;
    one.fake.act([...begun, ...writing([line, ...pieces.slice(2)]), { do: 'end' }]);
    const response = await one.bot.post('/chat/completions', { ...request, stream: true });
    const text = await response.text();
    expect(text.length).toBe(line.length + pieces.join('').length);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    await one.bot.stored(1);
    expect(endOf(one)).toMatchObject({ reply_text: 'Half and half.' });
  });

  test('refuses: its own status, body and headers reach the caller, and that is no turn', async () => {
    const one = await setup();
    for (const status of [401, 429, 500]) {
      const body = `{ "error": {"message":"No: ${status}", "type":"own", "param":null,"code":"own_${status}"} }`;
      const headers = { 'content-type': 'application/json', 'retry-after': '7', 'x-vendor': 'a' };
      one.fake.act(answer(status, body, headers));
      const response = await one.bot.post('/chat/completions', request);
      expect([response.status, await response.text()]).toEqual([status, body]);
      expect([response.headers.get('retry-after'), response.headers.get('x-vendor')]).toEqual(['7', 'a']);
      one.fake.act(answer(status, body, headers));
      await expect(one.bot.openai().chat.completions.create(request)).rejects.toMatchObject({
        status,
        code: `own_${status}`,
      });
    }
    expect(one.bot.turns()).toEqual([]);
  });

  test('fails once is asked again before the first byte; the caller sees one answer', async () => {
    const one = await setup({ maxRetries: 1 });
    one.fake.act(answer(503));
    expect(await streamed(one)).toMatchObject({ text: 'Answer 1.', isWhole: true });
    expect(one.fake.requests).toHaveLength(2);
    expect(one.fake.last().bytes.equals(one.fake.last(1).bytes)).toBe(true);
    await one.bot.stored(1);
  });
});

describe('of two servers', () => {
  async function two(): Promise<Setup & { readonly second: FakeVendor }> {
    const [fake, second] = await Promise.all([vendor(), vendor()]);
    const upstreams = [fake, second].map(({ baseUrl }, place) => ({
      name: `server-${place}`,
      dialects: ['openai-chat'],
      baseUrl,
      ...(place === 1 ? { renames: { 'gpt-test': 'gpt-there' } } : {}),
    }));
    const bot = await startProxyBot({
      settings: { proxy: { upstreams, maxRetries: 0 } },
      variables: { METACLAW_UPSTREAM_KEYS: `server-0=${fake.key},server-1=${second.key}` },
    });
    return { fake, second, bot };
  }

  test('the second answers where the first fails, has too many requests, or is not there', async () => {
    const one = await two();
    one.fake.act(answer(500), answer(429));
    for (const _ of [500, 429]) expect(await streamed(one)).toMatchObject({ isWhole: true });
    await one.fake.close();
    expect(await streamed(one)).toMatchObject({ text: 'Answer 3.', isWhole: true });
    expect(one.second.requests.map(({ fields }) => fields['model'])).toEqual(Array(3).fill('gpt-there'));
    const [sent, first] = [one.second.requests[0]?.text, one.fake.requests[0]?.text];
    expect(sent).toBe(first?.replace('gpt-test', 'gpt-there'));
  });

  test('the second is not asked for what the first has begun', async () => {
    const one = await two();
    one.fake.act([...begun, { do: 'reset' }]);
    expect(await streamed(one)).toMatchObject({ text: 'Half an', isWhole: false });
    expect(one.second.requests).toEqual([]);
  });
});

test('a caller that leaves in the middle ends the request to the server; the turn is a stopped one', async () => {
  const one = await setup();
  one.fake.act([...begun, { do: 'flood' }]);
  await streamed(one, (client) => client.abort());
  await one.fake.dropped();
  await one.bot.stored(1);
  expect(endOf(one)).toEqual({ state: 'stopped', reply_text: 'Half an', error_code: null });
});

describe('a request that cannot be taken', () => {
  const long = { ...request, user: 'x'.repeat(2_000) };

  test('is told so with its field, and reaches no server', async () => {
    const { bot, fake } = await setup({ maxBodyBytes: 1_024 });
    const refusal = async (body: unknown, path = '/chat/completions', headers = {}): Promise<unknown> => {
      const response = await bot.post(path, body, headers);
      return { status: response.status, ...Object(await response.json()).error };
    };
    const { model, messages } = request;
    const names = (field: string): object => ({ status: 400, param: field });
    expect(await refusal(long)).toMatchObject({
      status: 413,
      message: expect.stringContaining('maxBodyBytes'),
    });
    expect(await refusal(request, undefined, { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
    });
    expect(await refusal('{"model":')).toMatchObject({ status: 400 });
    expect(await refusal('[]')).toMatchObject({ status: 400 });
    expect(await refusal({ messages })).toMatchObject(names('model'));
    expect(await refusal({ model })).toMatchObject(names('messages'));
    expect(await refusal({ model, messages: [7] })).toMatchObject(names('messages[0]'));
    expect(await refusal({ model }, '/responses')).toMatchObject(names('input'));
    expect(await refusal({ model: 'claude-test' }, '/messages')).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      message: expect.stringContaining('messages'),
    });
    expect(await refusal({ model: 'else', messages })).toMatchObject({ status: 404, param: 'model' });
    expect(await refusal({ model: 'claude-test', messages })).toMatchObject({
      ...names('model'),
      message: expect.stringContaining('POST /v1/messages'),
    });
    const packed = await fetch(`${bot.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(request)),
    });
    expect(packed.status).toBe(415);
    expect([fake.requests, bot.turns()]).toEqual([[], []]);
  });

  test('is an error that the official client knows', async () => {
    const { bot } = await setup({ maxBodyBytes: 1_024 });
    const asked = bot.openai().chat.completions.create(long satisfies OpenAI.Chat.ChatCompletionCreateParams);
    await expect(asked).rejects.toMatchObject({ status: 413, code: 'request_too_large' });
  });
});
