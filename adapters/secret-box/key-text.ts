import { AppError } from '../../core/domain/app-error.ts';
import type { SecretBox } from '../../core/ports/secret-box.ts';
import { createSecretBox, keyBytes, type RandomBytes } from './sealing.ts';

/** With a key that is given as base64 or base64url, as `openssl rand -base64 32` prints it. Throws `config_invalid`, which does not quote it. */
export function secretBoxFromText(text: string, random: RandomBytes): SecretBox {
  const given = text.trim();
  const key = Buffer.from(given, 'base64');
  // Node skips what is no base64; a mistyped key must not become a shorter one.
  if (!/^[\w+/-]+={0,2}$/.test(given) || key.length !== keyBytes) {
    throw new AppError(
      'config_invalid',
      'The key that seals secrets must be 32 bytes as base64. Make one with: openssl rand -base64 32',
    );
  }
  return createSecretBox(key, random);
}
