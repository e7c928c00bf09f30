import { describe, expect, test } from 'vitest';
import { anthropicMessages } from '../../../../adapters/proxy/dialects/anthropic-messages.ts';
import { openAiChat } from '../../../../adapters/proxy/dialects/openai-chat.ts';
import { openAiResponses } from '../../../../adapters/proxy/dialects/openai-responses.ts';
import { AppError } from '../../../../core/domain/app-error.ts';
import { readBy, refusedField } from './subjects.ts';

const hi = { messages: [{ role: 'user', content: 'Hi' }], input: 'Hi' };

describe.each([openAiChat, openAiResponses, anthropicMessages])('$dialect refuses', (dialect) => {
  test.each([
    ['an empty body', '', 'body'],
    ['what is no JSON', '{"model":', 'body'],
    ['two values', '{} {}', 'body'],
    ['an array', '[]', 'body'],
    ['null', 'null', 'body'],
    ['no model', hi, 'model'],
    ['a model that is no string', { ...hi, model: 7 }, 'model'],
    ['an empty model', { ...hi, model: '' }, 'model'],
    ['a stream that is no yes or no', { ...hi, model: 'm', stream: 'true' }, 'stream'],
    [
      'a key that is no string',
      { ...hi, model: 'm', metadata: { metaclaw_key: 7 } },
      'metadata.metaclaw_key',
    ],
    ['an empty key', { ...hi, model: 'm', metadata: { metaclaw_key: '' } }, 'metadata.metaclaw_key'],
    [
      'a key that is too long',
      { ...hi, model: 'm', metadata: { metaclaw_key: 'k'.repeat(201) } },
      'metadata.metaclaw_key',
    ],
    [
      'feedback that is no string',
      { ...hi, model: 'm', metadata: { metaclaw_feedback: { rating: 'up' } } },
      'metadata.metaclaw_feedback',
    ],
    [
      'feedback that is null',
      { ...hi, model: 'm', metadata: { metaclaw_feedback: null } },
      'metadata.metaclaw_feedback',
    ],
  ])('%s', (_, body, field) => {
    expect(refusedField(dialect, body)).toBe(field);
  });

  test('bytes that are no UTF-8', () => {
    const body = Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect(() => dialect.read(body)).toThrow(expect.objectContaining({ details: { field: 'body' } }));
  });

  test('without a word of what it holds', () => {
    try {
      readBy(dialect, '{"model":"m","messages":[{"content":"my secret" oops');
      expect.unreachable();
    } catch (error) {
      expect(
        error instanceof AppError && error.code === 'invalid_input' && !`${error.message}`.includes('secret'),
      ).toBe(true);
    }
  });

  test('nothing else: what it does not know is the server’s business', () => {
    const body = { ...hi, model: 'm', stream: null, metadata: 'x', temperature: 'hot', stop: [[]], n: -1 };
    expect(refusedField(dialect, body)).toBe('');
  });
});

describe.each([openAiChat, anthropicMessages])('$dialect refuses messages', (dialect) => {
  test.each([
    ['that are missing', {}, 'messages'],
    ['that are no array', { messages: 'Hi' }, 'messages'],
    ['that are none', { messages: [] }, 'messages'],
    ['of which one is no object', { messages: [{ role: 'user' }, 'Hi'] }, 'messages[1]'],
    ['of which one has no role', { messages: [{ role: 'user' }, { content: 'Hi' }] }, 'messages[1].role'],
  ])('%s', (_, body, field) => {
    expect(refusedField(dialect, { model: 'm', ...body })).toBe(field);
  });
});

describe('openai-responses', () => {
  test.each([
    ['that is missing', {}, 'input'],
    ['that is null', { input: null }, 'input'],
    ['that is a number', { input: 7 }, 'input'],
    ['of which one is no object', { input: ['Hi'] }, 'input[0]'],
    ['of which a message has no role', { input: [{ content: 'Hi' }] }, 'input[0].role'],
    ['of which one that says it is a message has no role', { input: [{ type: 'message' }] }, 'input[0].role'],
  ])('refuses input %s', (_, body, field) => {
    expect(refusedField(openAiResponses, { model: 'm', ...body })).toBe(field);
  });

  test.each([
    { previous_response_id: 'resp_1' },
    { prompt: { id: 'pmpt_1' } },
    { conversation: 'conv_1' },
    { input: [] },
    { input: [{ type: 'function_call_output', call_id: 'c', output: '' }] },
  ])('takes %o', (body) => {
    expect(refusedField(openAiResponses, { model: 'm', ...body })).toBe('');
  });
});
