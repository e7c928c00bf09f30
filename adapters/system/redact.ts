/** What stands where a secret stood. */
export const REDACTED = '[redacted]';

/** Shorter values would blank out ordinary words; a password this short protects nothing anyway. */
const MIN_SECRET_CHARS = 4;

/** Texts that look like credentials wherever they stand. Each is linear in the length of its input. */
const tokenPatterns: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /xox[a-z]-[A-Za-z0-9-]{8,}/g,
  /xapp-[A-Za-z0-9-]{8,}/g,
  /(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}/g,
  /\b[MNO][A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}/g,
  /gh[pousr]_[A-Za-z0-9]{20,}/g,
  /github_pat_[A-Za-z0-9_]{20,}/g,
  /AKIA[0-9A-Z]{16}/g,
  /AIza[A-Za-z0-9_-]{30,}/g,
  /\btml-[A-Za-z0-9_-]{16,}/g,
  /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=\b(?:bearer|basic)\s)[A-Za-z0-9+/_.~=-]{8,}/gi,
  /(?<=:\/\/[^/\s:@]{0,256}:)[^/\s@]{1,256}(?=@)/g,
];

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
    for (const pattern of tokenPatterns) clean = clean.replaceAll(pattern, REDACTED);
    return clean;
  };
}
