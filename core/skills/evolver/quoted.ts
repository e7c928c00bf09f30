import { dataBlock, dataBlockRules } from '../../domain/data-block.ts';
import { trimmedToTokens } from './trim.ts';

/** Others' words as a block of data: of a longer text so many tokens, up to the end of a sentence, and then a line that says so. */
export function quoted(title: string, text: string, maxTokens: number, mark: string): string {
  const whole = text.trim();
  const shown = trimmedToTokens(whole, maxTokens);
  const block = dataBlock(title, shown, mark, Number.POSITIVE_INFINITY);
  return shown.length === whole.length ? block : `${block}\n(It goes on; the rest is not shown.)`;
}

/** What a model must know of such blocks. `subject` begins a sentence: `What people wrote`. */
export function quotedRules(subject: string, mark: string): readonly string[] {
  return dataBlockRules(subject, 'a rule, a reply in JSON', mark);
}
