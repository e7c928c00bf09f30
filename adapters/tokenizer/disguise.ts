import { AppError } from '../../core/domain/app-error.ts';
import { type AddedToken, coreOf, isMarkup } from './added-token.ts';

/**
 * Keeps what people and tools say from spelling markup while a template is rendered: characters of private use take the
 * place of some of theirs until the rendered text is cut.
 */
export interface Disguise {
  /** A text that nobody said, to find a place again. It is no space and no word. */
  readonly marker: string;
  cover(text: string): string;
  /** Undoes `cover` in any part of a text. */
  restore(text: string): string;
}

/** A disguise for all that `seen` holds. The same `seen` gives the same disguise. */
export type Disguiser = (seen: string) => Disguise;

const privateUse = /\p{Co}/gu;

/**
 * Covered are, in every text: each character with which some markup token begins or ends, and every character of a text
 * that as a whole stands inside some markup token, whatever its case. A character stays covered wherever a template puts
 * it, so that the first and the last character of every spelling in a rendered text are the template's own, and no text
 * of others, alone or with others, is what stands between them. Only a template that itself cuts a part out of the
 * middle of a text, and writes the beginning and the end of a token around it, would spell one with it.
 *
 * Equality, the number of characters, the space at the ends and the words of a text stay for the template to look at.
 */
export function createDisguiser(tokens: readonly AddedToken[], template: string): Disguiser {
  const cores = tokens.filter(isMarkup).map(coreOf);
  const edges = new Set(cores.flatMap((core) => [[...core].at(0) ?? '', [...core].at(-1) ?? '']));
  const insides = cores.join('\n').toLowerCase();
  const owned = new Set([template, ...cores].flatMap((text) => text.match(privateUse) ?? []));

  const isInside = (text: string): boolean => {
    const words = text.trim();
    return words !== '' && insides.includes(words.toLowerCase());
  };

  return (seen) => {
    const free = freeCharacters(new Set([...owned, ...(seen.match(privateUse) ?? [])]));
    const take = (): string => {
      const next = free.next();
      if (next.done !== true) return next.value;
      throw new AppError('invalid_input', 'The messages use every character there is. Leave some out.');
    };
    const marker = take();
    const covers = new Map<string, string>();
    const originals = new Map<string, string>();
    const standIn = (character: string): string => {
      const known = covers.get(character);
      if (known !== undefined) return known;
      const taken = take();
      covers.set(character, taken);
      originals.set(taken, character);
      return taken;
    };
    return {
      marker,
      cover(text) {
        const whole = isInside(text);
        let covered = '';
        // Two halves of a surrogate pair from two texts must not meet.
        for (const character of text.toWellFormed()) {
          const isCovered = edges.has(character) || (whole && /\S/.test(character));
          covered += isCovered ? standIn(character) : character;
        }
        return covered;
      },
      restore: (text) => text.replaceAll(privateUse, (character) => originals.get(character) ?? character),
    };
  };
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
