import type { Hint } from '../../skills/evolver/failure.ts';
import { quoted } from '../../skills/evolver/quoted.ts';

const titles: Readonly<Record<Hint['kind'], string>> = {
  reason: 'what was wrong with it, as somebody said',
  correction: 'how it should have been, as somebody said',
  feedback: 'what somebody said of it',
  next: 'what the person wrote next',
};

/** What people said of an answer, a block of data each. `of`: the answer, as its own block is named. */
export function hintBlocks(
  of: string,
  hints: readonly Hint[],
  maxTokens: number,
  mark: string,
): readonly string[] {
  return hints.map(({ kind, text }) => quoted(`${of}: ${titles[kind]}`, text, maxTokens, mark));
}
