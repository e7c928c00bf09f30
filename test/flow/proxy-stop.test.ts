import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { databasePath } from '../../config/storage.ts';
import { chatEvents } from '../fakes/upstream-server/chat-answer.ts';
import { type FakeVendor, streamHead } from '../fakes/upstream-server/vendor-server.ts';
import { addressOf, metaclaw, workingFolder } from './metaclaw-process.ts';
import { behind, type ProxyBot, startProxyBot, vendor } from './proxy-bot.ts';

const pieces = chatEvents({ text: 'Half and half.' }, { number: 9, model: 'gpt-test', fields: {} });
const request = { model: 'gpt-test', messages: [{ role: 'user' as const, content: 'Hello' }] };

/** A stream that has begun, and whose rest the server holds; `rest` resolves with all of its text, or rejects. */
async function midStream(fake: FakeVendor, bot: ProxyBot): Promise<{ readonly rest: Promise<string> }> {
  const [role = '', first = '', ...rest] = pieces;
  fake.act([
    streamHead,
    { do: 'write', bytes: role },
    { do: 'write', bytes: first },
    { do: 'hold' },
    { do: 'write', bytes: rest.join('') },
    { do: 'end' },
  ]);
  const stream = await bot.openai().chat.completions.create({ ...request, stream: true });
  const begun = Promise.withResolvers<void>();
  async function read(): Promise<string> {
    let text = '';
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? '';
      if (text !== '') begun.resolve();
    }
    return text;
  }
  const all = read();
  // Whoever waits for it sees how it went.
  all.catch(() => undefined);
  await begun.promise;
  return { rest: all };
}

describe('a stop', () => {
  test('lets a stream come to its end, takes no other request, and stores the turn', async () => {
    const fake = await vendor();
    const bot = await startProxyBot(behind(fake));
    const { rest } = await midStream(fake, bot);
    const stopped = bot.running.stop();
    const other = await bot.post('/chat/completions', request);
    expect([other.status, other.headers.get('retry-after')]).toEqual([503, '5']);
    fake.release();
    expect(await rest).toBe('Half and half.');
    await stopped;
    expect(bot.turns()).toMatchObject([{ state: 'done', reply: 'Half and half.' }]);
    expect(fake.requests).toHaveLength(1);
  });

  test('cuts a stream at its deadline; the caller sees it, and the turn is stored as it is', async () => {
    const fake = await vendor();
    const bot = await startProxyBot({
      ...behind(fake),
      variables: { ...behind(fake).variables, METACLAW_LIFECYCLE_DRAIN_TIMEOUT_MS: '50' },
    });
    const { rest } = await midStream(fake, bot);
    const [, , cut] = await Promise.all([bot.running.stop(), fake.dropped(), rest.catch(() => 'cut')]);
    expect(cut).toBe('cut');
    expect(bot.turns()).toMatchObject([{ state: 'stopped', reply: 'Half an' }]);
  });
});

test('killed at any moment: the file is sound, each answer is there at most once, and the next start goes on', async () => {
  const fake = await vendor();
  const { settings, variables } = behind(fake);
  const folder = workingFolder();
  writeFileSync(join(folder, 'metaclaw.yaml'), JSON.stringify(settings));
  const key = { ...variables, METACLAW_HOME: join(folder, 'data') };
  let asked = 0;
  for (const beforeDeath of [1, 7]) {
    const bot = metaclaw(['start'], { folder, variables: key });
    const client = new OpenAI({ apiKey: 'unused', baseURL: `${await addressOf(bot)}/v1`, maxRetries: 0 });
    const ask = () => {
      asked += 1;
      const content = `Question ${asked}`;
      return client.chat.completions.create({ ...request, messages: [{ role: 'user', content }] });
    };
    const answers = await Promise.all(Array.from({ length: beforeDeath }, ask));
    expect(answers).toHaveLength(beforeDeath);
    bot.child.kill('SIGKILL');
    await bot.finished;
  }
  const last = await startProxyBot({ settings, variables, home: join(folder, 'data') });
  const database = new Database(databasePath(last.home), { readonly: true });
  expect(database.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(database.pragma('foreign_key_check')).toEqual([]);
  database.close();
  const turns = last.turns();
  expect(turns.length).toBeLessThanOrEqual(asked);
  expect(new Set(turns.map(({ request: words }) => words)).size).toBe(turns.length);
  for (const turn of turns)
    expect(turn).toMatchObject({ state: 'done', reply: expect.stringMatching(/^Answer/) });
  const known = last.rows('SELECT session_id FROM sessions').map((row) => row['session_id']);
  for (const { sessionId } of turns) expect(known).toContain(sessionId);
  await last.openai().chat.completions.create(request);
  await last.stored(turns.length + 1);
});
