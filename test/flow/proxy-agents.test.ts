import {
  Agent,
  OpenAIProvider,
  Runner,
  setDefaultOpenAIClient,
  setOpenAIAPI,
  setTracingDisabled,
  tool,
} from '@openai/agents';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { behind, type ProxyBot, startProxyBot, vendor } from './proxy-bot.ts';

setTracingDisabled(true);

const calls = [
  { id: 'call_1', name: 'weather', arguments: '{"city":"Kiel"}' },
  { id: 'call_2', name: 'weather', arguments: '{"city":"Bern"}' },
];
const skills = { 'rain-reports': 'Name the town first, then what falls there.' };

function weatherAgent(asked: string[]) {
  return new Agent({
    name: 'Weather',
    instructions: 'You tell the weather.',
    model: 'gpt-test',
    tools: [
      tool({
        name: 'weather',
        description: 'Tells the weather of a town.',
        parameters: z.object({ city: z.string() }),
        async execute({ city }) {
          asked.push(city);
          return `In ${city} it rains.`;
        },
      }),
    ],
  });
}

/** As an agent is pointed at another address; a provider of its own, as the default one keeps the client that it began with. */
function runnerOver(bot: ProxyBot, api: 'chat_completions' | 'responses'): Runner {
  setDefaultOpenAIClient(bot.openai());
  setOpenAIAPI(api);
  return new Runner({ modelProvider: new OpenAIProvider() });
}

describe.each(['chat_completions', 'responses'] as const)('an agent of the agents library over %s', (api) => {
  test('calls its tools and answers, with the skill in its instructions; the whole is one turn', async () => {
    const fake = await vendor();
    const bot = await startProxyBot({ ...behind(fake), skills });
    const runner = runnerOver(bot, api);
    fake.say({ text: 'I will look.', calls }, { text: 'Kiel: rain. Bern: rain.' });
    const towns: string[] = [];
    const result = await runner.run(weatherAgent(towns), 'Give me the rain reports of Kiel and Bern');
    expect(result.finalOutput).toBe('Kiel: rain. Bern: rain.');
    expect(towns.toSorted()).toEqual(['Bern', 'Kiel']);
    expect(fake.requests).toHaveLength(2);
    for (const { text } of fake.requests) expect(text).toContain('Name the town first');
    await expect
      .poll(() => bot.turns()[0]?.reply)
      .toMatch(/^I will look\.\n→ weather[\s\S]*\n\nKiel: rain\./);
    expect(bot.turns()).toMatchObject([
      { request: 'Give me the rain reports of Kiel and Bern', state: 'done', skills: ['rain-reports'] },
    ]);
  });

  test('streams the same, and a further run of its talk is in the session', async () => {
    const fake = await vendor();
    const bot = await startProxyBot(behind(fake));
    const runner = runnerOver(bot, api);
    fake.say({ calls }, { text: 'It rains.' }, { text: 'Take an umbrella.' });
    const agent = weatherAgent([]);
    const first = await runner.run(agent, 'Does it rain?', { stream: true });
    const said: string[] = [];
    for await (const one of first.toTextStream()) said.push(one);
    await first.completed;
    expect(said.join('')).toBe('It rains.');
    const second = await runner.run(agent, [...first.history, { role: 'user', content: 'What do I need?' }]);
    expect(second.finalOutput).toBe('Take an umbrella.');
    const turns = await bot.stored(2);
    expect(turns.map(({ request }) => request)).toEqual(['Does it rain?', 'What do I need?']);
    expect(new Set(turns.map(({ sessionId }) => sessionId)).size).toBe(1);
  });
});
