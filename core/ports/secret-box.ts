/** Seals what must not lie open in the store. The same text gives another sealed one each time. */
export interface SecretBox {
  /** `context` must be the same when it is opened: a sealed text that is moved to another row does not open there. */
  seal(plain: string, context: string): string;
  /** Throws `storage_failed` where the key is another, or the text was changed. */
  open(sealed: string, context: string): string;
}
