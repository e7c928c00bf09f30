import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { DialectPort, ReadRequest } from '../../../../adapters/proxy/dialect-port.ts';
import { anthropicMessages } from '../../../../adapters/proxy/dialects/anthropic-messages.ts';
import { openAiChat } from '../../../../adapters/proxy/dialects/openai-chat.ts';
import { openAiResponses } from '../../../../adapters/proxy/dialects/openai-responses.ts';
import { readBy } from './subjects.ts';

/** What a client's call sends, read. */
async function sentBy(
  dialect: DialectPort,
  call: (fetch: typeof globalThis.fetch) => Promise<unknown>,
): Promise<ReadRequest> {
  const bodies: string[] = [];
  const fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
    bodies.push(String(init?.body));
    return new Response('{}', { headers: { 'content-type': 'application/json' } });
  };
  await call(fetch);
  return readBy(dialect, bodies[0] ?? '');
}

const own = { key: 'k', feedback: 'up' };
const metadata = { metaclaw_key: 'k', metaclaw_feedback: 'up' };
const asWritten = { model: 'm', words: 'Hi', wordsIndex: 1, isContinued: false, own };

test('a chat completion of the openai client is read', async () => {
  const read = await sentBy(openAiChat, async (fetch) => {
    const client = new OpenAI({ apiKey: 'k', baseURL: 'http://test/v1', fetch });
    return await client.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      metadata,
    });
  });
  expect(read).toMatchObject({ ...asWritten, isStream: false });
});

test('a response of the openai client is read', async () => {
  const read = await sentBy(openAiResponses, async (fetch) => {
    const client = new OpenAI({ apiKey: 'k', baseURL: 'http://test/v1', fetch });
    return await client.responses.create({ model: 'm', input: 'Hi', metadata });
  });
  expect(read).toMatchObject({ ...asWritten, isStream: false });
});

test('a message of the anthropic client is read', async () => {
  const read = await sentBy(anthropicMessages, async (fetch) => {
    const client = new Anthropic({ apiKey: 'k', baseURL: 'http://test', fetch });
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    return await client.messages.create({
      model: 'm',
      max_tokens: 9,
      messages,
      stream: true,
      metadata: { ...metadata, user_id: null },
    });
  });
  expect(read).toMatchObject({ ...asWritten, isStream: true });
});
