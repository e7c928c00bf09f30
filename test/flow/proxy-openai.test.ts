import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { gathered, twins } from './proxy-twins.ts';

const usage = { input: 120, output: 30 };
const weather: OpenAI.Chat.ChatCompletionFunctionTool = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'Tells the weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const question: Pick<OpenAI.Chat.ChatCompletionCreateParams, 'model' | 'messages'> = {
  model: 'gpt-test',
  messages: [{ role: 'user', content: 'Where does it rain?' }],
};
const calls = [
  { id: 'call_1', name: 'weather', arguments: '{"city":"Kiel"}' },
  { id: 'call_2', name: 'weather', arguments: '{"city":"Bern"}' },
];

describe('chat completions of the openai client', () => {
  test('are what they are without the proxy, with every setting that a server knows', async () => {
    const { openai, say, bot } = await twins();
    say({ text: '{"rain":true}', usage });
    const answer = await openai((client) =>
      client.chat.completions.create({
        model: 'gpt-test',
        messages: [
          { role: 'system', content: 'Answer in JSON. ☂ “Ü”' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Does it rain here?' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } },
            ],
          },
        ],
        n: 2,
        seed: 7,
        logprobs: true,
        top_logprobs: 0,
        temperature: 0.25,
        stop: ['\n\n'],
        max_completion_tokens: 64,
        user: 'ada',
        metadata: { ticket: '4711' },
        response_format: {
          type: 'json_schema',
          json_schema: {
            name: 'rain',
            strict: true,
            schema: { type: 'object', additionalProperties: false },
          },
        },
      }),
    );
    expect(answer.choices.map(({ index }) => index)).toEqual([0, 1]);
    expect(answer.choices[0]?.logprobs?.content).toHaveLength(1);
    expect(answer.usage?.total_tokens).toBe(150);
    expect(answer.system_fingerprint).toBe('fp_fake');
    const [turn] = await bot.stored(1);
    expect(turn).toMatchObject({
      state: 'done',
      request: 'Does it rain here?',
      reply: '{"rain":true}',
      policy: 'upstream:gpt-test',
      usage: { inputTokens: 120, outputTokens: 30 },
    });
  });

  test('are streamed piece by piece, usage last', async () => {
    const { openai, say, bot } = await twins();
    say({ text: 'It rains in Kiel.', usage });
    const chunks = await openai(async (client) =>
      gathered(
        await client.chat.completions.create({
          ...question,
          stream: true,
          stream_options: { include_usage: true },
        }),
      ),
    );
    expect(chunks.length).toBeGreaterThan(4);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('It rains in Kiel.');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 150 } });
    expect(await bot.stored(1)).toMatchObject([
      { reply: 'It rains in Kiel.', usage: { inputTokens: 120, outputTokens: 30 } },
    ]);
  });

  test('keep parallel tool calls apart by index; the round of results is the same turn', async () => {
    const { openai, say, bot } = await twins();
    say({ text: 'I will look.', calls, usage }, { text: 'It rains in Kiel.', usage });
    const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [...question.messages];
    const first = await openai(async (client) => {
      const stream = client.chat.completions.stream({
        ...question,
        messages,
        tools: [weather],
        parallel_tool_calls: true,
        stream_options: { include_usage: true },
      });
      const indexes: number[] = [];
      for await (const { choices } of stream) {
        for (const { index } of choices[0]?.delta.tool_calls ?? []) indexes.push(index);
      }
      return { indexes, message: (await stream.finalChatCompletion()).choices[0]?.message };
    });
    expect(first.indexes).toEqual([0, 1, 0, 1, 0, 1]);
    const called = first.message?.tool_calls ?? [];
    expect(called.map((call) => (call.type === 'function' ? call.function.arguments : ''))).toEqual(
      calls.map((call) => call.arguments),
    );
    messages.push(
      { role: 'assistant', content: first.message?.content ?? '', tool_calls: called },
      ...called.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: 'rain' })),
    );
    const last = await openai((client) =>
      client.chat.completions.create({ ...question, messages, tools: [weather] }),
    );
    expect(last.choices[0]?.message.content).toBe('It rains in Kiel.');
    await expect.poll(() => bot.turns()[0]?.reply).toContain('It rains in Kiel.');
    expect(bot.turns()).toMatchObject([
      {
        state: 'done',
        request: 'Where does it rain?',
        reply: expect.stringMatching(
          /^I will look\.\n→ weather\(.*Kiel.*\)\n→ weather\(.*Bern.*\)\n\nIt rains/,
        ),
        usage: { inputTokens: 240, outputTokens: 60 },
      },
    ]);
  });

  test('take an unknown field along untouched', async () => {
    const { bot, fake } = await twins();
    const body =
      '{ "model":"gpt-test", "x_new":[1e2,\t{"a":1.50}],  "messages":[{"role":"user","content":"H\\u0069"}]}';
    const response = await bot.post('/chat/completions', body);
    // The vendor does not know it, and says so in its own words.
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { message: expect.stringContaining('x_new') } },
    ]);
    expect(fake.takeRefused()).toHaveLength(1);
    expect(bot.turns()).toEqual([]);
  });
});

describe('responses of the openai client', () => {
  test('are what they are without the proxy, in one piece', async () => {
    const { openai, say, bot } = await twins();
    say({ text: 'It rains in Kiel.', usage });
    const answer = await openai((client) =>
      client.responses.create({
        model: 'gpt-test',
        instructions: 'Be brief.',
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'Where does it rain?' },
              { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'auto' },
            ],
          },
        ],
        store: true,
        include: ['reasoning.encrypted_content'],
        metadata: { ticket: '4711' },
        reasoning: { effort: 'low' },
      }),
    );
    expect(answer.output_text).toBe('It rains in Kiel.');
    expect(answer.usage?.total_tokens).toBe(150);
    expect(await bot.stored(1)).toMatchObject([
      {
        request: 'Where does it rain?',
        reply: 'It rains in Kiel.',
        usage: { inputTokens: 120, outputTokens: 30 },
      },
    ]);
  });

  test('are streamed event by event, with tools, and go on by the id before', async () => {
    const { openai, say, bot } = await twins();
    say({ calls, usage }, { text: 'It rains in Kiel.', usage }, { text: 'In Bern it snows.' });
    const tools: OpenAI.Responses.FunctionTool[] = [
      { type: 'function', name: 'weather', parameters: { type: 'object' }, strict: false },
    ];
    const events = await openai(async (client) =>
      gathered(
        await client.responses.create({
          model: 'gpt-test',
          input: 'Where does it rain?',
          tools,
          stream: true,
        }),
      ),
    );
    expect(events.map((one) => one.type)).toContain('response.function_call_arguments.delta');
    const done = events.at(-1);
    if (done?.type !== 'response.completed') throw new Error('It did not end.');
    const results = await openai((client) =>
      client.responses.create({
        model: 'gpt-test',
        previous_response_id: done.response.id,
        input: calls.map(({ id }) => ({ type: 'function_call_output', call_id: id, output: 'rain' })),
        tools,
      }),
    );
    const next = await openai((client) =>
      client.responses.create({ model: 'gpt-test', previous_response_id: results.id, input: 'And Bern?' }),
    );
    expect(next.output_text).toBe('In Bern it snows.');
    const turns = await bot.stored(2);
    expect(turns.map(({ request }) => request)).toEqual(['Where does it rain?', 'And Bern?']);
    expect(turns[0]?.reply).toMatch(/^→ weather.*\n→ weather.*\n\nIt rains in Kiel\.$/);
    expect(new Set(turns.map(({ sessionId }) => sessionId)).size).toBe(1);
  });
});

describe('models of the openai client', () => {
  test('are ours and those of the servers that it can ask, as a list and one by one', async () => {
    const { bot } = await twins();
    const client = bot.openai();
    const ids = (await gathered(client.models.list())).map(({ id }) => id);
    expect(ids).toEqual(['metaclaw/current', 'metaclaw/base', 'gpt-test']);
    expect(await client.models.retrieve('gpt-test')).toMatchObject({ id: 'gpt-test', object: 'model' });
    await expect(client.models.retrieve('claude-test')).rejects.toMatchObject({ status: 404 });
    expect(await client.models.retrieve('metaclaw/current')).toMatchObject({ id: 'metaclaw/current' });
    await expect(client.models.retrieve('gpt-none')).rejects.toMatchObject({ status: 404, param: 'model' });
  });
});
