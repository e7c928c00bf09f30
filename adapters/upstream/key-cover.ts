/** Overwrites a key in text that comes in pieces, wherever they are cut. */
export interface KeyCover {
  /** What can be shown by now. Kept back: no more than the end of it that may be the beginning of the key. */
  push(chunk: Uint8Array): Uint8Array;
  /** What was kept back. */
  end(): Uint8Array;
}

/** Shorter ones are no secrets but words for servers that ask for any, and stand in much else that is said. */
const shortestSecret = 4;

/** Whether nobody but the operator should read it. */
export const isSecret = (key: string): boolean => key.length >= shortestSecret;

/** Each byte of it becomes this one, so that lengths stay true. */
const cover = '*';

/** For one text. The chunks stay as they are. */
export function createKeyCover(key: string): KeyCover {
  const wanted = Buffer.from(key);
  let waiting = Buffer.alloc(0);

  return {
    push(chunk) {
      const bytes = Buffer.concat([waiting, chunk]);
      let from = 0;
      for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, from)) {
        from = at + wanted.length;
        bytes.fill(cover, at, from);
      }
      const open = openFrom(bytes, wanted, from);
      waiting = bytes.subarray(open);
      return bytes.subarray(0, open);
    },
    end: () => waiting,
  };
}

/** The same for a whole text. */
export function coverKey(text: string, key: string): string {
  return text.replaceAll(key, cover.repeat(key.length));
}

/** Where the longest end of the bytes from `from` on begins that may go on as the key. */
function openFrom(bytes: Buffer, wanted: Buffer, from: number): number {
  let at = Math.max(from, bytes.length - wanted.length + 1);
  while (at < bytes.length && !wanted.subarray(0, bytes.length - at).equals(bytes.subarray(at))) at += 1;
  return at;
}
