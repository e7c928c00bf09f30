/** A noncharacter: put before something that would be structure, it makes text of it, and it is taken out again afterwards. */
const literalMark = '\uFDD0';

const maxDepth = 100;
const maxUnderlines = 200;

const setextUnderline = /^ {0,3}(?:=+|-+)[ \t]*$/;

/** Removes the marks that `boundStructure` set. */
export function withoutMarks(text: string): string {
  return text.includes(literalMark) ? text.replaceAll(literalMark, '') : text;
}

/**
 * The same text with marks where structure would be too deep or too much for the parser's time and stack: containers
 * beyond 100 levels and underlined headings beyond 200 become text. Ordinary text comes back as it is.
 */
export function boundStructure(source: string): string {
  const text = withoutMarks(source);
  let underlines = 0;
  let isChanged = false;
  const lines = text.split('\n').map((line) => {
    const end = containerLimit(line);
    if (end !== undefined) {
      isChanged = true;
      return line.slice(0, end) + literalMark + line.slice(end);
    }
    if (!setextUnderline.test(line)) return line;
    underlines += 1;
    if (underlines <= maxUnderlines) return line;
    isChanged = true;
    return literalMark + line;
  });
  return isChanged ? lines.join('\n') : text;
}

/** Where a line's containers reach the limit, counting two columns of blanks as a level. */
function containerLimit(line: string): number | undefined {
  if (line.length < maxDepth) return undefined;
  let depth = 0;
  let blanks = 0;
  let index = 0;
  while (index < line.length) {
    const char = line[index];
    if (char === ' ' || char === '\t') {
      blanks += char === '\t' ? 4 : 1;
      index += 1;
      continue;
    }
    const marker = markerLength(line, index);
    if (marker === 0) return undefined;
    depth += 1;
    if (depth + blanks / 2 > maxDepth) return index;
    // The blank after a marker belongs to it.
    index += line[index + marker] === ' ' ? marker + 1 : marker;
  }
  return undefined;
}

function markerLength(line: string, index: number): number {
  const char = line[index];
  if (char === '>') return 1;
  if (char === '-' || char === '*' || char === '+') return isBlankAt(line, index + 1) ? 1 : 0;
  let end = index;
  while (end - index < 9 && /\d/.test(line[end] ?? '')) end += 1;
  if (end === index || !/[.)]/.test(line[end] ?? '')) return 0;
  return isBlankAt(line, end + 1) ? end + 1 - index : 0;
}

function isBlankAt(line: string, index: number): boolean {
  const char = line[index];
  return char === undefined || char === ' ' || char === '\t';
}
