import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spaceId } from '../../../../core/domain/ids.ts';
import { type PolicyScope, policyScopeKey } from '../../../../core/domain/policy.ts';
import { createOpenSignals } from '../../../../core/learning/run/open-signals.ts';

const scopes: readonly PolicyScope[] = [
  { kind: 'everywhere' },
  { kind: 'space', spaceId: spaceId('web', 'one') },
  { kind: 'space', spaceId: spaceId('web', 'two') },
];
const [everywhere, one, two] = [scopes[0]!, scopes[1]!, scopes[2]!];

function rigOf(...open: readonly PolicyScope[]) {
  const openNow = new Set(open.map(policyScopeKey));
  const signals = createOpenSignals({ isOpen: (scope) => openNow.has(policyScopeKey(scope)) });
  return { openNow, signals };
}

describe('the signal of a window', () => {
  test('has fired where it is closed', () => {
    expect(rigOf().signals.of(one).aborted).toBe(true);
  });

  test('fires when the window closes, and those of others do not', () => {
    const { openNow, signals } = rigOf(one, two, everywhere);
    const [first, second, all] = [signals.of(one), signals.of(two), signals.of(everywhere)];
    expect(signals.of({ ...one })).toBe(first);
    openNow.delete(policyScopeKey(one));
    expect(first.aborted).toBe(false);
    signals.look();
    expect([first.aborted, second.aborted, all.aborted]).toEqual([true, false, false]);
  });

  test('fires too when another is asked for after that', () => {
    const { openNow, signals } = rigOf(one, two);
    const first = signals.of(one);
    openNow.delete(policyScopeKey(one));
    signals.of(two);
    expect(first.aborted).toBe(true);
  });

  test('stays as it is, once fired, however often the window opens again', () => {
    const { openNow, signals } = rigOf(one);
    const first = signals.of(one);
    openNow.clear();
    signals.look();
    openNow.add(policyScopeKey(one));
    signals.look();
    const next = signals.of(one);
    expect([first.aborted, next.aborted]).toEqual([true, false]);
  });
});

test('whatever opens and closes: one that was given has fired when its window was seen closed since, and else not', () => {
  const step = fc.record({ what: fc.constantFrom('open', 'close', 'ask', 'look' as const), of: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { openNow, signals } = rigOf();
      const given: { readonly key: string; readonly signal: AbortSignal; wasClosed: boolean }[] = [];
      for (const { what, of } of steps) {
        const scope = scopes[of]!;
        const key = policyScopeKey(scope);
        if (what === 'open') openNow.add(key);
        else if (what === 'close') openNow.delete(key);
        else if (what === 'look') signals.look();
        if (what === 'ask') {
          const signal = signals.of(scope);
          expect(signal.aborted).toBe(!openNow.has(key));
          given.push({ key, signal, wasClosed: signal.aborted });
        }
        if (what === 'open' || what === 'close') continue;
        for (const one of given) {
          one.wasClosed ||= !openNow.has(one.key);
          expect(one.signal.aborted).toBe(one.wasClosed);
        }
      }
    }),
  );
});
