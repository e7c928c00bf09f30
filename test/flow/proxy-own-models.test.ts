import { describe, expect, test } from 'vitest';
import { startProxyBot, vendor } from './proxy-bot.ts';
import { gathered } from './proxy-twins.ts';
import { steadyIds } from './training-bot.ts';
import { createSkippingClock } from './training-clock.ts';
import { engineSettings, openEngine, smallRuns } from './training-settings.ts';

const request = { model: 'metaclaw/current', messages: [{ role: 'user' as const, content: 'Hello' }] };

describe('our models', () => {
  test('are the configured one of the configured server: the request goes there under its name', async () => {
    const fake = await vendor();
    const bot = await startProxyBot({
      variables: { OPENAI_BASE_URL: fake.baseUrl, OPENAI_API_KEY: fake.key, OPENAI_MODEL: 'gpt-test' },
    });
    for (const model of ['metaclaw/base', 'metaclaw/current']) {
      const body = `{ "messages":[{"role":"user","content":"H\\u0069"}], "model":"${model}", "top_p":1e0 }`;
      expect((await bot.post('/chat/completions', body)).status).toBe(200);
      expect(fake.last().text).toBe(body.replace(model, 'gpt-test'));
    }
    await bot.openai().responses.create({ model: 'metaclaw/base', input: 'Hello' });
    // It is a model server for every other name, too.
    await bot.openai().chat.completions.create({ ...request, model: 'gpt-test' });
    const own = Array(3).fill('gpt-test');
    expect((await bot.stored(4)).map(({ policy }) => policy)).toEqual([...own, 'upstream:gpt-test']);
    const asked = bot.anthropic().messages.create({ ...request, max_tokens: 9 });
    await expect(asked).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('POST /v1/chat/completions'),
    });
  });

  test('are what answers in chats where there is no server, in one piece and as a stream', async () => {
    const bot = await startProxyBot();
    const client = bot.openai();
    const whole = await client.chat.completions.create(request);
    const said = whole.choices[0]?.message.content ?? '';
    expect([whole.model, whole.choices[0]?.finish_reason]).toEqual(['metaclaw/current', 'stop']);
    expect(said).not.toBe('');
    const stream = await client.chat.completions.create({ ...request, model: 'metaclaw/base', stream: true });
    const chunks = await gathered(stream);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(said);
    expect(await bot.stored(2)).toMatchObject([
      { state: 'done', reply: said },
      { state: 'done', reply: said },
    ]);
    await expect(client.responses.create({ model: 'metaclaw/base', input: 'Hi' })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('POST /v1/chat/completions'),
    });
    await expect(client.chat.completions.create({ ...request, n: 2 })).rejects.toMatchObject({
      status: 400,
      param: 'n',
    });
    await expect(client.chat.completions.create({ ...request, model: 'metaclaw/x' })).rejects.toMatchObject({
      status: 404,
      param: 'model',
    });
  });
});

test('an agent that rates its answers trains what answers it: the promoted policy is its current model', async () => {
  const engine = await openEngine();
  const clock = createSkippingClock();
  const prices = { trainPrice: 1_000, readPrice: 1_000, writePrice: 1_000, monthlyBudget: 1_000 };
  const loaded = engineSettings(
    engine,
    { weights: true, ...smallRuns, ...prices },
    { learning: { holdOutPercent: 0, trainLocal: ['api'] } },
  );
  const bot = await startProxyBot({ loaded, clock, ids: steadyIds(clock) });
  const client = bot.openai();
  const ask = (words: string, model = 'metaclaw/current', session = 'one') =>
    client.chat.completions.create(
      { model, max_tokens: 16, messages: [{ role: 'user', content: words }] },
      { headers: { 'x-session-id': session } },
    );
  for (let at = 0; at < 16; at += 1) {
    const { id } = await ask(`Question ${at}?`);
    await bot.post('/feedback', { message_id: id, rating: at % 2 === 0 ? 'up' : 'down' });
  }
  clock.skip(31_000);
  await expect.poll(() => bot.says('train status'), { timeout: 10_000 }).toContain('It can begin: 16 rated');
  expect(await bot.says('train now confirm')).toContain('Run 1 has begun, with 16 rated answers');
  await expect.poll(() => bot.says('policy list'), { timeout: 20_000 }).toContain('Policy 1');
  expect(await bot.says('policy promote 1 confirm')).toMatch(/Policy 1\W+serves now/);

  const turnsOf = (words: string) => bot.turns().filter((turn) => turn.request === words);
  const [[policy]] = [bot.rows('SELECT policy_id FROM policies')];
  // A few of many talks are still answered as before, to compare.
  const sessions = Array.from({ length: 12 }, (_, at) => `talk-${at}`);
  await Promise.all(sessions.map((session) => ask('Who answers now?', 'metaclaw/current', session)));
  await ask('And who without training?', 'metaclaw/base');
  await expect.poll(() => turnsOf('And who without training?').length).toBe(1);
  expect(turnsOf('Who answers now?').map((turn) => turn.policy)).toContain(policy?.['policy_id']);
  expect(turnsOf('And who without training?').map((turn) => turn.policy)).toEqual(['test/chat']);
  expect(engine.faults()).toEqual([]);
});
