import { createSeededRandom } from '../seeded-random.ts';

/** What people ask the toy policy for, and which of its answers are right. */
export interface ToyTalk {
  readonly kinds: number;
  requestText(kind: number): string;
  prompt(kind: number): Int32Array;
  /** Tokens as the words of an answer. */
  answerText(tokens: ArrayLike<number>): string;
  isRight(kind: number, tokens: ArrayLike<number>): boolean;
  /** From the words alone, as a judge sees them; `undefined` where they are none of these. */
  isRightText(requestText: string, answerText: string): boolean | undefined;
}

/** Words that no request shares with another, so that a skill about one is found for that one alone. */
const matters = ['orchards', 'ledgers', 'bridges', 'violins', 'glaciers', 'ovens'] as const;
/** Of the tokens so many are right for a kind, the first kind being the hardest: kinds differ more than policies do. */
const easiness = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;

export const answerTokens = 2;
export const vocabulary = 16;

/** An answer is right if each of its tokens is among those that its kind likes. */
export function createToyTalk(seed: number): ToyTalk {
  const liked = matters.map((_, kind) => {
    const random = createSeededRandom(7_919 * seed + 31 * kind);
    const left = Array.from({ length: vocabulary }, (__, token) => token);
    const count = Math.round((easiness[kind] ?? 0.5) * vocabulary);
    return new Set(Array.from({ length: count }, () => left.splice(random.below(left.length), 1)[0] ?? -1));
  });
  const requestText = (kind: number): string => `Please tell me something about ${matters[kind] ?? ''}`;
  const isRight = (kind: number, tokens: ArrayLike<number>): boolean =>
    tokens.length === answerTokens && Array.from(tokens).every((token) => liked[kind]?.has(token) === true);
  return {
    kinds: matters.length,
    requestText,
    prompt: (kind) =>
      Int32Array.of((5 * kind + 1) % vocabulary, (3 * kind + 2) % vocabulary, (2 * kind + 3) % vocabulary),
    answerText: (tokens) => Array.from(tokens, (token) => `word${token}`).join(' '),
    isRight,
    isRightText(request, answer) {
      const kind = matters.findIndex((_, at) => requestText(at) === request);
      const tokens = [...answer.matchAll(/word(\d+)/g)].map(([, token]) => Number(token));
      return kind === -1 || tokens.length === 0 ? undefined : isRight(kind, tokens);
    },
  };
}

/** The words by which a skill about a kind is found. */
export const matterOf = (kind: number): string => matters[kind] ?? '';
