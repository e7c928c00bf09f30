import { expect, test } from 'vitest';
import { openAiResponses } from '../../../adapters/proxy/dialects/openai-responses.ts';
import { talkOf } from '../../../adapters/proxy/exchange-start.ts';
import { readBy } from './dialects/subjects.ts';

test('a talk is called as the caller calls it, else as the server does', () => {
  const read = readBy(openAiResponses, { model: 'm', input: 'Hi', conversation: { id: 'conv_1' } });
  expect(talkOf({}, read).name).toBe('conv_1');
  expect(talkOf({ 'x-session-id': 'mine' }, read).name).toBe('mine');
  const unnamed = readBy(openAiResponses, { model: 'm', input: 'Hi' });
  expect('name' in talkOf({}, unnamed)).toBe(false);
});
