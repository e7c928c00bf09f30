import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNestedDeeper } from '../../../adapters/proxy/json-depth.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('any JSON is as deep as it is, whatever stands in its strings', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', ']', '}', 'ä') }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'medium' },
      text,
      fc.integer(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(text, tie('tree'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.boolean(), (value, isSpaced) => {
      const json = Buffer.from(JSON.stringify(value, null, isSpaced ? 2 : 0));
      const deep = depthOf(value);
      expect(isNestedDeeper(json, deep)).toBe(false);
      if (deep > 0) expect(isNestedDeeper(json, deep - 1)).toBe(true);
    }),
  );
});

test('what is no JSON is told from as well', () => {
  for (const text of ['', '"', '"\\', '}]', '["', '"["'])
    expect(isNestedDeeper(Buffer.from(text), 1)).toBe(false);
  expect(isNestedDeeper(Buffer.from('['.repeat(1_000)), 999)).toBe(true);
});
