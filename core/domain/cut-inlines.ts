import type { Inline } from './document.ts';
import { inlineLength, inlineText, sliceInlines, trimInlines } from './inline-slices.ts';
import { largestFit } from './largest-fit.ts';
import { cutLookaheadChars, textCut } from './text-cut.ts';

export interface InlineCut {
  readonly head: readonly Inline[];
  /** Empty where everything fitted. */
  readonly tail: readonly Inline[];
}

/**
 * Cuts inlines so that the head fits and is as long as a good place for a cut allows. Blanks at the cut are dropped,
 * marks and links go on after it. `undefined` where not even one code point fits.
 */
export function cutInlines(
  inlines: readonly Inline[],
  fits: (head: readonly Inline[]) => boolean,
): InlineCut | undefined {
  const length = inlineLength(inlines);
  const headOf = (end: number): readonly Inline[] => trimInlines(sliceInlines(inlines, 0, end));
  let maxChars = largestFit(length, (end) => fits(headOf(end)));
  if (maxChars === length) return { head: headOf(length), tail: [] };
  while (maxChars > 0) {
    const text = inlineText(sliceInlines(inlines, 0, maxChars + cutLookaheadChars));
    const cut = textCut(text, maxChars);
    const head = headOf(cut);
    if (head.length > 0 && fits(head)) return { head, tail: trimInlines(sliceInlines(inlines, cut, length)) };
    maxChars = cut - 1;
  }
  return undefined;
}
