import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, isStepCount, type LanguageModel, streamText, tool } from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { agentRig, question, type Server, steps, wholeReply } from './proxy-agent-rig.ts';

interface Way {
  readonly over: string;
  readonly modelAt: (server: Server) => LanguageModel;
  readonly providerOptions?: { readonly openai: { readonly store: boolean } };
}

const responsesAt = ({ baseUrl, apiKey, fetch }: Server): LanguageModel =>
  createOpenAI({ baseURL: baseUrl, apiKey, fetch })('gpt-test');

const ways: readonly Way[] = [
  {
    over: 'chat completions',
    modelAt: ({ baseUrl, apiKey, fetch }) =>
      createOpenAI({ baseURL: baseUrl, apiKey, fetch }).chat('gpt-test'),
  },
  {
    over: 'responses that the server does not keep',
    modelAt: responsesAt,
    providerOptions: { openai: { store: false } },
  },
  // Of those that it keeps the text comes back as an `item_reference` with the id of its message.
  { over: 'responses', modelAt: responsesAt },
  {
    over: 'messages',
    modelAt: ({ baseUrl, apiKey, fetch }) =>
      createAnthropic({ baseURL: baseUrl, apiKey, fetch })('claude-test'),
  },
];

function weather(towns: string[]) {
  return tool({
    description: 'Tells the weather of a town.',
    inputSchema: z.object({ city: z.string() }),
    execute({ city }) {
      towns.push(city);
      return `In ${city} it rains.`;
    },
  });
}

const said = 'Kiel: rain. Bern: rain. Oslo: rain.';
const bounds = { maxRetries: 0, maxOutputTokens: 1_024, stopWhen: isStepCount(5) };

describe.each(ways)('the ai kit over $over', ({ modelAt, providerOptions = {} }) => {
  const asked = { ...bounds, providerOptions };

  test.each([
    ['instructions', { instructions: 'Be brief.' }],
    ['no instructions', {}],
  ])('calls its tools until all is told, with %s', async (_, instructions) => {
    const { run, say, oneTurn } = await agentRig();
    say(...steps);
    const { towns, text, ids } = await run(async (server) => {
      const towns: string[] = [];
      const tools = { weather: weather(towns) };
      const result = await generateText({
        ...asked,
        ...instructions,
        prompt: question,
        model: modelAt(server),
        tools,
      });
      return { towns, text: result.text, ids: result.steps.map(({ response }) => response.id) };
    });
    expect(towns).toEqual(['Kiel', 'Bern', 'Oslo']);
    expect(text).toBe(said);
    expect(ids).toHaveLength(3);
    await oneTurn(wholeReply, ids);
  });

  test('streams the same', async () => {
    const { run, say, oneTurn } = await agentRig();
    say(...steps);
    const { towns, pieces, ids } = await run(async (server) => {
      const towns: string[] = [];
      const pieces: string[] = [];
      const result = streamText({
        ...asked,
        prompt: question,
        model: modelAt(server),
        tools: { weather: weather(towns) },
      });
      for await (const piece of result.textStream) pieces.push(piece);
      return { towns, pieces, ids: (await result.steps).map(({ response }) => response.id) };
    });
    expect(towns).toEqual(['Kiel', 'Bern', 'Oslo']);
    expect(pieces.join('')).toBe(`I will look.${said}`);
    await oneTurn(wholeReply, ids);
  });

  test('goes on with a further question in the session', async () => {
    const { run, say, bot, turnOf } = await agentRig();
    say({ text: 'It rains.' }, { text: 'Take an umbrella.' });
    const ids = await run(async (server) => {
      const model = modelAt(server);
      const first = await generateText({ ...asked, prompt: question, model });
      const messages = [
        { role: 'user' as const, content: question },
        ...first.response.messages,
        { role: 'user' as const, content: 'What do I need?' },
      ];
      const second = await generateText({ ...asked, messages, model });
      return [first.response.id, second.response.id];
    });
    const turns = await bot.stored(2);
    expect(turns.map(({ request }) => request)).toEqual([question, 'What do I need?']);
    expect(new Set(turns.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(await Promise.all(ids.map(turnOf))).toEqual(turns.map(({ turnId }) => turnId));
  });
});
