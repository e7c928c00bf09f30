import { foldText, scrambleKey } from './fold-word.ts';
import type { Word } from './word-stream.ts';

/**
 * A phrase in a notation of its own: steps with blanks between, each a choice of words (`ignore|forget*`, where `*` stands
 * for any ending). A next step follows at once; `..3` before it lets up to three words stand between. `$` is the end of
 * the sentence.
 */
export type Phrase = string;

/** What keeps a phrase from counting. */
export type Exemption =
  /** `never`, `do not` right before it, `nothing` right after it. */
  | 'negated'
  /** The same anywhere before it in the sentence. */
  | 'negated_far'
  /** `if`, `when`, `whether` before it in the sentence. */
  | 'conditional'
  /** `explain`, `how` before it in the sentence: it is spoken of, not ordered. */
  | 'explained';

export interface PhraseRule {
  readonly steps: readonly Step[];
  /** As one run of letters, for words without gaps; absent where it is not looked for so. */
  readonly squeezed?: RegExp;
}

interface Step {
  readonly words: ReadonlySet<string>;
  /** Of `scrambleKey`. */
  readonly keys: ReadonlySet<string>;
  readonly stems: readonly string[];
  readonly most: number;
  readonly isEnd: boolean;
}

const negators = new Set(
  'not never dont doesnt didnt mustnt shouldnt cant cannot wont willnt maynt shallnt neednt nor refuse decline avoid nicht nichts nie niemals kein keine ne nunca не никогда non'.split(
    ' ',
  ),
);
/** They negate the verb before them. */
const objects = new Set('nothing none nobody nichts nicht kein keine keinen rien nada ничего'.split(' '));
/** They may stand between a negator and what it negates. */
const fillers = new Set(['to', 'ever', 'you', 'blindly']);
/** What follows a negator and turns it round: `do not hesitate to`. */
const turners = new Set([
  'hesitate',
  'wait',
  'worry',
  'bother',
  'fail',
  'forget',
  'only',
  'need',
  'have',
  'be',
  'stop',
]);
const conditions = new Set(
  'if when whether unless where whoever falls wenn ob si cuando если когда'.split(' '),
);

const explanations = new Set('explain explains explaining describe describes how'.split(' '));

const longWord = 16;
const gapLetters = 10;

/** `isGapless`: words without gaps between them are this phrase as well. */
export function phraseRule(phrase: Phrase, isGapless: boolean): PhraseRule {
  const steps: Step[] = [];
  let most = 0;
  for (const part of phrase.trim().split(/\s+/)) {
    if (part.startsWith('..')) {
      most = Number(part.slice(2));
      continue;
    }
    const choices = part.split('|');
    steps.push({
      words: new Set(choices.filter((choice) => !choice.endsWith('*')).map(foldText)),
      keys: new Set(choices.flatMap(keysOf)),
      stems: choices.filter((choice) => choice.endsWith('*')).map((choice) => foldText(choice.slice(0, -1))),
      most,
      isEnd: choices.includes('$'),
    });
    most = 0;
  }
  return { steps, ...(isGapless ? { squeezed: squeezedOf(steps) } : {}) };
}

function keysOf(choice: string): readonly string[] {
  const word = foldText(choice.replace('*', ''));
  const forms = choice.endsWith('*') ? [word, `${word}s`] : [word];
  return forms.map(scrambleKey).filter((key) => key !== undefined);
}

function squeezedOf(steps: readonly Step[]): RegExp {
  const parts = steps.map(({ words, stems, most }, index) => {
    const choices = [...words, ...stems]
      .filter((word) => /^[\p{L}]+$/u.test(word))
      .sort((a, b) => b.length - a.length);
    const gap = index === 0 || most === 0 ? '' : `\\p{L}{0,${most * gapLetters}}?`;
    return choices.length === 0 ? '(?!)' : `${gap}(?:${choices.join('|')})`;
  });
  return new RegExp(parts.join(''), 'u');
}

/** A word with which a phrase may begin. `isWhole`: the word is the whole phrase, written without gaps. */
export interface PhraseStart {
  readonly at: number;
  readonly isWhole: boolean;
}

/** Finds for many rules at once the words with which they may begin. */
export function createPhraseIndex(
  rules: readonly PhraseRule[],
): (words: readonly Word[]) => ReadonlyMap<PhraseRule, readonly PhraseStart[]> {
  const exact = new Map<string, PhraseRule[]>();
  const stems = new Map<string, PhraseRule[]>();
  for (const rule of rules) {
    const [first] = rule.steps;
    for (const word of [...(first?.words ?? []), ...(first?.keys ?? [])]) put(exact, word, rule);
    for (const stem of first?.stems ?? []) put(stems, stem, rule);
  }
  const stemLengths = [...new Set([...stems.keys()].map(({ length }) => length))];
  const startingWith = (form: string): readonly PhraseRule[] => [
    ...(exact.get(form) ?? []),
    ...stemLengths.flatMap((length) => stems.get(form.slice(0, length)) ?? []),
  ];
  return (words) => {
    const starts = new Map<PhraseRule, PhraseStart[]>();
    for (const [at, { forms }] of words.entries()) {
      for (const rule of new Set(forms.flatMap(startingWith))) put(starts, rule, { at, isWhole: false });
      const long = forms.filter(({ length }) => length >= longWord);
      if (long.length === 0) continue;
      for (const rule of rules) {
        if (long.some((form) => rule.squeezed?.test(form))) put(starts, rule, { at, isWhole: true });
      }
    }
    return starts;
  };
}

function put<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

/** Where a phrase stands among the words: the index of its first word, or `undefined`. */
export function findPhrase(
  { steps }: PhraseRule,
  words: readonly Word[],
  starts: readonly PhraseStart[],
  exemptions: ReadonlySet<Exemption>,
): number | undefined {
  const others = steps.slice(1);
  return starts.find(
    ({ at, isWhole }) => (isWhole || follows(others, words, at)) && !isExempt(words, at, exemptions),
  )?.at;
}

function fits({ forms }: Word, { words, keys, stems }: Step): boolean {
  return forms.some(
    (form) => words.has(form) || keys.has(form) || stems.some((stem) => form.startsWith(stem)),
  );
}

function follows(steps: readonly Step[], words: readonly Word[], at: number): boolean {
  const [step, ...others] = steps;
  if (step === undefined) return true;
  const sentence = words[at]?.sentence;
  for (let next = at + 1; next <= at + 1 + step.most; next += 1) {
    const word = words[next];
    if (word === undefined || word.sentence !== sentence) return step.isEnd;
    if (fits(word, step) && follows(others, words, next)) return true;
  }
  return false;
}

function isExempt(words: readonly Word[], at: number, exemptions: ReadonlySet<Exemption>): boolean {
  if (exemptions.has('negated') && isNegated(words, at)) return true;
  if (exemptions.size === 0) return false;
  const isOfNothing = words[at + 1]?.forms.some((form) => objects.has(form)) === true;
  if (isOfNothing && (exemptions.has('negated') || exemptions.has('negated_far'))) return true;
  const sentence = words[at]?.sentence;
  for (let before = at - 1; words[before]?.sentence === sentence && before >= at - 14; before -= 1) {
    const forms = words[before]?.forms ?? [];
    if (exemptions.has('negated_far') && forms.some(isNegator) && !isTurned(words, before)) return true;
    if (exemptions.has('conditional') && forms.some((form) => conditions.has(form))) return true;
    if (exemptions.has('explained') && forms.some((form) => explanations.has(form))) return true;
  }
  return false;
}

function isNegator(form: string): boolean {
  return negators.has(form);
}

function isTurned(words: readonly Word[], negator: number): boolean {
  return words[negator + 1]?.forms.some((form) => turners.has(form)) ?? false;
}

/** A comma between them means that something else is negated. */
function isNegated(words: readonly Word[], at: number): boolean {
  let before = at - 1;
  if (words[at]?.isJoined !== true) return false;
  if (words[before]?.forms.some((form) => fillers.has(form)) && words[before]?.isJoined === true) before -= 1;
  const word = words[before];
  return word !== undefined && word.sentence === words[at]?.sentence && word.forms.some(isNegator);
}
