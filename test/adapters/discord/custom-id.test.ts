import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { customId, MAX_CUSTOM_ID_CHARS, parseCustomId } from '../../../adapters/discord/custom-id.ts';
import { packText, unpackText } from '../../../adapters/discord/packed-text.ts';

const of = (letters: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength });
const name = of('abcxyz019._', 32);
const subject = of('abcxyz019.:_-', 80);
const snowflake = fc.bigInt({ min: 0n, max: 10n ** 20n - 1n }).map(String);

describe('the custom id of a button or a form', () => {
  test('brings back a name with a subject, however long they are', () => {
    fc.assert(
      fc.property(name, subject, (given, what) => {
        const written = customId({ name: given, subject: what });
        expect(written?.length).toBeLessThanOrEqual(MAX_CUSTOM_ID_CHARS);
        expect(parseCustomId(written ?? '')).toEqual({ name: given, subject: what });
      }),
    );
    const longest = { name: 'z'.repeat(32), subject: '-'.repeat(80) };
    expect(parseCustomId(customId(longest) ?? '')).toEqual(longest);
  });

  test('brings back a name with a message', () => {
    fc.assert(
      fc.property(name, snowflake, snowflake, (given, channelId, messageId) => {
        const about = { platform: 'discord', channelId, messageId };
        expect(parseCustomId(customId({ name: given, about }) ?? '')).toEqual({ name: given, about });
      }),
    );
  });

  test('is readable where there is room', () => {
    expect(customId({ name: 'skill.text', subject: 'skill.edit:pdf-tables' })).toBe(
      'skill.text=skill.edit:pdf-tables',
    );
  });

  test('takes neither both nor what is none of ours', () => {
    const about = { platform: 'discord', channelId: '1', messageId: '2' };
    expect(customId({ name: 'a', about, subject: 'b' })).toBeUndefined();
    for (const odd of ['', 'Upper', 'a b', 'ü', 'x'.repeat(81), 'a=b', 'a/b'])
      expect([odd, customId({ name: 'a', subject: odd })]).toEqual([odd, undefined]);
  });

  test('reads nothing of what it could not have written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
        const parsed = parseCustomId(text);
        if (parsed !== undefined) expect(customId(parsed)).toBe(text);
      }),
    );
    // Packed though it is short.
    expect(parseCustomId(packText('a=b') ?? '')).toBeUndefined();
  });
});

test('packing brings back every text of its letters, and nothing else', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789._-:=';
  fc.assert(
    fc.property(of(letters, 120), (text) => {
      expect(unpackText(packText(text) ?? '')).toBe(text);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const unpacked = unpackText(`~${text}`);
      if (unpacked !== undefined) expect(packText(unpacked)).toBe(`~${text}`);
    }),
  );
  expect(packText('Upper')).toBeUndefined();
  expect(packText('')).toBe('~');
  expect(unpackText('a')).toBeUndefined();
});
