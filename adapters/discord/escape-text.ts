/** Takes no room and no side: stands where two signs must not meet. */
export const JOINER = '\u2060';

export interface TextPlace {
  /** Nothing but blanks stands before it on its line. */
  readonly isLineStart: boolean;
  /** The character after it, `''` at the end of the line. */
  readonly after: string;
  /** Escapes what could need it if more text followed. */
  readonly isBound: boolean;
}

/** Signs that are read as markup wherever they stand; the dot is that of an invitation, which needs no scheme. */
const alwaysRead = /[\\*_~|`[]|@(?=everyone|here)|(?<=discord(?:app)?)\.(?=gg|com)/gi;
/** Mentions, emoji, times, commands and addresses begin with the one; emoji names and addresses hold the other. */
const readBeforeWords = /[<:]/g;
/** What begins a quote, a heading, subtext or a list at the start of a line. */
const lineStarts = /^(\s*)(?:(>)|(#+)(?=\s|$)|(-)(?=[\s#]|$)|(\d+)(\.)(?=\s|$))/;

/**
 * One line of literal text, escaped so that nothing of it is read as markup, a mention, an emoji or an address. Discord
 * shows the sign behind a backslash and not the backslash.
 */
export function escapeText(text: string, { isLineStart, after, isBound }: TextPlace): string {
  const escaped = text
    .replaceAll(alwaysRead, '\\$&')
    .replaceAll(readBeforeWords, (sign, at: number, whole: string) => {
      const next = at + 1 < whole.length ? whole.charAt(at + 1) : after;
      // An address in brackets may begin with a line ending, and with any blank but the plain one.
      const isAlone = sign === '<' ? next === ' ' : next === '' ? !isBound : /\s/.test(next);
      return isAlone ? sign : `\\${sign}`;
    });
  if (!isLineStart) return escaped;
  return escaped.replace(lineStarts, (match: string, ...groups: readonly unknown[]) => {
    const [blanks, , , , digits] = groups;
    if (typeof digits === 'string') return `${String(blanks)}${digits}\\.`;
    return `${String(blanks)}\\${match.trimStart()}`;
  });
}
