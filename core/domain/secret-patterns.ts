/** How one kind of credential looks. */
export interface SecretPattern {
  /** With its article, for people: `an API key`. */
  readonly what: string;
  /** Global; linear in the length of its input. */
  readonly pattern: RegExp;
  /** It fits ordinary words as well, which a log can do without and a text for people cannot. */
  readonly mayBeWords?: true;
}

/** Texts that look like credentials wherever they stand. Each match is the secret itself, nothing around it. */
export const secretPatterns: readonly SecretPattern[] = [
  { what: 'an API key', pattern: /\bsk-[A-Za-z0-9_-]{16,}/g },
  { what: 'an API key', pattern: /\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}/g },
  { what: 'a bot token', pattern: /xox[a-z]-[A-Za-z0-9-]{8,}/g },
  { what: 'a bot token', pattern: /xapp-[A-Za-z0-9-]{8,}/g },
  { what: 'a bot token', pattern: /(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}/g },
  { what: 'a bot token', pattern: /\b[MNO][A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}/g },
  {
    what: 'a webhook address',
    pattern: /(?<=\/services\/)T[A-Z0-9]{6,14}\/B[A-Z0-9]{6,14}\/[A-Za-z0-9]{16,}/g,
  },
  { what: 'a webhook address', pattern: /(?<=\/api\/webhooks\/)\d{15,22}\/[A-Za-z0-9_-]{30,}/g },
  { what: 'an access token', pattern: /gh[pousr]_[A-Za-z0-9]{20,}/g },
  { what: 'an access token', pattern: /github_pat_[A-Za-z0-9_]{20,}/g },
  { what: 'an access token', pattern: /\bglpat-[A-Za-z0-9_-]{16,}/g },
  { what: 'an access token', pattern: /\b(?:npm|hf)_[A-Za-z0-9]{30,}/g },
  { what: 'an access token', pattern: /\bya29\.[A-Za-z0-9_-]{20,}/g },
  { what: 'an access key', pattern: /(?:AKIA|ASIA)[0-9A-Z]{16}/g },
  { what: 'an API key', pattern: /AIza[A-Za-z0-9_-]{30,}/g },
  { what: 'an API key', pattern: /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/g },
  { what: 'an API key', pattern: /\btml-[A-Za-z0-9_-]{16,}/g },
  // Our own: 40 characters of `Ids.code`.
  { what: 'an API key', pattern: /\bmca?_[0-9a-hjkmnp-tv-z]{40}/g },
  { what: 'a signed token', pattern: /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g },
  {
    what: 'a private key',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  {
    what: 'a password',
    pattern: /(?<=\b(?:bearer|basic)\s)[A-Za-z0-9+/_.~=-]{8,}/gi,
    mayBeWords: true,
  },
  { what: 'a password in an address', pattern: /(?<=:\/\/[^/\s:@]{0,256}:)[^/\s@]{1,256}(?=@)/g },
];
