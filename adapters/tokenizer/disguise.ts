import { AppError } from '../../core/domain/app-error.ts';
import { type AddedToken, coreOf } from './added-token.ts';
import { caseless } from './caseless.ts';

/**
 * Keeps what people and tools say from spelling markup while a template is rendered: characters of private use take the
 * place of some of theirs until the rendered text is cut.
 */
export interface Disguise {
  /** A text that nobody said, to find a place again. It is no space and no word. */
  readonly marker: string;
  cover(text: string): string;
  /** Undoes `cover` in any part of a text, also where the template wrote it as JSON of ASCII alone. */
  restore(text: string): string;
}

/** A disguise for all that `seen`, which is JSON, holds. The same `seen` gives the same disguise. */
export type Disguiser = (seen: string) => Disguise;

const privateUse = /\p{Co}/gu;

/** How JSON writes a character in ASCII: as one unit, or as two halves. */
const escaped = /\\ud[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|\\u[\da-f]{4}/g;

/**
 * Covered are, in every text: each character with which some markup token begins or ends, in any case, and every character
 * of a text that as a whole stands inside some markup token, whatever its case. A character stays covered wherever a template puts
 * it, so that the first and the last character of every spelling in a rendered text are the template's own, and no text
 * of others, alone or with others, is what stands between them. Only a template that itself cuts a part out of the
 * middle of a text, and writes the beginning and the end of a token around it, would spell one with it.
 *
 * Equality, the number of characters, the space at the ends and the words of a text stay for the template to look at. What
 * is covered keeps its case.
 */
export function createDisguiser(tokens: readonly AddedToken[], template: string): Disguiser {
  const cores = tokens.filter(({ isMarkup }) => isMarkup).map(coreOf);
  const edges = new Set(
    cores.flatMap((core) => [...caseless([...core].at(0) ?? ''), ...caseless([...core].at(-1) ?? '')]),
  );
  const isEdge = (character: string): boolean => {
    for (const letter of caseless(character)) if (edges.has(letter)) return true;
    return false;
  };
  const plainEdges = new Set(
    Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code)).filter(isEdge),
  );
  const insides = caseless(cores.join('\n'));
  const owned = privateIn(`${template}${JSON.stringify(cores)}`);

  const isInside = (text: string): boolean => {
    const words = text.trim();
    // A letter of two units may become one of one unit, and no less.
    return words !== '' && words.length <= 2 * insides.length && insides.includes(caseless(words));
  };

  return (seen) => {
    const free = freeCharacters(new Set([...owned, ...privateIn(seen)]));
    const take = (): string => {
      const next = free.next();
      if (next.done !== true) return next.value;
      throw new AppError('invalid_input', 'The messages use every character there is. Leave some out.');
    };
    const marker = take();
    const covers = new Map<string, string>();
    const originals = new Map<string, string>();
    const originalEscapes = new Map<string, string>();
    const standIn = (character: string): string => {
      const known = covers.get(character);
      if (known !== undefined) return known;
      const taken = take();
      covers.set(character, taken);
      originals.set(taken, character);
      originalEscapes.set(asciiJson(taken), asciiJson(character));
      return taken;
    };
    return {
      marker,
      cover(text) {
        const whole = isInside(text);
        let covered = '';
        // Two halves of a surrogate pair from two texts must not meet.
        for (const character of text.toWellFormed()) {
          const isCovered =
            (character < '\x80' ? plainEdges.has(character) : isEdge(character)) ||
            (whole && /\S/.test(character));
          covered += isCovered ? standIn(character) : character;
        }
        return covered;
      },
      restore: (text) =>
        text
          .replaceAll(escaped, (unit) => originalEscapes.get(unit) ?? unit)
          .replaceAll(privateUse, (character) => originals.get(character) ?? character),
    };
  };
}

/** The characters of private use in a text, those too that it tells by their numbers. */
function privateIn(text: string): readonly string[] {
  const told = text.replaceAll(/\\u([\da-f]{4})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return [...(text.match(privateUse) ?? []), ...(told.match(privateUse) ?? [])];
}

/** A character as JSON of ASCII alone writes it. */
function asciiJson(character: string): string {
  const json = JSON.stringify(character).slice(1, -1);
  return json.replaceAll(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function* freeCharacters(taken: ReadonlySet<string>): Generator<string, undefined> {
  for (const [first, last] of [
    [0xe000, 0xf8ff],
    [0xf0000, 0xffffd],
    [0x100000, 0x10fffd],
  ] as const) {
    for (let code = first; code <= last; code += 1) {
      const character = String.fromCodePoint(code);
      if (!taken.has(character)) yield character;
    }
  }
  return undefined;
}
