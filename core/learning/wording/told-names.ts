import { stopWords } from '../../skills/stop-words.ts';
import { foldWord } from '../../skills/tokenise.ts';

/** Names that stand in texts, folded (`foldWord`). */
export interface ToldNames {
  readonly words: ReadonlySet<string>;
  /** Two in a row that name somebody together, one blank between. */
  readonly pairs: ReadonlySet<string>;
}

interface Word {
  readonly folded: string;
  readonly isCapital: boolean;
  /** It begins a sentence, a line or a quotation, where each word may have a capital. */
  readonly isFirst: boolean;
  /** Nothing but a blank stands between it and the one before. */
  readonly isJoined: boolean;
}

/** What is written with a capital and names nobody. */
const nobodysNames: ReadonlySet<string> = new Set(
  `monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
  october november december english german french spanish italian portuguese dutch polish russian ukrainian turkish arabic
  chinese japanese korean hindi swedish danish norwegian finnish czech greek hebrew latin celsius fahrenheit kelvin markdown
  unicode`.split(/\s+/),
);

const wordPattern = /(?<!\p{L})\p{L}[\p{L}\p{M}]*/gu;
const capital = /^\p{Lu}\p{Ll}/u;
const opening = /(?:^|[.!?:;\n\r"“”„«»‚‘()[\]{}<>*#•|–—-])[ \t]*$/u;
const mention = /@([\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?)/gu;
/** As far as one looks back for what a word stands after. */
const lookedBack = 8;

function wordsOf(text: string): readonly Word[] {
  let end = -1;
  return [...text.normalize('NFKC').matchAll(wordPattern)].map(({ 0: word, index, input }) => {
    const before = input.slice(Math.max(0, index - lookedBack), index);
    const isJoined = end >= 0 && /^[ \u00a0]$/.test(input.slice(end, index));
    end = index + word.length;
    return {
      folded: foldWord(word),
      isCapital: capital.test(word),
      isFirst: opening.test(before),
      isJoined,
    };
  });
}

const isName = ({ folded, isCapital }: Word): boolean =>
  isCapital && !stopWords.has(folded) && !nobodysNames.has(folded);

/** Whoever is mentioned by a sign, as it stands there. */
export const mentionsIn = (text: string): readonly string[] =>
  [...text.matchAll(mention)].map(([, name = '']) => name);

function sentencesOf(words: readonly Word[]): readonly (readonly Word[])[] {
  const starts = words.flatMap(({ isFirst }, at) => (isFirst || at === 0 ? [at] : []));
  return starts.map((start, index) => words.slice(start, starts[index + 1]));
}

/** In a language that writes each noun with a capital nearly every sentence holds such a word. */
const nounShare = 0.6;
const fewestWords = 4;

/**
 * What seems to be a name in these texts: written with a capital amid a sentence and nowhere without, or before another such
 * word. Where all nouns have capitals, only two names in a row are known for one. In writing without capitals nothing is.
 */
export function namesIn(texts: readonly string[]): ToldNames {
  const read = texts.map(wordsOf);
  const small = new Set(read.flat().flatMap(({ folded, isCapital }) => (isCapital ? [] : [folded])));
  const isTold = (word: Word): boolean => isName(word) && !small.has(word.folded);
  const isAmid = (word: Word): boolean => isTold(word) && !word.isFirst;
  const long = read.flatMap(sentencesOf).filter((sentence) => sentence.length >= fewestWords);
  const haveNouns = long.filter((sentence) => sentence.some(isAmid)).length > long.length * nounShare;
  const words = new Set<string>();
  const pairs = new Set<string>();
  for (const one of read) {
    for (const [at, word] of one.entries()) {
      const next = one[at + 1];
      const isPair = next?.isJoined === true && isTold(word) && isAmid(next);
      if (isPair && (!haveNouns || isAmid(word))) pairs.add(`${word.folded} ${next.folded}`);
      if (!haveNouns && (isAmid(word) || isPair)) words.add(word.folded);
    }
  }
  return { words, pairs };
}

/** Whether a text holds a name that was told, and that `known` does not hold. Written in small letters it is the same name. */
export function holdsName(text: string, known: string, { words, pairs }: ToldNames): boolean {
  const own = new Set(wordsOf(known).map(({ folded }) => folded));
  const said = wordsOf(text);
  const isTold = ({ folded }: Word, at: number): boolean => {
    if (own.has(folded)) return false;
    const next = said[at + 1];
    return words.has(folded) || (next?.isJoined === true && pairs.has(`${folded} ${next.folded}`));
  };
  return said.some(isTold);
}
