import { describe, expect, test } from 'vitest';
import { connect, disconnect, type Wish } from '../../../adapters/agent-settings/changes.ts';
import { jsonFormat } from '../../../adapters/agent-settings/json-format.ts';

function undone(before: object, wishes: readonly Wish[], since: (made: string) => string): unknown {
  const text = JSON.stringify(before, undefined, 2);
  const { text: made, changes } = connect(jsonFormat, text, wishes);
  const left = disconnect(jsonFormat, since(made), changes, text);
  return left === undefined ? 'unclear' : JSON.parse(left);
}

const provider: Wish = { path: ['provider', 'ours'], value: { url: 'u', key: 'k' } };

describe('what was set since', () => {
  test('a value that somebody set after us stays', () => {
    expect(undone({ a: '1' }, [{ path: ['a'], value: '2' }], (made) => made.replace('"2"', '"3"'))).toEqual({
      a: '3',
    });
  });

  test('a value that is as it was before, or gone, is left so', () => {
    expect(undone({ a: '1' }, [{ path: ['a'], value: '2' }], () => '{"a": "1"}')).toEqual({ a: '1' });
    expect(undone({ a: '1' }, [{ path: ['a'], value: '2' }], () => '{"b": 1}')).toEqual({ b: 1 });
  });

  test('a group that we made goes whole, with what was put into it', () => {
    expect(undone({}, [provider], (made) => made.replace('"u"', '"u", "more": 1'))).toEqual({});
  });

  test('a group that was there before and was changed since cannot be told apart', () => {
    const before = { provider: { ours: { url: 'old' } } };
    expect(undone(before, [provider], (made) => made)).toEqual(before);
    expect(undone(before, [provider], (made) => made.replace('"k"', '"k", "more": 1'))).toBe('unclear');
  });

  test('groups that we had to make go when they are empty; an empty one from before stays', () => {
    const wish: Wish = { path: ['env', 'X'], value: 'y' };
    expect(undone({ a: 1 }, [wish], (made) => made)).toEqual({ a: 1 });
    expect(undone({ a: 1, env: {} }, [wish], (made) => made)).toEqual({ a: 1, env: {} });
    expect(undone({}, [wish], (made) => made.replace('"y"', '"y", "Z": "z"'))).toEqual({ env: { Z: 'z' } });
  });

  test('of a value with lines of several owners only ours goes', () => {
    const wish: Wish = { path: ['h'], value: 'a: 1\nours: 2', line: 'ours: 2' };
    expect(undone({ h: 'a: 1' }, [wish], (made) => made.replace('ours: 2', 'ours: 2\\nb: 3'))).toEqual({
      h: 'a: 1\nb: 3',
    });
    const alone: Wish = { path: ['h'], value: 'ours: 2', line: 'ours: 2' };
    expect(undone({}, [alone], (made) => made.replace('ours: 2', 'ours: 2\\nb: 3'))).toEqual({ h: 'b: 3' });
    expect(undone({}, [alone], (made) => made)).toEqual({});
  });

  test('what was there already is not ours to take out', () => {
    expect(undone({ a: '2' }, [{ path: ['a'], value: '2' }], (made) => made)).toEqual({ a: '2' });
  });
});
