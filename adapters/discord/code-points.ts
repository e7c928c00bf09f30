/** What Discord counts: code points, whatever they take in UTF-16. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let at = 1; at < text.length; at += 1) {
    const low = text.charCodeAt(at);
    const high = text.charCodeAt(at - 1);
    if (low >= 0xdc00 && low <= 0xdfff && high >= 0xd800 && high <= 0xdbff) count -= 1;
  }
  return count;
}
