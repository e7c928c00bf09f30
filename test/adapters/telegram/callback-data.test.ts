import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeAction,
  decodeFormPress,
  encodeAction,
  encodeFormPress,
  MAX_CALLBACK_BYTES,
} from '../../../adapters/telegram/callback-data.ts';
import { keyboardOf } from '../../../adapters/telegram/keyboard.ts';

const actionId = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789._'),
  minLength: 1,
  maxLength: 32,
});
const chatId = fc.maxSafeInteger().map(String);
const messageId = fc.nat(Number.MAX_SAFE_INTEGER).map(String);
const about = fc.record({ platform: fc.constant('telegram'), channelId: chatId, messageId });

test('every action, about any message, takes at most 64 bytes and comes back', () => {
  fc.assert(
    fc.property(actionId, fc.option(about, { nil: undefined }), (id, ref) => {
      const action = { actionId: id, ...(ref === undefined ? {} : { about: ref }) };
      const data = encodeAction(action);
      expect(Buffer.byteLength(data)).toBeLessThanOrEqual(MAX_CALLBACK_BYTES);
      expect(Buffer.byteLength(data)).toBeGreaterThan(0);
      expect(decodeAction(data)).toEqual(action);
      // Never taken for the button of a form.
      expect(decodeFormPress(data)).toBeUndefined();
    }),
    { numRuns: 5_000 },
  );
  const furthest = { platform: 'telegram', channelId: '-9007199254740991', messageId: '9007199254740991' };
  expect(encodeAction({ actionId: 'x'.repeat(32), about: furthest }).length).toBeLessThanOrEqual(64);
});

test('every button of a form takes at most 64 bytes and comes back', () => {
  const place = fc.nat(99);
  fc.assert(
    fc.property(place, place, (field, choice) => {
      const press = { kind: 'choose' as const, field, choice };
      expect(encodeFormPress(press).length).toBeLessThanOrEqual(MAX_CALLBACK_BYTES);
      expect(decodeFormPress(encodeFormPress(press))).toEqual(press);
      const skip = { kind: 'skip' as const, field };
      expect(decodeFormPress(encodeFormPress(skip))).toEqual(skip);
    }),
  );
  for (const kind of ['submit', 'close'] as const)
    expect(decodeFormPress(encodeFormPress({ kind }))).toEqual({ kind });
});

test('anything that Telegram may bring is read without a throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (data) => {
      decodeFormPress(data);
      expect(decodeAction(data).actionId.length).toBeLessThanOrEqual(data.length);
    }),
  );
  expect(decodeAction('turn.retry|zz|')).toEqual({ actionId: 'turn.retry|zz|' });
});

test.each([
  ['too long', { actionId: 'x'.repeat(65) }],
  ['too long in bytes', { actionId: 'ü'.repeat(33) }],
  ['empty', { actionId: '' }],
  ['like a button of a form', { actionId: ':s' }],
  ['with a bar', { actionId: 'a|b' }],
  [
    'about no message of Telegram',
    { actionId: 'a', about: { platform: 'x', channelId: 'C1', messageId: '1.5' } },
  ],
])('an action that is %s is refused', (_, action) => {
  expect(() => encodeAction(action)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
});

describe('the pencil', () => {
  const good = { actionId: 'feedback.good', label: '👍' };
  const bad = { actionId: 'feedback.bad', label: '👎' };
  const shown = (...rows: Parameters<typeof keyboardOf>[0] & object) =>
    keyboardOf(rows)?.inline_keyboard.map((row) => row.map(({ callback_data }) => callback_data));

  test('stands beside the two that rate an answer', () => {
    expect(shown([good, bad])).toEqual([['feedback.good', 'feedback.bad', 'answer.correct']]);
    const retry = { actionId: 'turn.retry', label: 'Retry' };
    expect(shown([retry], [good, bad])).toEqual([
      ['turn.retry'],
      ['feedback.good', 'feedback.bad', 'answer.correct'],
    ]);
  });

  test('and nowhere else', () => {
    expect(shown([good])).toEqual([['feedback.good']]);
    const ref = { platform: 'telegram', channelId: '1', messageId: '2' };
    expect(shown([good, { ...bad, about: ref }])?.[0]?.length).toBe(2);
    expect(shown([], [])).toBeUndefined();
  });
});
