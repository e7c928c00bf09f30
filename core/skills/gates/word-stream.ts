import { wordForms } from './fold-word.ts';

/** A word of a text, in every way it can be read. */
export interface Word {
  /** Folded; `@url`, `@mail`, `@thumb` and `@star` stand for an address, a mail address, and those emoji. */
  readonly forms: readonly string[];
  readonly from: number;
  readonly to: number;
  /** Words of one number belong to one sentence. */
  readonly sentence: number;
  /** Nothing but blanks stands between it and the word before. */
  readonly isJoined: boolean;
}

const wordPattern =
  /(?:https?|ftp|wss?):\/\/[^\s<>"'`)\]]{1,4000}|www\.[^\s<>"'`)\]]{1,4000}|[\w.+-]{1,64}@[a-z0-9-]{1,63}\.[a-z0-9.-]{2,190}|\ud83d\udc4d|[\u2b50\u2605\u2606]|[\p{L}\p{N}\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}@$]+/giu;
const sentenceEnd = /[.!?…。！？]["'”’)\]*_`]*\s|[。！？]|\n\s*(?:[-*+•#>|]|\d{1,3}[.)])\s/;
const apostrophe = /^['’ʼ`´]$/;
const afterApostrophe = new Set(['t', 's', 're', 've', 'll', 'd', 'm']);
const auxiliaries = new Set(['do', 'does', 'did', 'must', 'should', 'may', 'can', 'shall', 'will', 'need']);
const fewestSpelt = 3;

/** The words of a text in order; letters that stand apart (`i g n o r e`) are read as one word. */
export function wordsOf(text: string): readonly Word[] {
  return joinNegations(joinSpelt(joinApostrophes(rawWords(text), text), text));
}

function rawWords(text: string): readonly Word[] {
  const words: Word[] = [];
  let end = 0;
  let sentence = 0;
  for (const { 0: word, index } of text.matchAll(wordPattern)) {
    const gap = text.slice(end, index);
    if (words.length > 0 && sentenceEnd.test(gap)) sentence += 1;
    const to = index + word.length;
    words.push({ forms: formsOf(word), from: index, to, sentence, isJoined: /^\s*$/.test(gap) });
    end = to;
  }
  return words;
}

function formsOf(word: string): readonly string[] {
  if (/^(?:[a-z]{2,5}:\/\/|www\.)/i.test(word)) return ['@url'];
  if (word === '\ud83d\udc4d') return ['@thumb'];
  if (/^[\u2b50\u2605\u2606]$/.test(word)) return ['@star'];
  if (/^[^@]+@[^@]+\.[^@]+$/.test(word)) return ['@mail'];
  return wordForms(word);
}

function merged(first: Word, last: Word, forms: readonly string[]): Word {
  return { ...first, forms, to: last.to };
}

/** `don’t` is one word; other apostrophes end one. */
function joinApostrophes(words: readonly Word[], text: string): readonly Word[] {
  const joined: Word[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    const isTail = word.forms.some((form) => afterApostrophe.has(form));
    if (before !== undefined && isTail && apostrophe.test(text.slice(before.to, word.from))) {
      joined[joined.length - 1] = merged(
        before,
        word,
        before.forms.map((form) => form + (word.forms[0] ?? '')),
      );
    } else joined.push(word);
  }
  return joined;
}

/** Three letters or more with the same single sign between them. */
function joinSpelt(words: readonly Word[], text: string): readonly Word[] {
  const joined: Word[] = [];
  let run: Word[] = [];
  let sign = '';
  const close = (): void => {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined || run.length < fewestSpelt) joined.push(...run);
    else {
      const spelt = run.map(({ forms }) => forms.at(-1) ?? '').join('');
      joined.push(
        merged(first, last, [...new Set([run.map(({ forms }) => forms[0] ?? '').join(''), spelt])]),
      );
    }
    run = [];
  };
  for (const word of words) {
    const before = run.at(-1);
    const isLetter = word.forms.every((form) => /^(?:\p{L}|[013457@$])$/u.test(form));
    const gap = before === undefined ? '' : text.slice(before.to, word.from);
    if (!isLetter || gap.length > 1 || (run.length > 1 && gap !== sign)) close();
    sign = gap;
    if (isLetter) run.push(word);
    else joined.push(word);
  }
  close();
  return joined;
}

/** `do not` is read as `dont`. */
function joinNegations(words: readonly Word[]): readonly Word[] {
  const joined: Word[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    const auxiliary = before?.forms.find((form) => auxiliaries.has(form));
    if (before !== undefined && auxiliary !== undefined && word.isJoined && word.forms.includes('not')) {
      joined[joined.length - 1] = merged(before, word, [`${auxiliary}nt`]);
    } else joined.push(word);
  }
  return joined;
}
