/** What may stand in a text; the place of a character counts, so that new ones are only ever added at the end. */
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789._-:=';
/** What it is packed into: plain characters of which none can begin a name. */
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-./:;<=>?@[]^_{|}~';
const MARK = '~';

/** One more than there are letters: a text may begin with the first of them. */
const fromBase = BigInt(letters.length + 1);
const toBase = BigInt(digits.length);

function inverse(alphabet: string): ReadonlyMap<string, number> {
  return new Map([...alphabet].map((letter, place) => [letter, place]));
}
const letterPlaces = inverse(letters);
const digitPlaces = inverse(digits);

/**
 * A text of a–z, 0–9, `.`, `_`, `-`, `:` and `=` in about five sixths of its length, beginning with a mark that no such
 * text begins with. `undefined` for other texts.
 */
export function packText(text: string): string | undefined {
  let number = 0n;
  for (const letter of text) {
    const place = letterPlaces.get(letter);
    if (place === undefined) return undefined;
    number = number * fromBase + BigInt(place + 1);
  }
  let packed = '';
  for (; number > 0n; number /= toBase) packed = (digits[Number(number % toBase)] ?? '') + packed;
  return MARK + packed;
}

/** The inverse of `packText`; `undefined` for what it could not have made. */
export function unpackText(packed: string): string | undefined {
  if (!packed.startsWith(MARK)) return undefined;
  let number = 0n;
  for (const digit of packed.slice(MARK.length)) {
    const place = digitPlaces.get(digit);
    if (place === undefined) return undefined;
    number = number * toBase + BigInt(place);
  }
  let text = '';
  for (; number > 0n; number /= fromBase) {
    const letter = letters[Number(number % fromBase) - 1];
    if (letter === undefined) return undefined;
    text = letter + text;
  }
  return packText(text) === packed ? text : undefined;
}
