import type { SignalMark } from '../domain/inbound-event.ts';

/** What an emoji says about an answer: −1 … 1. Emoji that are not listed say nothing about quality and are kept with 0. */
export type PolarityTable = Readonly<Record<string, number>>;

/** Unmistakable ones only: an emoji that people also use for jokes or for "seen" would be noise in the reward. */
export const defaultPolarity: PolarityTable = {
  '👍': 1,
  '❤': 1,
  '🎉': 1,
  '💯': 1,
  '🙏': 1,
  '👏': 1,
  '✅': 1,
  ':+1:': 1,
  ':white_check_mark:': 1,
  '👎': -1,
  '💩': -1,
  '❌': -1,
  '😡': -1,
  '🤬': -1,
  ':-1:': -1,
  ':x:': -1,
};

/** The table's first rule: `defaultPolarity` as it is. */
const defaultRule = 'polarity-table@1';

/** Skin tones and the selectors of text and picture do not tell emoji apart, as in `SignalMark.name`. */
const variants = /[\ufe0e\ufe0f\u{1f3fb}-\u{1f3ff}]/gu;

/** The default with the operator's own words laid over it. */
export function polarityTable(own: Readonly<Record<string, number>>): PolarityTable {
  const stripped = Object.entries(own).map(([name, value]) => [name.replaceAll(variants, ''), value]);
  return Object.freeze({ ...defaultPolarity, ...Object.fromEntries(stripped) });
}

/**
 * The rule that goes into the ledger beside each row: `polarity-table@1`, and for a table that is not the default
 * `polarity-table@1+` with eight characters of its digest. A row made under another table stays as it was.
 */
export function polarityRule(table: PolarityTable, digest: (text: string) => string): string {
  const canonical = (some: PolarityTable): string =>
    JSON.stringify(Object.entries(some).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const text = canonical(table);
  return text === canonical(defaultPolarity) ? defaultRule : `${defaultRule}+${digest(text).slice(0, 8)}`;
}

export function polarityOf(mark: SignalMark, table: PolarityTable): number {
  if (mark.kind === 'button') return mark.name === 'good' ? 1 : mark.name === 'bad' ? -1 : 0;
  const value = Object.hasOwn(table, mark.name) ? table[mark.name] : undefined;
  return value === undefined ? 0 : Math.max(-1, Math.min(1, value));
}
