import fc from 'fast-check';

/** A JSON value that may hold a key twice, as bytes from outside may. */
export type Doc =
  | { readonly kind: 'plain'; readonly value: string | number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Doc[] }
  | { readonly kind: 'record'; readonly entries: readonly Entry[] };

export type Entry = readonly [key: string, value: Doc];

export function docOf(value: unknown): Doc {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(docOf) };
  if (typeof value === 'object' && value !== null) {
    return { kind: 'record', entries: Object.entries(value).map(([key, inner]) => [key, docOf(inner)]) };
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { kind: 'plain', value };
  }
  return { kind: 'plain', value: null };
}

/** Picks one of `count` ways to write something. */
export type Choose = (count: number) => number;

const spaces = ['', '', '', ' ', '\n', '\r\n\t', '    '];
const shortEscapes = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['/', '\\/'],
  ['\n', '\\n'],
  ['\t', '\\t'],
]);

function hexEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function writtenString(text: string, choose: Choose): string {
  const units = Array.from(text, (char) => {
    const isBare = char.isWellFormed() && char >= ' ' && char !== '"' && char !== '\\';
    const way = choose(isBare ? 4 : 2);
    if (way > 1) return char;
    return (way === 1 && shortEscapes.get(char)) || char.split('').map(hexEscape).join('');
  });
  return `"${units.join('')}"`;
}

function writtenNumber(value: number, choose: Choose): string {
  const text = JSON.stringify(value);
  if (!/^-?\d+$/.test(text)) return text;
  return [text, `${text}.0`, `${text}e0`, `${text}.000E+0`][choose(4)] ?? text;
}

/** One of the many texts of a value: spaces, escapes and spellings of numbers as `choose` has them. */
export function written(doc: Doc, choose: Choose): string {
  const space = (): string => spaces[choose(spaces.length)] ?? '';
  const value = (inner: Doc): string => {
    switch (inner.kind) {
      case 'list':
        return `[${space()}${inner.items.map((item) => `${value(item)}${space()}`).join(`,${space()}`)}]`;
      case 'record':
        return `{${space()}${inner.entries
          .map(
            ([key, member]) => `${writtenString(key, choose)}${space()}:${space()}${value(member)}${space()}`,
          )
          .join(`,${space()}`)}}`;
      default:
        if (typeof inner.value === 'string') return writtenString(inner.value, choose);
        return typeof inner.value === 'number'
          ? writtenNumber(inner.value, choose)
          : JSON.stringify(inner.value);
    }
  };
  return `${space()}${value(doc)}${space()}`;
}

/** `written` with choices that the property draws. */
export const choices: fc.Arbitrary<Choose> = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => {
  let at = 0;
  return (count) => {
    at += 1;
    return (bytes[at % bytes.length] ?? 0) % count;
  };
});

/** Any code point, also half of a surrogate pair; often one that JSON escapes. */
export const anyChar: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('"', '\\', '/', '\n', '{', '}', '[', ']', ',', ':', ' ', 'a'),
  fc.nat(0x7f).map((code) => String.fromCodePoint(code)),
  fc.nat(0x10_ffff).map((code) => String.fromCodePoint(code)),
);

/** Text with all that JSON escapes, halves of surrogate pairs too. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: anyChar, maxLength: 12 }),
  fc.constantFrom('"messages":[', '\\', '\\\\"', '\ud83d', '🙂"}', '</x>', 'a\u2028b', '{"model":"x"}'),
  fc.constant(`${'long '.repeat(40)}\\"${'\\'.repeat(70)}"`),
);

/** A value with its keys in order, so that two can be compared whatever their keys are called. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.entries(inner)
          .filter(([, member]) => member !== undefined)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .flat()
      : inner,
  );
}
