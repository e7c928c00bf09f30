import { createCipheriv, createDecipheriv } from 'node:crypto';
import { AppError } from '../../core/domain/app-error.ts';
import type { SecretBox } from '../../core/ports/secret-box.ts';

/** So many bytes that nobody can foresee. */
export type RandomBytes = (bytes: number) => Uint8Array;

export const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const version = 1;

function unopened(cause?: unknown): AppError {
  return new AppError(
    'storage_failed',
    'A stored secret cannot be opened: it was changed, or it was sealed with another key. Put the key back that it was sealed with, or connect again what it belongs to.',
    cause === undefined ? {} : { cause },
  );
}

/**
 * Seals with AES-256-GCM under a fresh nonce; version and context are authenticated with it. A sealed text is base64url of: version (1 byte), nonce (12),
 * ciphertext, tag (16). Throws `config_invalid` for a key that is not 32 bytes long.
 */
export function createSecretBox(key: Uint8Array, random: RandomBytes): SecretBox {
  if (key.length !== keyBytes) {
    throw new AppError('config_invalid', `The key that seals secrets must be ${keyBytes} bytes long.`);
  }
  const own = Uint8Array.from(key);
  const bound = (context: string): Buffer => Buffer.from(`${version}\n${context}`, 'utf8');

  return {
    seal(plain, context) {
      const nonce = random(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', own, nonce, { authTagLength: tagBytes });
      cipher.setAAD(bound(context));
      const parts = [cipher.update(plain, 'utf8'), cipher.final()];
      return Buffer.concat([Buffer.from([version]), nonce, ...parts, cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url');
      // Another spelling of the same bytes is a changed text too.
      const isWhole = bytes.length > nonceBytes + tagBytes && bytes.toString('base64url') === sealed;
      if (!isWhole || bytes[0] !== version) throw unopened();
      try {
        const decipher = createDecipheriv('aes-256-gcm', own, bytes.subarray(1, 1 + nonceBytes), {
          authTagLength: tagBytes,
        });
        decipher.setAAD(bound(context));
        decipher.setAuthTag(bytes.subarray(-tagBytes));
        const text = decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes), undefined, 'utf8');
        return text + decipher.final('utf8');
      } catch (thrown) {
        throw unopened(thrown);
      }
    },
  };
}
