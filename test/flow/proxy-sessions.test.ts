import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { FakeVendor } from '../fakes/upstream-server/vendor-server.ts';
import { behind, type ProxyBot, type ProxyBotOptions, startProxyBot, vendor } from './proxy-bot.ts';
import { gathered } from './proxy-twins.ts';

type Message = OpenAI.Chat.ChatCompletionMessageParam;

const skills = { 'rain-reports': 'Name the town first.' };

async function setup(
  options: ProxyBotOptions = {},
): Promise<{ readonly fake: FakeVendor; readonly bot: ProxyBot }> {
  const fake = await vendor();
  return { fake, bot: await startProxyBot({ ...behind(fake), skills, ...options }) };
}

/** A talk of an agent that sends its whole history each time. */
function talk(
  { openai }: ProxyBot,
  headers: Readonly<Record<string, string>> = {},
  history: readonly Message[] = [],
) {
  const client = openai('unused', headers);
  const messages: Message[] = [...history];
  return {
    messages,
    async say(content: string): Promise<string> {
      messages.push({ role: 'user', content });
      const stream = await client.chat.completions.create({ model: 'gpt-test', messages, stream: true });
      const said = (await gathered(stream)).map(({ choices }) => choices[0]?.delta.content ?? '').join('');
      messages.push({ role: 'assistant', content: said });
      return said;
    },
  };
}

const sessions = (bot: ProxyBot): readonly string[] => bot.turns().map(({ sessionId }) => sessionId);
const distinct = (values: readonly string[]): number => new Set(values).size;

describe('the session of a request', () => {
  test('is named by X-Session-Id, whatever its messages are, and told with the answer', async () => {
    const { bot } = await setup();
    const client = bot.openai('unused', { 'x-session-id': 'nightly build' });
    const told: (string | null)[] = [];
    for (const content of ['One', 'Two']) {
      const { response } = await client.chat.completions
        .create({ model: 'gpt-test', messages: [{ role: 'user', content }] })
        .withResponse();
      told.push(response.headers.get('x-metaclaw-session-id'), response.headers.get('x-metaclaw-turn-id'));
    }
    const turns = await bot.stored(2);
    expect(told).toEqual(turns.flatMap(({ sessionId, turnId }) => [sessionId, turnId]));
    expect(distinct(sessions(bot))).toBe(1);
    await talk(bot, { 'x-session-id': 'another' }).say('One');
    await bot.stored(3);
    expect(distinct(sessions(bot))).toBe(2);
  });

  test('is known by the opening of the talk, also from the answer that is just over', async () => {
    const { bot } = await setup();
    const one = talk(bot);
    for (const words of ['Hello', 'And then?', 'And now?']) await one.say(words);
    await bot.stored(3);
    expect(distinct(sessions(bot))).toBe(1);
  });

  test('is another for a talk that opens with the same words and was answered otherwise', async () => {
    const { bot } = await setup();
    const [one, other] = [talk(bot), talk(bot)];
    await Promise.all([one.say('Hello'), other.say('Hello')]);
    await Promise.all([one.say('And then?'), other.say('And then?')]);
    const turns = await bot.stored(4);
    expect(distinct(sessions(bot))).toBe(2);
    for (const { sessionId } of turns) expect(sessions(bot).filter((id) => id === sessionId)).toHaveLength(2);
  });

  test('goes on after a restart', async () => {
    const { bot, fake } = await setup();
    const one = talk(bot);
    await one.say('Hello');
    await bot.running.stop();
    const again = await startProxyBot({ ...behind(fake), home: bot.home });
    await talk(again, {}, one.messages).say('Are you back?');
    await again.stored(2);
    expect(distinct(sessions(again))).toBe(1);
    expect(again.turns().map(({ request }) => request)).toEqual(['Hello', 'Are you back?']);
  });

  test('is another for another person of the same key', async () => {
    const { bot } = await setup();
    const ada = talk(bot, { 'x-session-id': 'same', 'x-user-id': 'ada' });
    const ben = talk(bot, { 'x-session-id': 'same', 'x-user-id': 'ben' });
    await ada.say('Hello');
    await ben.say('Hello');
    const turns = await bot.stored(2);
    expect(distinct(sessions(bot))).toBe(2);
    expect(distinct(turns.map(({ askerId }) => askerId))).toBe(2);
    expect(JSON.stringify(turns)).not.toContain('ada');
  });

  test('ends with the answer that X-Session-Done asks for', async () => {
    const { bot } = await setup();
    await talk(bot, { 'x-session-id': 'job', 'x-session-done': 'true' }).say('Last word');
    await talk(bot, { 'x-session-id': 'job' }).say('First word of the next');
    const turns = await bot.stored(2);
    expect(distinct(sessions(bot))).toBe(2);
    expect(distinct(turns.map(({ conversation }) => conversation))).toBe(1);
    expect(bot.rows('SELECT ended_at, end_reason FROM sessions ORDER BY started_at')).toMatchObject([
      { ended_at: expect.any(Number), end_reason: 'command' },
      { ended_at: null },
    ]);
  });

  test('may not have a name of any length: the header is named', async () => {
    const { bot } = await setup();
    await expect(talk(bot, { 'x-session-id': 'x'.repeat(201) }).say('Hello')).rejects.toMatchObject({
      status: 400,
      param: 'x-session-id',
    });
  });
});

describe('a side turn', () => {
  test('is given no skill, is stored as one, and nothing is learned from it', async () => {
    const fake = await vendor();
    const { settings, variables } = behind(fake);
    const judge = { model: 'gpt-judge', baseUrl: fake.baseUrl };
    const bot = await startProxyBot({ settings: { ...settings, judge }, variables, skills });
    await talk(bot, { 'x-session-id': 's', 'x-turn-type': 'main' }).say('The rain reports');
    expect(fake.last().text).toContain('Name the town first');
    await talk(bot, { 'x-session-id': 's', 'x-turn-type': 'title' }).say('Title for the rain reports');
    expect(fake.last().text).not.toContain('Name the town first');
    const turns = await bot.stored(2);
    expect(turns.map(({ line, skills: given }) => [line, given])).toEqual([
      ['main', ['rain-reports']],
      ['side', []],
    ]);
    expect(distinct(sessions(bot))).toBe(1);
    const [main] = turns;
    expect(bot.rows('SELECT turn_id FROM judge_jobs')).toEqual([{ turn_id: main?.turnId }]);
    // The last answer of the talk is still the one before.
    const rated = await bot.post('/feedback', { session_id: 's', rating: 'up' });
    expect(await rated.json()).toMatchObject({ turn_id: main?.turnId });
  });
});
