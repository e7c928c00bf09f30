import { secretPatterns } from '../../core/domain/secret-patterns.ts';

/** What stands where a secret stood. */
export const REDACTED = '[redacted]';

/** Shorter values would blank out ordinary words; a password this short protects nothing anyway. */
const MIN_SECRET_CHARS = 4;

/** The forms in which a value may travel: as it is, in a URL, in JSON, in Base64. */
function formsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [secret, encodeURIComponent(secret), json, Buffer.from(secret).toString('base64')];
}

/**
 * A function that blanks out the given values, in any form they may travel in, and everything that looks like a
 * credential. Values shorter than four characters are ignored.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const known = [
    ...new Set(secrets.filter((secret) => secret.length >= MIN_SECRET_CHARS).flatMap(formsOf)),
  ].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const value of known) clean = clean.replaceAll(value, REDACTED);
    for (const { pattern } of secretPatterns) clean = clean.replaceAll(pattern, REDACTED);
    return clean;
  };
}
