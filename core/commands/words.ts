/** A word of a command line and where it stands. */
export interface Word {
  readonly text: string;
  readonly start: number;
  /** After its closing quote, if it has one. */
  readonly end: number;
}

const closingQuote: Readonly<Record<string, string>> = { '"': '"', "'": "'", '“': '”', '„': '“', '«': '»' };

/** Words between blanks; quotes around several words make one of them. A quote that is never closed is a character. */
export function readWords(line: string): readonly Word[] {
  const words: Word[] = [];
  const unclosed = new Set<string>();
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at] ?? '')) {
      at += 1;
      continue;
    }
    const word = quotedWord(line, at, unclosed) ?? plainWord(line, at);
    words.push(word);
    at = word.end;
  }
  return words;
}

function plainWord(line: string, start: number): Word {
  let end = start;
  while (end < line.length && !/\s/.test(line[end] ?? '')) end += 1;
  return { text: line.slice(start, end), start, end };
}

/** `unclosed` remembers quotes that do not come again, so that a line full of openings is not searched for each. */
function quotedWord(line: string, start: number, unclosed: Set<string>): Word | undefined {
  const closing = closingQuote[line[start] ?? ''];
  if (closing === undefined || unclosed.has(closing)) return undefined;
  const close = line.indexOf(closing, start + 1);
  if (close === -1) unclosed.add(closing);
  const end = close + 1;
  if (close === -1 || (end < line.length && !/\s/.test(line[end] ?? ''))) return undefined;
  return { text: line.slice(start + 1, close), start, end };
}
