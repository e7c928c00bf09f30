import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contextAmong,
  contextKey,
  frequentContexts,
  harmfulContexts,
  mostContexts,
  otherContext,
  parseContextKey,
  type SkillContext,
} from '../../../../core/skills/proof/contexts.ts';
import { processOf, threshold } from '../../../../core/skills/proof/e-process.ts';
import type { JudgedExposure } from '../../../../core/skills/proof/verdict.ts';
import { exposuresIn, threeErrors, uniformFrom } from './simulate.ts';

const alpha = 0.05;
const contexts: fc.Arbitrary<SkillContext> = fc.record(
  {
    platform: fc.constantFrom('web', 'fake', 'terminal'),
    audience: fc.constantFrom('direct', 'group'),
    topic: fc.string(),
  },
  { requiredKeys: ['platform', 'audience'] },
);

describe('the key of a context', () => {
  test('names platform, audience and topic', () => {
    expect(contextKey({ platform: 'web', audience: 'direct', topic: 'invoice' })).toBe('web|direct|invoice');
    expect(contextKey({ platform: 'web', audience: 'group' })).toBe('web|group');
  });

  test('can be read back, whatever the topic, and is never that of the others', () => {
    fc.assert(
      fc.property(contexts, (context) => {
        expect(parseContextKey(contextKey(context))).toEqual(context);
        expect(contextKey(context)).not.toBe(otherContext);
      }),
    );
  });

  test.each(['', 'other', 'web', 'web|public', 'web|public|x'])('cannot be read from %j', (key) => {
    expect(parseContextKey(key)).toBeUndefined();
  });
});

describe('the contexts of a scope', () => {
  const counted = (counts: Readonly<Record<string, number>>): readonly string[] =>
    Object.entries(counts).flatMap(([key, count]) => Array.from({ length: count }, () => key));

  test('are the most frequent five; all else is other', () => {
    const keys = counted({ a: 3, b: 9, c: 4, d: 8, e: 2, f: 5, g: 1 });
    const frequent = frequentContexts(keys);
    expect(frequent).toEqual(['b', 'd', 'f', 'c', 'a']);
    expect(contextAmong('c', frequent)).toBe('c');
    expect(contextAmong('e', frequent)).toBe(otherContext);
    expect(contextAmong('never seen', frequent)).toBe(otherContext);
  });

  test('of equal frequency are taken by name, in whatever order they come', () => {
    const keys = counted({ f: 2, e: 2, d: 2, c: 2, b: 2, a: 2 });
    expect(frequentContexts(keys)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(frequentContexts(keys.toReversed())).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('are six at most, and sorting them again changes nothing', () => {
    const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', otherContext));
    fc.assert(
      fc.property(keys, (given) => {
        const once = given.map((key) => contextAmong(key, frequentContexts(given)));
        expect(new Set(once).size).toBeLessThanOrEqual(mostContexts);
        expect(once.map((key) => contextAmong(key, frequentContexts(once)))).toEqual(once);
      }),
    );
  });
});

describe('a context in which a skill hurts', () => {
  const inContext = (context: string, lift: number, count: number, seed: number): JudgedExposure[] =>
    exposuresIn({ propensity: 0.5, masked: 0.3, lift, labelled: 0.9 }, count, uniformFrom(seed)).map(
      (exposure) => ({ ...exposure, context }),
    );

  test('is found although the skill helps elsewhere', () => {
    const all = [
      ...inContext('a', 0.4, 900, 1),
      ...inContext('b', -0.6, 400, 2),
      ...inContext('c', 0, 300, 3),
    ];
    expect(processOf(all).logHarm).toBeLessThan(0.5);
    expect(harmfulContexts(all, 1, alpha)).toEqual(['b']);
  });

  test('is tested from 50 exposures on that could have gone either way', () => {
    const clear = Array.from({ length: 50 }, (_, index): JudgedExposure => {
      const isShown = index % 2 === 0;
      return { ...(inContext('a', 0, 1, 1)[0] ?? expect.fail()), isShown, outcome: isShown ? -1 : 1 };
    });
    const certain = clear.map((exposure) => ({ ...exposure, isShown: true, propensity: 1 }));
    expect(processOf(clear.slice(1)).logHarm).toBeGreaterThan(Math.log(threshold(1, alpha / 6)));
    expect(harmfulContexts(clear.slice(1), 1, alpha)).toEqual([]);
    expect(harmfulContexts([...clear.slice(1), ...certain], 1, alpha)).toEqual([]);
    expect(harmfulContexts(clear, 1, alpha)).toEqual(['a']);
  });

  test('needs six times the evidence that a hypothesis needs, and more for each later hypothesis', () => {
    const all = inContext('a', -0.6, 400, 5);
    const evidence = all.map((_, index) => processOf(all.slice(0, index + 1)).logHarm);
    for (const i of [1, 2, 5]) {
      const needed = Math.log((((Math.PI ** 2 * i ** 2) / 6) * 6) / alpha);
      const first = evidence.findIndex((logHarm, index) => index >= 49 && logHarm >= needed);
      expect(first).toBeGreaterThan(49);
      expect(harmfulContexts(all.slice(0, first), i, alpha)).toEqual([]);
      expect(harmfulContexts(all.slice(0, first + 1), i, alpha)).toEqual(['a']);
    }
  });

  test('is one of the others where those together hurt', () => {
    const frequent = ['a', 'b', 'c', 'd', 'e'].flatMap((key, index) => inContext(key, 0.2, 200, index + 1));
    const rare = ['f', 'g', 'h', 'i', 'j', 'k'].flatMap((key, index) => inContext(key, -0.7, 60, index + 20));
    expect(harmfulContexts([...frequent, ...rare], 1, alpha)).toEqual([otherContext]);
  });

  test('is found in at most alpha of the skills that make no difference in six of them, however often one looks', () => {
    const runs = 500;
    let found = 0;
    for (let run = 0; run < runs; run += 1) {
      const uniform = uniformFrom(run + 1);
      const all = exposuresIn({ propensity: 0.5, masked: 0.3, lift: 0, labelled: 0.9 }, 900, uniform).map(
        (exposure, index) => ({ ...exposure, context: `c${index % 6}` }),
      );
      const looks = [300, 500, 700, 900];
      if (looks.some((count) => harmfulContexts(all.slice(0, count), 1, alpha).length > 0)) found += 1;
    }
    // The first hypothesis of a scope has 6/π² of alpha.
    const level = 1 / threshold(1, alpha);
    expect(found / runs).toBeLessThanOrEqual(level + threeErrors(level, runs));
  });
});
