import type Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { gathered, twins } from './proxy-twins.ts';

const usage = { input: 120, output: 30 };
const tools: Anthropic.Tool[] = [
  { name: 'weather', description: 'Tells the weather.', input_schema: { type: 'object', properties: {} } },
];
const calls = [
  { id: 'toolu_1', name: 'weather', arguments: '{"city":"Kiel"}' },
  { id: 'toolu_2', name: 'weather', arguments: '{"city":"Bern"}' },
];
const question: Pick<Anthropic.MessageCreateParamsNonStreaming, 'model' | 'max_tokens' | 'messages'> = {
  model: 'claude-test',
  max_tokens: 1_024,
  messages: [{ role: 'user', content: 'Where does it rain?' }],
};

describe('messages of the anthropic client', () => {
  test('are what they are without the proxy, with thinking and a cached system message', async () => {
    const { anthropic, say, bot } = await twins();
    say({ thinking: 'Kiel is by the sea.', text: 'In Kiel.', usage });
    const answer = await anthropic((client) =>
      client.messages.create({
        ...question,
        system: [{ type: 'text', text: 'Be brief. ☂', cache_control: { type: 'ephemeral' } }],
        thinking: { type: 'enabled', budget_tokens: 1_024 },
        stop_sequences: ['END'],
        metadata: { user_id: 'ada' },
      }),
    );
    expect(answer.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
    expect(answer.usage.output_tokens).toBe(30);
    expect(await bot.stored(1)).toMatchObject([
      {
        state: 'done',
        request: 'Where does it rain?',
        reply: 'In Kiel.',
        policy: 'upstream:claude-test',
        usage: { inputTokens: 120, outputTokens: 30 },
      },
    ]);
  });

  test('are streamed event by event, tools and all; the round of results is the same turn', async () => {
    const { anthropic, say, bot } = await twins();
    say(
      { thinking: 'Two of them.', text: 'I will look.', calls, usage },
      { text: 'It rains in Kiel.', usage },
    );
    const events = await anthropic(async (client) =>
      gathered(await client.messages.create({ ...question, tools, stream: true })),
    );
    expect(events[0]?.type).toBe('message_start');
    expect(events.at(-1)?.type).toBe('message_stop');

    const content: Anthropic.ContentBlockParam[] = [
      { type: 'thinking', thinking: 'Two of them.', signature: 'c2lnbmVk' },
      { type: 'text', text: 'I will look.' },
      ...calls.map(({ id, name }) => ({ type: 'tool_use' as const, id, name, input: { city: 'Kiel' } })),
    ];
    const results = calls.map(({ id }) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: 'rain',
    }));
    const last = await anthropic((client) =>
      client.messages
        .stream({
          ...question,
          tools,
          messages: [
            ...question.messages,
            { role: 'assistant', content },
            { role: 'user', content: results },
          ],
        })
        .finalMessage(),
    );
    expect(last.content).toMatchObject([{ type: 'text', text: 'It rains in Kiel.' }]);
    await expect.poll(() => bot.turns()[0]?.reply).toContain('It rains in Kiel.');
    expect(bot.turns()).toMatchObject([
      {
        reply: expect.stringMatching(/^I will look\.\n→ weather\(.*Kiel.*\n→ weather\(.*Bern.*\n\nIt rains/),
        usage: { inputTokens: 240, outputTokens: 60 },
      },
    ]);
  });

  test('are counted before they are sent, which is no turn', async () => {
    const { anthropic, bot } = await twins();
    const { messages, model } = question;
    const count = await anthropic((client) => client.messages.countTokens({ model, messages, tools }));
    expect(count.input_tokens).toBeGreaterThan(0);
    await anthropic((client) => client.messages.create(question));
    expect(await bot.stored(1)).toMatchObject([{ reply: 'Answer 1.' }]);
  });

  test('that are refused are so in the words of the dialect', async () => {
    const { bot } = await twins();
    const client = bot.anthropic('mc_unknown');
    await expect(client.messages.create(question)).rejects.toMatchObject({
      status: 401,
      error: { type: 'error', error: { type: 'authentication_error' } },
    });
  });
});

test('models of the anthropic client are those that it can ask', async () => {
  const { bot } = await twins();
  const client = bot.anthropic();
  const ids = (await gathered(client.models.list())).map(({ id }) => id);
  expect(ids).toEqual(['claude-test']);
  expect(await client.models.retrieve('claude-test')).toMatchObject({ type: 'model', id: 'claude-test' });
  for (const id of ['gpt-test', 'metaclaw/current']) {
    await expect(client.models.retrieve(id)).rejects.toMatchObject({ status: 404 });
  }
});
