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

/** The rule that goes into the ledger beside each row: a row made under another table stays as it was. */
export const polarityRule = 'polarity-table@1';

export function polarityOf(mark: SignalMark, table: PolarityTable): number {
  if (mark.kind === 'button') return mark.name === 'good' ? 1 : mark.name === 'bad' ? -1 : 0;
  const value = Object.hasOwn(table, mark.name) ? table[mark.name] : undefined;
  return value === undefined ? 0 : Math.max(-1, Math.min(1, value));
}
