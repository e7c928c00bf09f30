/**
 * The JSON objects in a text that begin with this key, each whole from its brace to the matching one, in order; none of
 * them inside another. Prose, fences and other brackets around them are passed over. Characters in strings are no braces.
 */
export function objectsBeginningWith(key: string, text: string): readonly string[] {
  const found: string[] = [];
  const begin = new RegExp(`\\{\\s*"${key}"\\s*:`, 'g');
  for (let tries = 0; tries < mostBegins; tries += 1) {
    const match = begin.exec(text);
    if (match === null) break;
    const end = endOfObject(text, match.index);
    if (end === undefined) continue;
    found.push(text.slice(match.index, end));
    begin.lastIndex = end;
  }
  return found;
}

/** A text that only looks as if objects began must not be read again from each of them. */
const mostBegins = 10;

function endOfObject(text: string, from: number): number | undefined {
  const brackets = /["{}[\]]/g;
  brackets.lastIndex = from;
  let depth = 0;
  for (let match = brackets.exec(text); match !== null; match = brackets.exec(text)) {
    if (match[0] === '"') {
      const end = endOfString(text, match.index);
      if (end === undefined) return undefined;
      brackets.lastIndex = end;
      continue;
    }
    depth += match[0] === '{' || match[0] === '[' ? 1 : -1;
    if (depth === 0) return match.index + 1;
  }
  return undefined;
}

/** The place after a string's closing quote. */
function endOfString(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return undefined;
}

/** A key that some object of a valid JSON text holds twice: `JSON.parse` would keep the last and tell nobody. */
export function repeatedKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  const tokens = /["{}[\]]/g;
  for (let match = tokens.exec(json); match !== null; match = tokens.exec(json)) {
    if (match[0] === '{') open.push(new Set());
    else if (match[0] === '[') open.push(undefined);
    else if (match[0] !== '"') open.pop();
    else {
      const end = endOfString(json, match.index);
      if (end === undefined) return undefined;
      tokens.lastIndex = end;
      const keys = open.at(-1);
      if (keys === undefined || !/^\s*:/.test(json.slice(end, end + longestGap))) continue;
      const key = String(JSON.parse(json.slice(match.index, end)));
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

/** Blanks between a key and its colon; nobody writes more. */
const longestGap = 200;
