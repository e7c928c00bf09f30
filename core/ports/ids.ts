/** Randomness and digests as parameters. */
export interface Ids {
  /** A new unique id that sorts by creation time: `<prefix>_…`. */
  next(prefix: string): string;
  /** `bytes` random bytes as lower-case base 32 without look-alikes, for codes that people type. */
  code(chars: number): string;
  /** SHA-256 of the text, hexadecimal. */
  digest(text: string): string;
}
