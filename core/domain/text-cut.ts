/** How far past a cut its neighbourhood has to be known. */
export const cutLookaheadChars = 64;
const lookbehindChars = 128;

const sentenceEnd = /[.!?…]["'”’)\]]*(?=\s)|[。！？][”’）」』]*|[^\n](?=\n)/gu;

/**
 * Where to cut a text of which at most `maxChars` may stand before the cut: after a sentence or line in the second
 * half, else between words in the last three quarters, else between graphemes, else (a grapheme longer than that)
 * between code points. 0 where not even one code point goes before it. Depends on nothing beyond the character after
 * `maxChars`, so that text arriving later does not move it.
 */
export function textCut(text: string, maxChars: number): number {
  const cut = sentenceCut(text, maxChars) ?? wordCut(text, maxChars) ?? maxChars;
  return graphemeFloor(text, cut);
}

/** The last boundary between graphemes at or before a position; between code points where there is none. */
export function graphemeFloor(text: string, position: number): number {
  if (position <= 0) return 0;
  if (position >= text.length) return text.length;
  if (isPlain(text.charCodeAt(position - 1)) && isPlain(text.charCodeAt(position))) return position;
  const from = codePointFloor(text, Math.max(0, position - lookbehindChars));
  const window = text.slice(from, position + cutLookaheadChars);
  let floor = 0;
  for (const { index } of new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(window)) {
    if (from + index > position) break;
    floor = index;
  }
  return floor > 0 ? from + floor : codePointFloor(text, position);
}

function codePointFloor(text: string, position: number): number {
  const before = text.charCodeAt(position - 1);
  const after = text.charCodeAt(position);
  const isInPair = before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
  return isInPair ? position - 1 : position;
}

/** Below the combining marks, and no line ending: a boundary stands between any two of these. */
function isPlain(unit: number): boolean {
  return unit < 0x300 && unit !== 0x0d && unit !== 0x0a && unit !== 0xad;
}

function sentenceCut(text: string, maxChars: number): number | undefined {
  const from = Math.ceil(maxChars / 2);
  const window = text.slice(from, maxChars + 1);
  let cut: number | undefined;
  for (const match of window.matchAll(sentenceEnd)) {
    const end = from + match.index + match[0].length;
    if (end <= maxChars) cut = end;
  }
  return cut;
}

function wordCut(text: string, maxChars: number): number | undefined {
  for (let cut = maxChars; cut > maxChars / 4; cut -= 1) {
    const after = text[cut] ?? '';
    if (/\s/.test(after) || (isIdeograph(after) && !isClosing(after))) return cut;
    if (isIdeograph(text[cut - 1] ?? '') && !isClosing(after)) return cut;
  }
  return undefined;
}

/** East Asian text has no blanks between words and may be cut between most characters. */
function isIdeograph(char: string): boolean {
  const unit = char.charCodeAt(0);
  return (unit >= 0x2e80 && unit <= 0xa4cf) || (unit >= 0xf900 && unit <= 0xfaff);
}

function isClosing(char: string): boolean {
  return /[、。，．！？：；）」』】〉》〕ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ.,!?;:)\]]/.test(char);
}
