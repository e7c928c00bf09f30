import { expect, test } from 'vitest';
import { caseless } from '../../../adapters/tokenizer/caseless.ts';

const casesOf = (text: string): readonly string[] => [...text.toLowerCase(), ...text.toUpperCase()];

test('whatever a letter becomes in other cases shares a letter with it', () => {
  const apart: string[] = [];
  let changed = 0;
  for (let code = 0; code < 0x20000; code += 1) {
    const letter = String.fromCodePoint(code);
    if (letter.toLowerCase() === letter && letter.toUpperCase() === letter) continue;
    changed += 1;
    const own = new Set(caseless(letter));
    for (const other of casesOf(letter).flatMap((first) => [first, ...casesOf(first)])) {
      if (![...caseless(other)].some((part) => own.has(part))) apart.push(`${letter} ${other}`);
    }
  }
  expect(changed).toBeGreaterThan(2_000);
  expect(apart).toEqual([]);
});

test('letter by letter, so that no neighbour matters', () => {
  expect(caseless('ΑΣ')).toBe('ασ');
  expect(caseless('Straße')).toBe(caseless('STRASSE'));
});
