const vowel = /[aeiouy]/;
/** Words whose ending only looks like a suffix. */
const whole = new Set(['news', 'thing', 'string', 'during', 'bring', 'spring', 'king', 'series', 'species']);

function undouble(stem: string): string {
  const last = stem.at(-1);
  if (last === undefined || last !== stem.at(-2) || 'lsz'.includes(last)) return stem;
  return stem.slice(0, -1);
}

function withoutPlural(word: string): string {
  if (!word.endsWith('s') || word.endsWith('ss') || word.endsWith('us') || word.endsWith('is')) return word;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ch|sh|x|ss|zz)es$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}

function withoutInflection(word: string): string {
  for (const suffix of ['ing', 'ed', 'ly']) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, -suffix.length);
    if (stem.length < 3 || !vowel.test(stem)) return word;
    return suffix === 'ly' ? stem : undouble(stem);
  }
  return word;
}

function withoutEnding(word: string): string {
  if (word.endsWith('ion') && word.length > 6 && 'st'.includes(word.charAt(word.length - 4))) {
    return word.slice(0, -3);
  }
  if (word.endsWith('e') && word.length > 4) return word.slice(0, -1);
  if (word.endsWith('y') && word.length > 3) return `${word.slice(0, -1)}i`;
  return word;
}

/**
 * A light stemmer: number, -ing, -ed, -ly, -ion, a final e, -ize for -ise. It joins the forms of one verb or noun
 * and leaves different words apart; it never makes fewer than three letters. Takes lower-case ASCII letters.
 */
export function stemEnglish(word: string): string {
  if (word.length < 4 || whole.has(word)) return word;
  const stem = withoutEnding(withoutInflection(withoutPlural(word)));
  return stem.length > 4 && stem.endsWith('iz') ? `${stem.slice(0, -1)}s` : stem;
}
