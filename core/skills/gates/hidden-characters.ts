/** A character that shows nothing, or turns the text around it. */
export interface HiddenCharacter {
  readonly offset: number;
  /** `U+200B`. */
  readonly codePoint: string;
}

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb]/gu;
const pictograph = /(?:[\p{Extended_Pictographic}\p{Emoji_Modifier}]|\ufe0f)$/u;
const pictographAhead = /^\p{Extended_Pictographic}/u;
const takesVariation = /[\p{Extended_Pictographic}\d#*]$/u;
/** Scripts whose letters join, where the joiners are part of the spelling. */
const joining =
  /[\p{sc=Arab}\p{sc=Syrc}\p{sc=Deva}\p{sc=Beng}\p{sc=Guru}\p{sc=Gujr}\p{sc=Orya}\p{sc=Taml}\p{sc=Telu}\p{sc=Knda}\p{sc=Mlym}\p{sc=Sinh}\p{sc=Khmr}\p{sc=Mymr}]/u;

/**
 * Characters of a text that a reader cannot see and a model can: controls, marks of direction, zero-width ones, tags,
 * private ones, halves of pairs. Line feeds are none, nor what emoji and scripts with joiners are spelt with; `isProse`
 * allows tabs and CR LF as well.
 */
export function hiddenCharacters(text: string, isProse: boolean): readonly HiddenCharacter[] {
  return [...text.matchAll(hidden)]
    .filter(({ 0: char, index }) => !isHonest(text, index, char, isProse))
    .map(({ 0: char, index }) => ({ offset: index, codePoint: nameOf(char) }));
}

function nameOf(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function isHonest(text: string, at: number, char: string, isProse: boolean): boolean {
  const before = text.slice(Math.max(0, at - 2), at);
  const after = text.slice(at + 1, at + 3);
  switch (char) {
    case '\n':
      return true;
    case '\t':
      return isProse;
    case '\r':
      return isProse && after.startsWith('\n');
    case '\ufe0e':
    case '\ufe0f':
      return takesVariation.test(before);
    case '\u200c':
      return joining.test(before.slice(-1)) && joining.test(after.slice(0, 1));
    case '\u200d':
      return (
        (pictograph.test(before) && pictographAhead.test(after)) ||
        (joining.test(before.slice(-1)) && (after === '' || joining.test(after.slice(0, 1))))
      );
    default:
      return false;
  }
}
