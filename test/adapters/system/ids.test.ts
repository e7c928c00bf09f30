import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSystemIds } from '../../../adapters/system/ids.ts';

describe('system ids', () => {
  test('ids sort by creation while the clock runs, stands and goes back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 1, maxLength: 60 }),
        (steps) => {
          let now = 1_700_000_000_000;
          const ids = createSystemIds({ now: () => now });
          const made = steps.map((step) => {
            now += step;
            return ids.next('turn');
          });
          expect(made.toSorted()).toEqual(made);
          expect(new Set(made).size).toBe(made.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('more ids in one millisecond than the counter holds stay unique and sorted', () => {
    const ids = createSystemIds({ now: () => 1_700_000_000_000 });
    const made = Array.from({ length: 70_000 }, () => ids.next('e'));
    expect(new Set(made).size).toBe(70_000);
    expect(made.every((id, index) => index === 0 || (made[index - 1] ?? '') < id)).toBe(true);
  });

  test('an id has its prefix and only characters that are safe in files, URLs and SQL', () => {
    const id = createSystemIds({ now: () => 1_700_000_000_000 }).next('turn');
    expect(id).toMatch(/^turn_[0-9a-hjkmnp-tv-z]{26}$/);
  });

  test('codes have the asked length, no look-alikes, and differ', () => {
    const ids = createSystemIds({ now: () => 0 });
    const codes = Array.from({ length: 200 }, () => ids.code(8));
    expect(codes.every((code) => /^[0-9a-hjkmnp-tv-z]{8}$/.test(code))).toBe(true);
    expect(new Set(codes).size).toBe(200);
    expect(ids.code(0)).toBe('');
  });

  test('digest is SHA-256 of the UTF-8 text', () => {
    const ids = createSystemIds({ now: () => 0 });
    expect(ids.digest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(ids.digest('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
  });
});
