import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { personId } from '../../../../core/domain/ids.ts';
import { shortageOf } from '../../../../core/learning/wording/begin-search.ts';
import { evenly, isOneTalk, mostEven } from '../../../../core/learning/wording/even-turns.ts';
import { sampleConversation } from '../../../contract/store-samples.ts';
import { turn } from '../../skills/evolver/samples.ts';

/** `a-`: ann found it lacking; `b+`: ben found it good. */
const asked = (some: string, audience: 'group' | 'direct' = 'group') =>
  some.split(' ').map((one, at) => ({
    turn: turn(`t${at}`, one.slice(0, 1), 'What?', { conversation: { ...sampleConversation, audience } }),
    value: one.endsWith('-') ? -1 : 1,
  }));
const times = (count: number, one: string): string => Array.from({ length: count }, () => one).join(' ');

describe('what a search lacks', () => {
  test('is turns, or answers found lacking', () => {
    expect(shortageOf(asked(`${times(6, 'a-')} ${times(5, 'b-')}`))).toBe('too_few_samples');
    expect(shortageOf(asked(`${times(2, 'a-')} b- ${times(9, 'b+')}`))).toBe('too_few_samples');
    expect(shortageOf(asked(`${times(6, 'a-')} ${times(6, 'b-')}`))).toBeUndefined();
  });

  test('is people, where one alone found answers lacking', () => {
    expect(shortageOf(asked(`${times(6, 'a-')} ${times(6, 'b+')}`))).toBe('too_few_people');
    expect(shortageOf(asked(`${times(6, 'a-')} b- ${times(5, 'b+')}`))).toBeUndefined();
    expect(shortageOf(asked(times(20, 'a-')))).toBe('too_few_people');
  });

  test('is people, where twelve turns would be one’s for more than their half', () => {
    expect(shortageOf(asked(`${times(90, 'a-')} ${times(5, 'b-')}`))).toBe('too_few_people');
    expect(shortageOf(asked(`${times(90, 'a-')} ${times(5, 'b-')} c+`))).toBeUndefined();
  });

  test('is nothing in one person’s own talk', () => {
    expect(shortageOf(asked(times(12, 'a-'), 'direct'))).toBeUndefined();
    // Two talks of one space are no one’s own.
    const [first, ...others] = asked(times(12, 'a-'), 'direct');
    const elsewhere = first === undefined ? [] : [...others, ...asked('a-')];
    expect(isOneTalk(elsewhere)).toBe(false);
    expect(shortageOf(elsewhere)).toBe('too_few_people');
  });
});

test('nobody has more than all others together, and as many stay as that allows', () => {
  const people = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(people, (some) => {
      const askerOf = (one: string) => personId('web', one);
      const even = evenly(some, askerOf, false);
      for (const one of ['a', 'b', 'c']) {
        const own = even.filter((other) => other === one).length;
        expect(own).toBeLessThanOrEqual(even.length - own);
      }
      const most = new Set(some).size < 2 ? 0 : mostEven(asked(some.map((one) => `${one}+`).join(' ')));
      expect(even).toHaveLength(most);
      expect(evenly(some, askerOf, true)).toBe(some);
    }),
  );
});
