import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  firstElementAt,
  kindAt,
  memberOf,
  membersAt,
  rootStart,
} from '../../../../adapters/proxy/dialects/json-spans.ts';
import { anyChar, canonical, choices, docOf, type Entry, nastyText, written } from './written-json.ts';

const keys = fc.oneof(fc.constantFrom('a', 'model', 'metadata', '__proto__', ''), nastyText);
const entries: fc.Arbitrary<readonly Entry[]> = fc.array(
  fc.tuple(keys, fc.jsonValue({ stringUnit: anyChar }).map(docOf)),
  { maxLength: 8 },
);

describe('members of an object', () => {
  test('are found as they are read, in any spelling, twice where they stand there twice', () => {
    fc.assert(
      fc.property(entries, choices, (inside, choose) => {
        const json = Buffer.from(written({ kind: 'record', entries: inside }, choose));
        const members = membersAt(json, rootStart(json));
        const readAt = ({ start, end }: { start: number; end: number }): unknown =>
          JSON.parse(json.toString('utf8', start, end));
        expect(members).toHaveLength(inside.length);
        for (const [key, value] of Object.entries(JSON.parse(json.toString()))) {
          const member = memberOf(members, key);
          if (member === undefined) throw new Error(`${key} was not found`);
          expect(canonical(readAt(member.value))).toBe(canonical(value));
          expect(json[member.start]).toBe(0x22);
        }
      }),
    );
  });

  test('with a number or a word at the end of the object', () => {
    const json = Buffer.from('{"a":-1.5e+3,"b":null}');
    expect(membersAt(json, 0).map(({ value }) => json.toString('utf8', value.start, value.end))).toEqual([
      '-1.5e+3',
      'null',
    ]);
  });

  test('behind strings longer than the part that is read byte by byte, with escapes around its end', () => {
    for (let length = 55; length < 75; length += 1) {
      for (const tail of ['', '\\', '\\\\', '"', '\\"', `\\"${'x'.repeat(200)}\\`]) {
        const text = JSON.stringify({ a: `${'x'.repeat(length)}${tail}`, b: 1 });
        expect(membersAt(Buffer.from(text), 0).map(({ key }) => key)).toEqual(['a', 'b']);
      }
    }
  });

  test('nested deeper than a call stack reaches', () => {
    const deep = `{"a":${'['.repeat(500_000)}${']'.repeat(500_000)},"b":1}`;
    expect(membersAt(Buffer.from(deep), 0).map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('of a text that breaks off: the search ends', () => {
    for (const text of [
      '{"a',
      '{"a":',
      '{"a":[',
      '{"a":"b\\',
      '{"a":{"b":"c',
      '{',
      `{"a":"${'x'.repeat(99)}`,
    ]) {
      expect(membersAt(Buffer.from(text), 0).length).toBeLessThan(2);
    }
  });
});

test('the first element of an array', () => {
  expect(firstElementAt(Buffer.from('[ \n]'), 0)).toBeUndefined();
  expect(firstElementAt(Buffer.from('[ \n{}]'), 0)).toBe(3);
});

test('kinds of values', () => {
  const kinds = ['"a"', '[]', '{}', 'null', '1', 'true', '-1'].map((text) => kindAt(Buffer.from(text), 0));
  expect(kinds).toEqual(['string', 'array', 'object', 'null', 'other', 'other', 'other']);
});
