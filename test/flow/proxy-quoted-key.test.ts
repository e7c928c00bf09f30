import { expect, test } from 'vitest';
import { answer, type Script } from '../fakes/upstream/fake-upstream.ts';
import { behind, startProxyBot, vendor } from './proxy-bot.ts';

const request = { model: 'gpt-test', messages: [{ role: 'user' as const, content: 'Hello' }], max_tokens: 9 };
const key = 'sk-operators-own-key';
const stars = '*'.repeat(key.length);
const json = { 'content-type': 'application/json' };

test('whoever is told of a refused key is not told which', async () => {
  const fake = await vendor({ key });
  const bot = await startProxyBot(behind(fake, { maxRetries: 0 }));
  const body = `{ "error": {"message": "Incorrect API key provided: ${key}.", "type": "own", "code": "invalid_api_key"} }`;
  for (const [path, model] of [
    ['/chat/completions', 'gpt-test'],
    ['/messages', 'claude-test'],
  ] as const) {
    fake.act(answer(401, body, { ...json, 'content-length': String(body.length), 'x-for': `Bearer ${key}` }));
    const headers = { 'anthropic-version': '2023-06-01' };
    const response = await bot.post(path, { ...request, model }, headers);
    expect([response.status, await response.text()]).toEqual([401, body.replace(key, stars)]);
    expect(response.headers.get('content-length')).toBe(String(body.length));
    expect(response.headers.get('x-for')).toBe(`Bearer ${stars}`);
    expect(fake.last().path).toBe(`/v1${path}`);
  }

  const halves: Script = [body.slice(0, 60), body.slice(60)].map((bytes) => ({ do: 'write', bytes }));
  fake.act([{ do: 'head', status: 429, headers: json }, ...halves, { do: 'end' }]);
  await expect(bot.openai().chat.completions.create(request)).rejects.toMatchObject({
    status: 429,
    message: expect.stringContaining(`provided: ${stars}.`),
  });

  // What is no error is as the model wrote it.
  fake.say({ text: `It says ${key}.` });
  const { choices } = await bot.openai().chat.completions.create(request);
  expect(choices[0]?.message.content).toBe(`It says ${key}.`);
  expect(JSON.stringify(bot.logger.entries)).not.toContain(key);
});
