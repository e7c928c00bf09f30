import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { agentRig, question, type Server, steps, wholeReply } from './proxy-agent-rig.ts';
import { holdingThreads } from './proxy-agent-threads-server.ts';

const messagesAt = ({ origin, apiKey, fetch }: Server): Anthropic.Beta.Messages =>
  new Anthropic({ apiKey, baseURL: origin, fetch, maxRetries: 0 }).beta.messages;

const weather = betaZodTool({
  name: 'weather',
  description: 'Tells the weather of a town.',
  inputSchema: z.object({ city: z.string() }),
  run: ({ city }) => `In ${city} it rains.`,
});
const asked = { model: 'claude-test', max_tokens: 1_024, system: 'Be brief.' };

// By default the client has the server hold the talk: each request but the first has its new messages only, and no system message,
// which the server would refuse. The talk is known by `thread.previous_message_id`.

test('a loop of the tool runner of the anthropic client over a thread of the server is one turn', async () => {
  const { run, say, oneTurn } = await agentRig(holdingThreads);
  say(...steps);
  const ids = await run(async (server) => {
    const ids: string[] = [];
    const runner = messagesAt(server).toolRunner({
      ...asked,
      tools: [weather],
      messages: [{ role: 'user', content: question }],
    });
    for await (const { id } of runner) ids.push(id);
    return ids;
  });
  expect(ids).toEqual(['msg_1', 'msg_2', 'msg_3']);
  await oneTurn(wholeReply, ids);
});

test('a further question in a thread of the server passes, and is a turn of its own in the session', async () => {
  const { run, say, bot, turnOf } = await agentRig(holdingThreads);
  say({ text: 'It rains.' }, { text: 'An umbrella.' });
  const ids = await run(async (server) => {
    const thread = messagesAt(server).thread(asked);
    const first = await thread.send({ role: 'user', content: question });
    const second = await thread.send({ role: 'user', content: 'What do I need?' });
    return [first.id, second.id];
  });
  const turns = await bot.stored(2);
  expect(turns.map(({ request }) => request)).toEqual([question, 'What do I need?']);
  expect(new Set(turns.map(({ sessionId }) => sessionId)).size).toBe(1);
  expect(await Promise.all(ids.map(turnOf))).toEqual(turns.map(({ turnId }) => turnId));
});

test('what goes on with an answer that the server has not finished brings no message', async () => {
  const { run, say, turnOf } = await agentRig(holdingThreads);
  say({ text: 'In Kiel' }, { text: 'it rains.' });
  const ids = await run(async (server) => {
    const messages = messagesAt(server);
    const threads = { ...asked, betas: ['message-threads-2026-08-12'] };
    const first = await messages.create({
      ...threads,
      messages: [{ role: 'user', content: question }],
      thread: { type: 'create' },
    });
    const { system: _, ...further } = threads;
    const second = await messages.create({
      ...further,
      messages: [],
      thread: { type: 'continue', previous_message_id: first.id },
    });
    return [first.id, second.id];
  });
  expect(await Promise.all(ids.map(turnOf))).toHaveLength(2);
});

test('a skill that fits only later in a thread of the server is not said to be shown', async () => {
  const { run, bot } = await agentRig(holdingThreads);
  bot.writeSkill('ferry-hours', 'Say which pier.');
  await bot.running.reloadSkills();
  await run(async (server) => {
    const thread = messagesAt(server).thread(asked);
    await thread.send({ role: 'user', content: question });
    await thread.send({ role: 'user', content: 'What are the ferry hours?' });
  });
  const turns = await bot.stored(2);
  expect(turns.map(({ skills }) => skills)).toEqual([['rain-reports'], ['rain-reports']]);
});
