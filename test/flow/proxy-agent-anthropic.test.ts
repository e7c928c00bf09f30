import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { agentRig, question, type Server, steps, wholeReply } from './proxy-agent-rig.ts';

/** `defaultQuery`: versions 0.x ask with `?beta=true`. */
const clientOf = ({ origin, apiKey, fetch }: Server, defaultQuery = {}): Anthropic =>
  new Anthropic({ apiKey, baseURL: origin, fetch, maxRetries: 0, defaultQuery });

function weather(towns: string[]) {
  return betaZodTool({
    name: 'weather',
    description: 'Tells the weather of a town.',
    inputSchema: z.object({ city: z.string() }),
    run({ city }) {
      towns.push(city);
      return `In ${city} it rains.`;
    },
  });
}

/** With the whole talk in each request, as servers without threads want it. */
const asked = {
  model: 'claude-test',
  max_tokens: 1_024,
  betas: ['context-management-2025-06-27'],
  messages: [{ role: 'user' as const, content: question }],
  thread: false as const,
};
const cached: Anthropic.Beta.BetaTextBlockParam[] = [
  { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } },
];

describe.each([
  ['no system message', {}, {}],
  ['a system message and a query', { system: 'Be brief.' }, { beta: 'true' }],
  ['a system message that is to be cached', { system: cached }, {}],
])('the tool runner of the anthropic client with %s', (_, system, query) => {
  test('calls its tools until all is told', async () => {
    const { run, say, oneTurn } = await agentRig();
    say(...steps);
    const { towns, told, ids } = await run(async (server) => {
      const towns: string[] = [];
      const ids: string[] = [];
      const { messages } = clientOf(server, query).beta;
      const runner = messages.toolRunner({ ...asked, ...system, tools: [weather(towns)] });
      for await (const message of runner) ids.push(message.id);
      return { towns, ids, told: await runner.done() };
    });
    expect(towns).toEqual(['Kiel', 'Bern', 'Oslo']);
    expect(told.content).toMatchObject([{ type: 'text', text: 'Kiel: rain. Bern: rain. Oslo: rain.' }]);
    expect(ids).toEqual(['msg_1', 'msg_2', 'msg_3']);
    await oneTurn(wholeReply, ids);
  });

  test('streams the same, and begins its tools while it does', async () => {
    const { run, say, oneTurn } = await agentRig();
    say({ thinking: 'Two of them.', ...steps[0] }, steps[1], steps[2]);
    const { towns, said, ids } = await run(async (server) => {
      const towns: string[] = [];
      const ids: string[] = [];
      const said: string[] = [];
      const runner = clientOf(server, query).beta.messages.toolRunner({
        ...asked,
        ...system,
        tools: [weather(towns)],
        stream: true,
        runToolsEagerly: true,
      });
      for await (const stream of runner) {
        stream.on('text', (piece) => said.push(piece));
        ids.push((await stream.finalMessage()).id);
      }
      return { towns, ids, said: said.join('') };
    });
    expect(towns).toEqual(['Kiel', 'Bern', 'Oslo']);
    expect(said).toBe('I will look.Kiel: rain. Bern: rain. Oslo: rain.');
    await oneTurn(wholeReply, ids);
  });
});

test('a further question to the tool runner of the anthropic client is a turn of its own in the session', async () => {
  const { run, say, bot, turnOf } = await agentRig();
  say(...steps, { text: 'Take an umbrella.' });
  const ids = await run(async (server) => {
    const { messages } = clientOf(server).beta;
    const runner = messages.toolRunner({ ...asked, tools: [weather([])] });
    const first = await runner;
    const before = [...runner.params.messages, { role: 'user' as const, content: 'What do I need?' }];
    const second = await messages.toolRunner({ ...asked, messages: before, tools: [weather([])] });
    return [first.id, second.id];
  });
  const turns = await bot.stored(2);
  expect(turns.map(({ request }) => request)).toEqual([question, 'What do I need?']);
  expect(new Set(turns.map(({ sessionId }) => sessionId)).size).toBe(1);
  expect(await Promise.all(ids.map(turnOf))).toEqual(turns.map(({ turnId }) => turnId));
});
