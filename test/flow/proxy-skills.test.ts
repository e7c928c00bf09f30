import type Anthropic from '@anthropic-ai/sdk';
import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { FakeVendor } from '../fakes/upstream-server/vendor-server.ts';
import { behind, type ProxyBot, startProxyBot, vendor } from './proxy-bot.ts';

const skills = {
  'rain-reports': 'Name the town first, then what falls there. “Ü” & <b>\\',
  'train-tables': 'Put the hour before the place.',
};

async function setup(): Promise<{ readonly fake: FakeVendor; readonly bot: ProxyBot }> {
  const fake = await vendor();
  return { fake, bot: await startProxyBot({ ...behind(fake), skills }) };
}

/** The request without what stands from the block's first to its last word. */
const withoutBlock = (text: string): string => text.replace(/Guidance chosen[\s\S]*<\/skills>/, '');
const blockIn = (text: string): string => /Guidance chosen[\s\S]*?<\/skills>/.exec(text)?.[0] ?? '';

const oddChat =
  '{"messages":[ {"role":"system", "content":"Be brief.\\u00e9"},\n{"role":"user","content":"The rain reports, please"}],\t"model":"gpt-test","user":"\\u0061","top_p":1e0, "temperature":1.0}';

describe('a skill', () => {
  test('stands at the end of the system message of a chat completion; each other byte is as it was', async () => {
    const { fake, bot } = await setup();
    await bot.post('/chat/completions', oddChat);
    const { text } = fake.last();
    expect(blockIn(text)).toContain('Name the town first');
    expect(text).toContain('"Be brief.\\u00e9\\n\\nGuidance');
    expect(withoutBlock(text)).toBe(oddChat.replace('\\u00e9"', '\\u00e9\\n\\n"'));
    expect(JSON.parse(text)).toMatchObject({
      messages: [{ content: expect.stringContaining('“Ü” & <b>\\\n</skill>') }, {}],
    });
    expect(await bot.stored(1)).toMatchObject([{ skills: ['rain-reports'] }]);
  });

  test('is a system message of its own where there is none', async () => {
    const { fake, bot } = await setup();
    const body = oddChat.replace('{"role":"system", "content":"Be brief.\\u00e9"},', '');
    await bot.post('/chat/completions', body);
    const { text } = fake.last();
    expect(text.replace(/\{"role":"system","content":"Guidance[\s\S]*?<\/skills>"\},/, '')).toBe(body);
    expect(text).toContain('Name the town first');
  });

  test('stands in the instructions of a response and in the system of a message', async () => {
    const { fake, bot } = await setup();
    await bot.openai().responses.create({ model: 'gpt-test', input: 'The rain reports, please' });
    expect(fake.last().fields['instructions']).toContain('Name the town first');
    const system: Anthropic.TextBlockParam[] = [
      { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } },
    ];
    await bot.anthropic().messages.create({
      model: 'claude-test',
      max_tokens: 9,
      system,
      messages: [{ role: 'user', content: 'The rain reports, please' }],
    });
    expect(fake.last().fields['system']).toEqual([
      ...system,
      { type: 'text', text: expect.stringContaining('Name the town first') },
    ]);
  });

  test('counts among the tokens of a message that is counted first', async () => {
    const { fake, bot } = await setup();
    const client = bot.anthropic();
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'The rain reports, please' }];
    await client.messages.countTokens({ model: 'claude-test', messages });
    const counted = fake.last().fields['system'];
    await client.messages.create({ model: 'claude-test', max_tokens: 9, messages });
    expect(counted).toBe(fake.last().fields['system']);
    expect(counted).toContain('Name the town first');
    await bot.stored(1);
  });

  test('is not there where none fits: the request goes on as it came, byte for byte', async () => {
    const { fake, bot } = await setup();
    const body = oddChat.replace('The rain reports, please', 'Good morning');
    await bot.post('/chat/completions', body);
    expect(fake.last().text).toBe(body);
    expect(await bot.stored(1)).toMatchObject([{ skills: [] }]);
  });

  test('that is written while the bot runs is there with the next talk', async () => {
    const { fake, bot } = await setup();
    bot.writeSkill('ferry-hours', 'Say which pier.');
    await bot.running.reloadSkills();
    await bot.openai().chat.completions.create({
      model: 'gpt-test',
      messages: [{ role: 'user', content: 'What are the ferry hours?' }],
    });
    expect(fake.last().text).toContain('Say which pier.');
  });
});

describe('over a talk of many turns', () => {
  test('each request begins with all bytes of the one before, so that prompt caches hit', async () => {
    const { fake, bot } = await setup();
    const client = bot.openai();
    const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [{ role: 'system', content: 'Be brief.' }];
    for (const words of ['The rain reports, please', 'Thanks', 'And again the rain reports', 'Good bye']) {
      messages.push({ role: 'user', content: words });
      const answer = await client.chat.completions.create({ model: 'gpt-test', messages });
      messages.push({ role: 'assistant', content: answer.choices[0]?.message.content ?? '' });
    }
    const prompts = fake.requests.map(({ fields }) => JSON.stringify(fields['messages']).slice(0, -1));
    expect(prompts).toHaveLength(4);
    for (const [at, prompt] of prompts.entries()) {
      expect(prompt).toContain('Name the town first');
      if (at > 0) expect(prompt.startsWith(prompts[at - 1] ?? 'x')).toBe(true);
    }
    expect(new Set((await bot.stored(4)).map(({ sessionId }) => sessionId)).size).toBe(1);
  });

  test('a further skill is added behind those that are there', async () => {
    const { fake, bot } = await setup();
    const client = bot.openai('unused', { 'x-session-id': 'tables' });
    for (const content of ['The rain reports, please', 'Now the train tables']) {
      await client.chat.completions.create({ model: 'gpt-test', messages: [{ role: 'user', content }] });
    }
    const [first = '', second = ''] = fake.requests.map(({ text }) => blockIn(text));
    const end = '</skills>';
    expect(second.startsWith(first.slice(0, -end.length))).toBe(true);
    expect(second.slice(first.length - end.length)).toContain('Put the hour before the place.');
  });
});
