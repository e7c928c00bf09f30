import { expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { createCountedAccess } from '../../fakes/proxy/counted-access.ts';
import { createMemoryDesk } from '../../fakes/proxy/memory-desk.ts';
import { answered, hello, openProxy } from './proxy-rig.ts';

const chat = '/v1/chat/completions';

async function endOf(path: string, request: object, answer: string) {
  const desk = createMemoryDesk();
  const { post, upstream } = await openProxy({ desk });
  const asked = post(path, request);
  const server = await upstream.nth(1);
  server.head();
  server.data(answer);
  server.end();
  await (await asked).text();
  const ended = await desk.ended(1);
  if (ended.how !== 'finished') throw new Error('nothing was answered');
  return ended.end;
}

test('the size of a request is told where the server tells no usage, without what a picture takes', async () => {
  const { usage: _, ...unmeasured } = JSON.parse(answered);
  const content = (url: string): object => ({
    ...hello,
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
  });
  const small = await endOf(chat, hello, JSON.stringify(unmeasured));
  expect(small.promptBytes).toBe(JSON.stringify(hello).length);
  const picture = content(`data:image/png;base64,${'A'.repeat(80_000)}`);
  const pictured = await endOf(chat, picture, JSON.stringify(unmeasured));
  expect(pictured.promptBytes).toBeLessThan(10_000);
  expect(await endOf(chat, hello, answered)).not.toHaveProperty('promptBytes');
});

test('the first answer of a talk begins as its caller began it', async () => {
  const answer = (content: readonly object[]): string =>
    JSON.stringify({ id: 'msg_1', type: 'message', role: 'assistant', content, stop_reason: 'end_turn' });
  const request = {
    model: 'm',
    max_tokens: 9,
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: '{ "a":' },
    ],
  };
  const said = await endOf('/v1/messages', request, answer([{ type: 'text', text: ' 1 }' }]));
  expect(said).toMatchObject({ firstAnswer: '{"a":1}', replyText: ' 1 }' });
  const nothing = await endOf('/v1/messages', request, answer([]));
  expect(nothing.firstAnswer).toBe('');
});

test('all that was written is told where the server tells no usage', async () => {
  const { usage: _, choices: __, ...rest } = JSON.parse(answered);
  const choices = [0, 1, 2].map((index) => ({
    index,
    message: { role: 'assistant', content: 'x'.repeat(400) },
    finish_reason: 'stop',
  }));
  const said = await endOf(chat, hello, JSON.stringify({ ...rest, choices }));
  expect(said).toMatchObject({ state: 'done', answerTokens: 300 });
  expect(await endOf(chat, hello, answered)).not.toHaveProperty('answerTokens');
  const unreadable = await endOf(chat, hello, `{"choices":[${' '.repeat(3_988)}`);
  expect(unreadable).toMatchObject({ state: 'failed', answerTokens: 1_000 });
});

test.each([
  ['waited for in vain', new AppError('timeout', 'Too slow.', { details: { reached: true } }), true],
  ['never reached', new AppError('timeout', 'Not there.', { details: { reached: false } }), false],
  ['that broke', new AppError('network', 'Broke.', { details: { reached: true } }), false],
] as const)('a request to a server %s costs what was asked, or nothing', async (_, error, isSent) => {
  const { post, upstream, desk } = await openProxy();
  const asked = post(chat, hello);
  (await upstream.nth(1)).fail(error);
  await (await asked).text();
  const sent = { promptBytes: JSON.stringify(hello).length };
  expect(await desk.ended(1)).toEqual({ how: 'abandoned', ...(isSent ? { sent } : {}) });
});

test('a request that what is under way leaves no tokens for is not sent on', async () => {
  const sizes: number[] = [];
  const access = createCountedAccess({
    mc_held: {
      reserve(promptBytes) {
        sizes.push(promptBytes());
        return { kind: 'refused', reason: 'rate_limited', message: 'Wait for it.', retryAfterSeconds: 3 };
      },
    },
  });
  const { post, upstream, desk } = await openProxy({ access });
  const response = await post(chat, hello, { authorization: 'Bearer mc_held' });
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
  expect(await response.json()).toMatchObject({ error: { message: 'Wait for it.' } });
  expect(sizes).toEqual([JSON.stringify(hello).length]);
  expect([desk.starts, upstream.asked]).toEqual([[], []]);
  expect(access.open()).toBe(0);
});
