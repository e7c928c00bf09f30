import { stemEnglish } from './stem-english.ts';
import { stopWords } from './stop-words.ts';

/** Names that end in signs, per cent, verbs and nouns that are written apart as often as together (set up, e-mail), and words. */
const words =
  /[cf](?:\+\+|#)|(?<=\d ?)%|(?:break|check|follow|log|post|roll|set|sign|stand|trade|walk)[ -](?:back|down|in|mortem|off|out|over|through|up)s?(?![\p{L}\p{N}])|(?:e-mail|to-do)s?(?![\p{L}\p{N}])|[\p{L}\p{M}\p{N}]+/giu;
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc]/u;
const unspacedRuns = new RegExp(`(?:${unspaced.source})+|[^]+?(?=${unspaced.source}|$)`, 'gu');
const plain = /^[a-zA-Z]+$/;
const longestWord = 40;

/** Lower case, without diacritics, compatibility forms made plain. */
export function foldWord(word: string): string {
  if (plain.test(word)) return word.toLowerCase();
  if (word === '%') return 'percent';
  return word
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f -]/g, '')
    .replaceAll('ß', 'ss');
}

function isNoise(word: string): boolean {
  if (word === '' || word.length > longestWord || stopWords.has(word)) return true;
  if (word.length === 1) return word < '\u0250';
  return word.length < 3 && /^\d+$/.test(word);
}

function visitUnspaced(run: string, visit: (term: string, surface: string) => void): void {
  const characters = [...run.normalize('NFKC')];
  if (characters.length === 1) visit(run, run);
  for (let at = 0; at + 1 < characters.length; at++) {
    const pair = `${characters[at]}${characters[at + 1]}`;
    visit(pair, pair);
  }
}

function visitSpaced(word: string, visit: (term: string, surface: string) => void): void {
  const folded = foldWord(word);
  if (isNoise(folded)) return;
  visit(/^[a-z]+$/.test(folded) ? stemEnglish(folded) : folded, word);
}

/**
 * Calls `visit` for each telling word of a text, in order: the term that is indexed and the word as it stands in the
 * text. Words are runs of Unicode letters, marks and digits; stop words, single Latin letters and one- and two-digit
 * numbers are left out; English words are stemmed. Scripts written without blanks give overlapping pairs of characters.
 */
export function eachTerm(text: string, visit: (term: string, surface: string) => void): void {
  for (const match of text.matchAll(words)) {
    const word = match[0];
    if (plain.test(word) || !unspaced.test(word)) {
      visitSpaced(word, visit);
      continue;
    }
    for (const [part] of word.matchAll(unspacedRuns)) {
      if (unspaced.test(part)) visitUnspaced(part, visit);
      else visitSpaced(part, visit);
    }
  }
}

/** The terms of a text, with repetitions. */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  eachTerm(text, (term) => terms.push(term));
  return terms;
}
