const quote = 0x22;
const backslash = 0x5c;
const openArray = 0x5b;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/**
 * Whether JSON nests lists and objects deeper than that. Told from the bytes alone, before anything is built of them: a megabyte
 * of brackets becomes many of objects. Of what is no JSON it tells something; a parser ends there.
 */
export function isNestedDeeper(json: Buffer, mostDeep: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === quote) {
      at = endOfString(json, at);
    } else if (byte === openArray || byte === openObject) {
      depth += 1;
      if (depth > mostDeep) return true;
    } else if (byte === closeArray || byte === closeObject) {
      depth -= 1;
    }
  }
  return false;
}

/** Where the string that begins there ends; past the last byte where it does not. */
function endOfString(json: Buffer, begin: number): number {
  let end = json.indexOf(quote, begin + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf(quote, end + 1);
  return end === -1 ? json.length : end;
}

/** Behind an odd number of backslashes, which end at the string's own begin at the latest. */
function isEscaped(json: Buffer, at: number): boolean {
  let before = at - 1;
  while (json[before] === backslash) before -= 1;
  return (at - before) % 2 === 0;
}
