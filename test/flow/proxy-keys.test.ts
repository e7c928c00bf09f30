import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { FakeVendor } from '../fakes/upstream-server/vendor-server.ts';
import { behind, type ProxyBot, startProxyBot, vendor } from './proxy-bot.ts';

async function setup(): Promise<{ readonly fake: FakeVendor; readonly bot: ProxyBot }> {
  const fake = await vendor();
  return { fake, bot: await startProxyBot(behind(fake)) };
}

const ask = (client: OpenAI, content = 'Hello') =>
  client.chat.completions.create({ model: 'gpt-test', messages: [{ role: 'user', content }] });

/** What an official client makes of a refusal. */
async function refusalOf(asked: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const thrown = await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof OpenAI.APIError) return thrown;
  throw new Error('It was not refused.', { cause: thrown });
}

/** Names of all files of a folder that hold this. */
function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(text);
  });
}

describe('a key', () => {
  test('that is made while the bot runs lets its agent in at once, wherever a client puts it', async () => {
    const { bot, fake } = await setup();
    const key = await bot.metaclaw('key create crm --space shop');
    await ask(bot.openai(key));
    await bot.anthropic(key).messages.create({
      model: 'claude-test',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    await ask(bot.openai('sk-of-somebody', { 'x-metaclaw-key': key, 'x-metaclaw-note': 'ours' }));
    expect((await bot.stored(3)).map(({ spaceId }) => spaceId)).toEqual(['api:shop', 'api:shop', 'api:shop']);
    expect(fake.requests.map(({ text }) => text).join()).not.toContain(key);
    expect(JSON.parse(await bot.metaclaw('key list --json'))).toMatchObject({
      keys: [{ name: 'crm', space: 'shop', requests: 3, tokens: 54 }],
    });
  });

  test('that nobody made, or that was revoked, lets nobody in, from this machine either', async () => {
    const { bot, fake } = await setup();
    const key = await bot.metaclaw('key create crm');
    await ask(bot.openai(key));
    await bot.metaclaw('key revoke crm');
    expect(await refusalOf(ask(bot.openai(key)))).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(await refusalOf(ask(bot.openai(`${key}x`)))).toMatchObject({
      status: 401,
      message: expect.stringContaining('metaclaw key create'),
    });
    expect(fake.requests).toHaveLength(1);
    // Without one this machine is still at home.
    await ask(bot.openai());
  });

  test('asks as often as it may: then 429 with the seconds to wait, as clients read it', async () => {
    const { bot } = await setup();
    const key = await bot.metaclaw('key create crm --per-minute 1');
    await ask(bot.openai(key));
    const refusal = await refusalOf(ask(bot.openai(key)));
    expect(refusal).toBeInstanceOf(OpenAI.RateLimitError);
    const seconds = Number(refusal.headers?.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    await bot.metaclaw('key change crm --per-minute none');
    await ask(bot.openai(key));
  });

  test('uses up its tokens of the month: then 429 until it is given more, over a restart too', async () => {
    const { bot, fake } = await setup();
    const key = await bot.metaclaw('key create crm --monthly-tokens 10');
    await ask(bot.openai(key));
    expect(await refusalOf(ask(bot.openai(key)))).toMatchObject({ status: 429, code: 'insufficient_quota' });
    await bot.running.stop();
    const again = await startProxyBot({ ...behind(fake), home: bot.home });
    expect(await refusalOf(ask(again.openai(key)))).toMatchObject({
      status: 429,
      code: 'insufficient_quota',
    });
    await again.metaclaw('key change crm --monthly-tokens 100');
    await ask(again.openai(key));
  });

  test('passes its tokens of the month by one request at most, however many come at once', async () => {
    const { bot, fake } = await setup();
    const key = await bot.metaclaw('key create crm --monthly-tokens 100');
    const client = bot.openai(key);
    const asked = await Promise.allSettled(Array.from({ length: 30 }, () => ask(client)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(fake.requests.length);
    const [{ tokens } = { tokens: 0 }] = JSON.parse(await bot.metaclaw('key list --json')).keys;
    const each = tokens / fake.requests.length;
    expect(tokens).toBeGreaterThan(0);
    expect(tokens).toBeLessThan(100 + each);
  });

  test('pays for what was asked where it leaves before the first byte', async () => {
    const { bot, fake } = await setup();
    const key = await bot.metaclaw('key create crm --monthly-tokens 900');
    fake.act([{ do: 'hold' }, { do: 'end' }]);
    const leaving = new AbortController();
    const held = bot
      .openai(key)
      .chat.completions.create(
        { model: 'gpt-test', messages: [{ role: 'user', content: 'x'.repeat(4_000) }] },
        { signal: leaving.signal },
      )
      .catch(() => undefined);
    await fake.held();
    leaving.abort();
    await held;
    fake.release();
    await expect.poll(async () => (await refusalOf(ask(bot.openai(key)))).code).toBe('insufficient_quota');
  });

  test('has so many requests under way at once, and no more', async () => {
    const { bot, fake } = await setup();
    const key = await bot.metaclaw('key create crm --at-once 1');
    fake.act([{ do: 'hold' }, { do: 'head', status: 200 }, { do: 'end' }]);
    const held = ask(bot.openai(key)).catch(() => undefined);
    await fake.held();
    expect(await refusalOf(ask(bot.openai(key)))).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    fake.release();
    await held;
    await ask(bot.openai(key));
  });
});

test('a command is about what was answered a moment ago, by its caller’s own name for it', async () => {
  const { bot } = await setup();
  const key = await bot.metaclaw('key create crm --space shop');
  const admin = await bot.metaclaw('key create ops --admin');
  const told = async (about: string): Promise<Response> => {
    await bot.openai(key).chat.completions.create({
      model: 'gpt-test',
      messages: [{ role: 'user', content: 'What is (rain)?' }],
      metadata: { metaclaw_key: about },
    });
    const body = { space: 'shop', line: 'why', about };
    return bot.post('/commands', body, { authorization: `Bearer ${admin}` });
  };
  const response = await told('ticket-1');
  expect(response.status).toBe(200);
  const { markdown, text } = Object(await response.json());
  expect(markdown).toContain('rain\\)');
  expect(text).toContain('My answer to “What is (rain)?”');
});

describe('two spaces', () => {
  test('see nothing of each other: answers, talks and what is said of them', async () => {
    const { bot } = await setup();
    const [one, other] = [await bot.metaclaw('key create one'), await bot.metaclaw('key create two')];
    const headers = { 'x-session-id': 'same' };
    const { id } = await ask(bot.openai(one, headers));
    await ask(bot.openai(other, headers));
    const turns = await bot.stored(2);
    expect(turns.map(({ spaceId }) => spaceId)).toEqual(['api:one', 'api:two']);
    expect(new Set(turns.map(({ sessionId }) => sessionId)).size).toBe(2);
    const rated = (key: string, body: object) =>
      bot.post('/feedback', body, { authorization: `Bearer ${key}` });
    expect((await rated(other, { message_id: id, rating: 'down' })).status).toBe(404);
    expect((await rated(other, { message_id: turns[0]?.turnId, rating: 'down' })).status).toBe(404);
    expect((await rated(one, { message_id: id, rating: 'up' })).status).toBe(200);
  });

  test('are given their own skills alone', async () => {
    const { bot, fake } = await setup();
    const [one, other] = [await bot.metaclaw('key create one'), await bot.metaclaw('key create two')];
    const admin = await bot.metaclaw('key create ops --admin');
    const command = async (line: string): Promise<string> => {
      const body = { space: 'one', line };
      const told = await bot.post('/commands', body, { authorization: `Bearer ${admin}` });
      return Object(await told.json()).markdown;
    };
    await command('skill add rain-reports Name the town first in rain reports.');
    expect(await command('skill scope rain-reports space')).toContain('is for everybody here now');
    await ask(bot.openai(other), 'The rain reports, please');
    expect(fake.last().text).not.toContain('Name the town first');
    await ask(bot.openai(one), 'The rain reports, please');
    expect(fake.last().text).toContain('Name the town first');
  });

  test('go on from no message of the other', async () => {
    const { bot } = await setup();
    const [one, other] = [await bot.metaclaw('key create one'), await bot.metaclaw('key create two')];
    const { id } = await bot.openai(one).responses.create({ model: 'gpt-test', input: 'Hello' });
    await bot.openai(other).responses.create({ model: 'gpt-test', input: 'Go on', previous_response_id: id });
    const turns = await bot.stored(2);
    expect(new Set(turns.map(({ sessionId }) => sessionId)).size).toBe(2);
    expect(turns[1]?.spaceId).toBe('api:two');
  });
});

describe('an admin key', () => {
  test('gives commands and asks no model; an agent’s key gives none', async () => {
    const { bot, fake } = await setup();
    const [agent, admin] = [
      await bot.metaclaw('key create one'),
      await bot.metaclaw('key create ops --admin'),
    ];
    const command = (key: string, space = 'one') =>
      bot.post('/commands', { space, line: 'status' }, { authorization: `Bearer ${key}` });
    expect((await command(agent)).status).toBe(403);
    expect((await bot.post('/commands', { space: 'one', line: 'status' })).status).toBe(403);
    const told = await command(admin);
    expect([told.status, await told.json()]).toMatchObject([200, { object: 'command' }]);
    expect((await command(admin, 'nowhere')).status).toBe(404);
    expect((await refusalOf(ask(bot.openai(admin)))).status).toBe(401);
    expect(fake.requests).toEqual([]);
  });
});

describe('no key', () => {
  test('of anybody is in a log or in the data folder, and the caller’s reaches its server', async () => {
    const { bot, fake } = await setup();
    const own = await bot.metaclaw('key create crm');
    const caller = await bot.metaclaw('key create app --upstream-key caller');
    await ask(bot.openai(own));
    await ask(bot.openai(fake.key, { 'x-metaclaw-key': caller }));
    expect(fake.requests).toHaveLength(2);
    const wrong = 'sk-which-the-vendor-refuses';
    expect(await refusalOf(ask(bot.openai(wrong, { 'x-metaclaw-key': caller })))).toMatchObject({
      status: 401,
      message: expect.stringContaining('wrong key'),
    });
    expect(fake.takeRefused()).toEqual(['wrong key']);
    await refusalOf(ask(bot.openai('mc_nobody-made-this-one')));
    await bot.stored(2);
    await bot.running.stop();
    const log = JSON.stringify(bot.logger.entries);
    for (const key of [own, caller, fake.key, wrong, 'mc_nobody-made-this-one']) {
      expect(log).not.toContain(key);
      expect(filesWith(bot.home, key)).toEqual([]);
    }
    expect(filesWith(bot.home, 'Answer 1.')).not.toEqual([]);
  });

  test('of the caller goes to the server where the key says that the operator’s does not pay', async () => {
    const { bot, fake } = await setup();
    const caller = await bot.metaclaw('key create app --upstream-key caller');
    // It sends none for the server, and is not lent the operator's.
    expect((await refusalOf(ask(bot.openai(caller)))).status).toBe(401);
    expect(fake.takeRefused()).toEqual(['wrong key']);
  });
});
