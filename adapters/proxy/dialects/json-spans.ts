/** A stretch of a JSON text, as offsets in bytes; `end` is behind it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface MemberSpan {
  /** Read, so that `"m\u006fdel"` is `model`. */
  readonly key: string;
  /** Of the quote that the key begins with. */
  readonly start: number;
  readonly value: Span;
}

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

// Short strings are read byte by byte; a long one is left to the search that the runtime does many bytes at a time.
const readSingly = 64;

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The first byte from here on that is no white space. */
export function spaceEnd(json: Buffer, from: number): number {
  let at = from;
  while (isSpace(json[at])) at += 1;
  return at;
}

function isEscaped(json: Buffer, at: number, from: number): boolean {
  let slashes = 0;
  while (at - 1 - slashes >= from && json[at - 1 - slashes] === backslash) slashes += 1;
  return slashes % 2 === 1;
}

/** Behind the string whose quote is at `start`. The text must be valid JSON. */
export function stringEnd(json: Buffer, start: number): number {
  let at = start + 1;
  while (at < json.length) {
    const far = at + readSingly;
    while (at < far) {
      const byte = json[at];
      if (byte === quote) return at + 1;
      at += byte === backslash ? 2 : 1;
    }
    const found = json.indexOf(quote, at);
    if (found === -1) break;
    if (!isEscaped(json, found, at)) return found + 1;
    at = found + 1;
  }
  return json.length;
}

function nestedEnd(json: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const byte = json[at];
    if (byte === quote) {
      at = stringEnd(json, at);
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) depth -= 1;
    at += 1;
  } while (depth > 0 && at < json.length);
  return at;
}

function isBareEnd(byte: number | undefined): boolean {
  return (
    byte === undefined || byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte)
  );
}

function valueEnd(json: Buffer, start: number): number {
  const first = json[start];
  if (first === quote) return stringEnd(json, start);
  if (first === openBrace || first === openBracket) return nestedEnd(json, start);
  let at = start;
  while (!isBareEnd(json[at])) at += 1;
  return at;
}

function keyOf(json: Buffer, start: number, end: number): string {
  const written = json.toString('utf8', start, end);
  return written.includes('\\') ? String(JSON.parse(written)) : written.slice(1, -1);
}

/** Where the value of a whole JSON text begins. */
export function rootStart(json: Buffer): number {
  return spaceEnd(json, 0);
}

/** The members of the object that begins at `start`, as written: also those of which a later one has the same key. The text must be valid JSON. */
export function membersAt(json: Buffer, start: number): readonly MemberSpan[] {
  const members: MemberSpan[] = [];
  let at = spaceEnd(json, start + 1);
  while (json[at] === quote) {
    const keyEnd = stringEnd(json, at);
    const colon = spaceEnd(json, keyEnd);
    const valueStart = spaceEnd(json, colon + 1);
    const value = { start: valueStart, end: valueEnd(json, valueStart) };
    members.push({ key: keyOf(json, at, keyEnd), start: at, value });
    const behind = spaceEnd(json, value.end);
    at = json[behind] === comma ? spaceEnd(json, behind + 1) : behind;
  }
  return members;
}

/** Where the first element of the array that begins at `start` begins; absent where it is empty. The text must be valid JSON. */
export function firstElementAt(json: Buffer, start: number): number | undefined {
  const at = spaceEnd(json, start + 1);
  return json[at] === closeBracket ? undefined : at;
}

/** The member that a reader of the object sees: of several with one key the last, as `JSON.parse` has it. */
export function memberOf(members: readonly MemberSpan[], key: string): MemberSpan | undefined {
  return members.findLast((member) => member.key === key);
}

export type JsonKind = 'string' | 'array' | 'object' | 'null' | 'other';

/** Kind of the value that begins at `start`. */
export function kindAt(json: Buffer, start: number): JsonKind {
  const first = json[start];
  if (first === quote) return 'string';
  if (first === openBracket) return 'array';
  if (first === openBrace) return 'object';
  return first === 0x6e ? 'null' : 'other';
}
