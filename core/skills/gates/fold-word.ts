const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: everything but ASCII
const foreign = /[^\x00-\x7f]/;
const accents = /[\u0300-\u036f]/g;

/** Letters of other alphabets, lower case and without accents, and the Latin ones that they pass for. */
const twins = new Map(
  [
    ...'аaвbсcԁdеeғfɡgнhһhіiıiӏlјjкkӏlмmոnпnоoрpԛqгrѕsтtυuսuνvѵvԝwхxуyαaβbεeηnιiκkνvοoρpτtχxγyωwϲcϳjɑaꓲiꓳoʟlɪiʀrɴnɢgʙbʏyʜhᴀaᴄcᴅdᴇeᴊjᴋkᴍmᴏoᴘpᴛtᴜuᴠvᴡwᴢz'.matchAll(
      /(..)/gu,
    ),
  ].map(([pair]) => [pair.slice(0, -1), pair.slice(-1)]),
);

/** Digits and signs that stand for letters; `1` for two of them. */
const numerals: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  '@': 'a',
  $: 's',
};
const hasNumeral = /[013457@$]/;

/** A text as it reads: lower case, compatibility forms and accents folded, invisible characters left out. */
export function foldText(text: string): string {
  if (!foreign.test(text)) return text.toLowerCase();
  return text
    .replaceAll(invisible, '')
    .normalize('NFKD')
    .replaceAll(accents, '')
    .normalize('NFKC')
    .toLowerCase();
}

/** A folded text with the letters that pass for Latin ones replaced by these. */
export function foldTwins(folded: string): string {
  return foreign.test(folded) ? [...folded].map((char) => twins.get(char) ?? char).join('') : folded;
}

/** The ways in which a word can be read: as it stands, with look-alikes of letters, with digits and signs for letters. */
export function wordForms(word: string): readonly string[] {
  const plain = foldText(word);
  const forms = new Set([plain.replaceAll(/^[@$]+|[@$]+$/g, ''), foldTwins(plain)]);
  if (hasNumeral.test(plain) && /\p{L}/u.test(plain)) {
    const read = (one: string): string =>
      [...foldTwins(plain)].map((char) => (char === '1' ? one : (numerals[char] ?? char))).join('');
    forms.add(read('i')).add(read('l'));
  }
  const scrambled = scrambleKey(plain);
  return scrambled === undefined ? [...forms] : [...forms, scrambled];
}

const fewestScrambled = 6;

/**
 * One key for all words that differ in the order of their middle letters alone, as these read the same to most;
 * `undefined` for short ones.
 */
export function scrambleKey(word: string): string | undefined {
  if (word.length < fewestScrambled || !/^[a-z]+$/.test(word)) return undefined;
  return `~${word.slice(0, 1)}${[...word.slice(1, -1)].sort().join('')}${word.slice(-1)}`;
}
