import { evidenceShare } from '../../skills/common-words.ts';
import { stopWords } from '../../skills/stop-words.ts';
import { foldWord, termsOf } from '../../skills/tokenise.ts';
import { figuresIn } from './told-figures.ts';
import { mentionsIn, namesIn, type ToldNames } from './told-names.ts';

/** What was said, in the form in which a new text is compared with it. */
export interface SaidIndex {
  /** Whole requests, as they were asked. */
  readonly requests: readonly string[];
  readonly runs: ReadonlySet<string>;
  readonly names: ToldNames;
  readonly figures: ReadonlySet<string>;
}

export interface SaidWords {
  readonly requests: readonly string[];
  /** Answers, what people said of them, what a judge said. */
  readonly others: readonly string[];
  /** What people are called; whoever is mentioned by a sign is known besides. */
  readonly people: readonly string[];
}

/** Fewer telling words in a row stand in many a text by chance. */
const tellingRun = 5;
/** Of writing without blanks each pair of characters counts as a word. */
const unspacedRun = 12;
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Each run of telling words in a text, whatever stands between them that tells nothing. */
export function runsOf(text: string): readonly string[] {
  const terms = termsOf(text);
  const length = unspaced.test(text) ? unspacedRun : tellingRun;
  return terms.slice(length - 1).map((_, at) => terms.slice(at, at + length).join(' '));
}

export function indexSaid({ requests, others, people }: SaidWords): SaidIndex {
  const texts = [...requests, ...others];
  const told = namesIn(texts);
  const called = [...people, ...texts.flatMap(mentionsIn)].flatMap(partsOfName);
  return {
    requests,
    runs: new Set(texts.flatMap(runsOf)),
    names: { ...told, words: new Set([...told.words, ...called]) },
    figures: new Set(texts.flatMap((text) => figuresIn(text).map(({ digits }) => digits))),
  };
}

const shortestPart = 3;

/** Who is called by a word of any talk cannot keep that word out of all texts. */
function partsOfName(name: string): readonly string[] {
  return (name.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [])
    .map(foldWord)
    .filter((part) => part.length >= shortestPart && !stopWords.has(part) && evidenceShare(part) === 1);
}
