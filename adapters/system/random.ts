import { randomBytes } from 'node:crypto';

/** So many bytes that nobody can foresee. */
export function unforeseeableBytes(count: number): Uint8Array {
  return randomBytes(count);
}
