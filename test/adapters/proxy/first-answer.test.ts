import { describe, expect, test } from 'vitest';
import { firstAnswerOf } from '../../../adapters/proxy/first-answer.ts';

describe('a first answer is the same', () => {
  const whole = firstAnswerOf('Hello there.\n\nSecond part.', ['call_a-1', 'call_b']);

  test.each([
    ['trimmed and wrapped otherwise', '  Hello   there.\nSecond part.\n', ['call_a-1', 'call_b']],
    ['with its parts joined without a line', 'Hello there.Second part.', ['call_a-1', 'call_b']],
    [
      'with the thinking that stood in it',
      '<think>\nHm. <b>\n</think>\nHello there. Second part.',
      ['call_a-1'],
    ],
    ['with ids that lost their punctuation', 'Hello there. Second part.', ['calla1']],
    ['with an id that is empty', 'Hello there. Second part.', ['', 'call_a-1']],
  ])('%s', (_, text, ids) => {
    expect(firstAnswerOf(text, ids)).toBe(whole);
  });
});

describe('a first answer is another', () => {
  test.each([
    ['with other words', 'Hello here.', ['call_a']],
    ['with another call', 'Hello there.', ['call_b']],
    ['without its call', 'Hello there.', []],
    ['where what looks like a call is text', 'Hello there. calla', []],
    ['with thinking that is quoted behind its words', 'Hello there. <think>x</think>', ['call_a']],
  ])('%s', (_, text, ids) => {
    expect(firstAnswerOf(text, ids)).not.toBe(firstAnswerOf('Hello there.', ['call_a']));
  });
});

test('an answer that says and calls nothing is told as nothing', () => {
  expect(firstAnswerOf(' \n', [''])).toBe('');
});
