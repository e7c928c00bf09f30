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
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at] ?? '')) {
      at += 1;
      continue;
    }
    const word = quotedWord(line, at) ?? plainWord(line, at);
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

function quotedWord(line: string, start: number): Word | undefined {
  const closing = closingQuote[line[start] ?? ''];
  if (closing === undefined) return undefined;
  const close = line.indexOf(closing, start + 1);
  const end = close + 1;
  if (close === -1 || (end < line.length && !/\s/.test(line[end] ?? ''))) return undefined;
  return { text: line.slice(start + 1, close), start, end };
}
