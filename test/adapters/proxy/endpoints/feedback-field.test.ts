import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFeedbackField } from '../../../../adapters/proxy/endpoints/feedback-field.ts';
import { AppError } from '../../../../core/domain/app-error.ts';
import { agent } from './json-call.ts';

const talk = { opening: 'Why is the sky blue?', firstAnswer: 'Because' };
const read = (text: string) => readFeedbackField(text, agent, talk);

function fieldOf(text: string): unknown {
  try {
    read(text);
    return 'it was read';
  } catch (error) {
    return error instanceof AppError && error.code === 'invalid_input' ? error.details['field'] : error;
  }
}

describe('feedback in the metadata of a request', () => {
  test.each([
    ['up', { about: { talk }, rating: 'up' }],
    [' down ', { about: { talk }, rating: 'down' }],
    ['null', { about: { talk }, rating: null }],
    ['{"rating":"down","text":"too long"}', { about: { talk }, rating: 'down', text: 'too long' }],
    ['{"text":"too long"}', { about: { talk }, text: 'too long' }],
    ['{"rating":null,"message_id":"msg_1"}', { about: { messageId: 'msg_1' }, rating: null }],
    ['{"rating":"up","key":"k"}', { about: { ownKey: 'k' }, rating: 'up' }],
    ['{"rating":"up","session_id":"s"}', { about: { talk: { name: 's', opening: '' } }, rating: 'up' }],
  ])('%s', (text, feedback) => {
    expect(read(text)).toEqual({ caller: agent, ...feedback });
  });

  test.each([
    ['', 'metadata.metaclaw_feedback'],
    ['good', 'metadata.metaclaw_feedback'],
    ['UP', 'metadata.metaclaw_feedback'],
    ['["up"]', 'metadata.metaclaw_feedback'],
    ['{"rating":"up"', 'metadata.metaclaw_feedback'],
    ['{}', 'metadata.metaclaw_feedback.rating'],
    ['{"rating":"great"}', 'metadata.metaclaw_feedback.rating'],
    ['{"rating":"up","mood":"fine"}', 'metadata.metaclaw_feedback.mood'],
    ['{"text":" "}', 'metadata.metaclaw_feedback.text'],
  ])('%s is refused at %s', (text, field) => {
    expect(fieldOf(text)).toBe(field);
  });

  test('whatever it is, it is read or refused by name', () => {
    const some = fc.oneof(fc.string(), fc.json(), fc.constantFrom('up', 'null', '{"rating":"up"}'));
    fc.assert(
      fc.property(some, (text) => {
        expect(String(fieldOf(text))).toMatch(/^(?:it was read|metadata\.metaclaw_feedback.*)$/s);
      }),
    );
  });
});
