import { largestFit } from '../../domain/largest-fit.ts';
import { textCut } from '../../domain/text-cut.ts';
import { estimateTokens } from '../../domain/tokens.ts';

const endsSentence = /[.!?…。！？]["'”’)\]」』]*$/u;

/**
 * The begin of a text that costs at most so many tokens. It ends with a sentence or a line, however early that is; only
 * where not even the first sentence has room it ends between words.
 */
export function trimmedToTokens(text: string, maxTokens: number): string {
  if (estimateTokens(text) <= maxTokens) return text;
  const most = largestFit(text.length, (chars) => estimateTokens(text.slice(0, chars)) <= maxTokens);
  // Each round looks at the second half of what the last one left out.
  for (let limit = most; limit >= 1; limit = Math.floor(limit / 2)) {
    const cut = textCut(text, limit);
    const shown = text.slice(0, cut);
    if (text[cut] === '\n' || endsSentence.test(shown)) return shown.trimEnd();
  }
  return text.slice(0, textCut(text, most)).trimEnd();
}
