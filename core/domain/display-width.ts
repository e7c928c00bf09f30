const zeroWidth = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const ascii = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** How many columns a line takes in a fixed-width font: marks none, East Asian characters and emoji two. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += graphemeWidth(segment);
  }
  return width;
}

function graphemeWidth(grapheme: string): number {
  // U+FE0F asks for the emoji form of a character.
  if (wide.test(grapheme) || grapheme.includes('\uFE0F')) return 2;
  return zeroWidth.test(String.fromCodePoint(grapheme.codePointAt(0) ?? 0)) ? 0 : 1;
}
