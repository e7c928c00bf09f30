const before = '"content":"';
const after = ' "';

/** Reads a stub's stream in pieces, however cut, and tells of each token when it was written, as the token says. */
export function createTokenReader(onToken: (writtenUs: number) => void): (piece: Buffer) => void {
  let rest = '';
  return (piece) => {
    const text = rest + piece.toString('latin1');
    let from = 0;
    for (;;) {
      const at = text.indexOf(before, from);
      const start = at + before.length;
      const end = at === -1 ? -1 : text.indexOf(after, start);
      if (end === -1) {
        rest = text.slice(at === -1 ? Math.max(from, text.length - before.length) : at);
        return;
      }
      onToken(Number(text.slice(start, end)));
      from = end;
    }
  };
}
