const listMarker = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/;
const emptyItem = /^(?:(?:[-*+]|\d{1,9}[.)])[ \t]*)+$/;
const fenceStart = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})/;
const fenceAnywhere = /`{3}|~{3}/;
const itemFenceStart = /^((?: *(?:[-*+]|\d{1,9}[.)]) )* *)(`{3,}(?=[^`]*$)|~{3,})/;
const htmlStart = /^ {0,3}</;
const startsAtMargin = /^[^ \t\n\uFEFF]/;

interface Fence {
  readonly marker: string;
  /** Where its closing line must stand; `undefined` means anywhere within the first four columns. */
  readonly column: number | undefined;
}

/** The parser's time grows with the square of the length of a list in lists: longer ones are cut between items of the outermost. */
const listChars = 4096;

/** What has to be known of the lines before. */
interface Position {
  readonly isAfterBlank: boolean;
  readonly isInList: boolean;
  readonly fence: Fence | undefined;
}

/**
 * Cuts Markdown where cutting cannot change its meaning: at blank lines between blocks at the margin, never inside
 * code, lists or HTML. Where that cannot be told for sure the rest is one segment. Link definitions and footnotes speak
 * across blocks: text that may hold them is one segment. Lists longer than `maxListChars` are cut between their items:
 * `joinLists` puts together what was read of them. Expects `\n` line endings; the segments joined are the text.
 */
export function segments(text: string, maxListChars = listChars): readonly string[] {
  if (text.includes(']:')) return [text];
  const parts: string[] = [];
  let start = 0;
  let position: Position = { isAfterBlank: false, isInList: false, fence: undefined };
  let isPlainList = false;
  let lineStart = 0;
  while (lineStart < text.length) {
    const newline = text.indexOf('\n', lineStart);
    const lineEnd = newline === -1 ? text.length : newline;
    const line = text.slice(lineStart, lineEnd);
    const isLongList = isPlainList && position.isInList && lineStart - start >= maxListChars;
    const isCut = mayCutBefore(line, position) || (isLongList && mayCutList(line, position));
    if (isCut && lineStart > start) {
      parts.push(text.slice(start, lineStart));
      start = lineStart;
    }
    // Text at the margin may have ended the list, or go on in it.
    isPlainList = listMarker.test(line)
      ? isPlainList || lineStart === start
      : isPlainList && !startsAtMargin.test(line);
    const next = after(line, isCut ? { ...position, isInList: false } : position);
    if (next === 'unsure') break;
    position = next;
    lineStart = lineEnd + 1;
  }
  if (start < text.length) parts.push(text.slice(start));
  return parts;
}

/** A marker at the margin begins an item of the outermost list, or another list. One that may have no words is left where it is. */
function mayCutList(line: string, { fence }: Position): boolean {
  if (fence !== undefined || !startsAtMargin.test(line) || !listMarker.test(line)) return false;
  return !emptyItem.test(line) && !fenceAnywhere.test(line);
}

function mayCutBefore(line: string, { isAfterBlank, isInList, fence }: Position): boolean {
  if (fence !== undefined || !isAfterBlank || !startsAtMargin.test(line)) return false;
  return !(isInList && listMarker.test(line));
}

function after(line: string, position: Position): Position | 'unsure' {
  const isBlank = line.trim() === '';
  if (position.fence !== undefined) {
    const outcome = insideFence(line, isBlank, position.fence);
    if (outcome === 'unsure') return 'unsure';
    return { ...position, isAfterBlank: false, fence: outcome === 'closed' ? undefined : position.fence };
  }
  if (isBlank) return { ...position, isAfterBlank: true };
  if (htmlStart.test(line)) return 'unsure';
  const isInList = position.isInList || listMarker.test(line);
  const fence = openedFence(line, isInList);
  return fence === 'unsure' ? 'unsure' : { isAfterBlank: false, isInList, fence };
}

function openedFence(line: string, isInList: boolean): Fence | 'unsure' | undefined {
  if (!fenceAnywhere.test(line)) return isInList && /^[ \t>]*</.test(line) ? 'unsure' : undefined;
  if (!isInList) {
    const marker = fenceStart.exec(line)?.[2];
    return marker === undefined ? undefined : { marker, column: undefined };
  }
  // Tabs and quotes inside lists move columns in ways that are not worth following.
  if (line.includes('\t') || line.includes('>')) return 'unsure';
  const found = itemFenceStart.exec(line);
  if (found?.[1] === undefined || found[2] === undefined) return undefined;
  return { marker: found[2], column: found[1].length };
}

function insideFence(line: string, isBlank: boolean, fence: Fence): 'open' | 'closed' | 'unsure' {
  if (isBlank) return 'open';
  const text = line.trimStart();
  const indent = line.length - text.length;
  const isClosing = text.startsWith(fence.marker) && new RegExp(`^${fence.marker[0]}+[ \\t]*$`).test(text);
  if (fence.column === undefined) {
    return isClosing && indent <= 3 && !line.slice(0, indent).includes('\t') ? 'closed' : 'open';
  }
  if (indent < fence.column || line.slice(0, indent).includes('\t')) return 'unsure';
  if (!isClosing) return 'open';
  return indent === fence.column ? 'closed' : 'unsure';
}
