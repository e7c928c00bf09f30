import type { ApiKey } from '../domain/api-key.ts';
import { AppError } from '../domain/app-error.ts';

/** The largest values of the bounds of a key; the least is 1. */
export const mostOfBounds = {
  monthlyTokens: 1_000_000_000_000,
  requestsPerMinute: 1_000_000,
  maxConcurrent: 100_000,
} as const;
export type KeyBound = keyof typeof mostOfBounds;

export type KeyBounds = { readonly [Bound in KeyBound]?: number | null };

const mostNameChars = 64;
const mostSpaceChars = 40;
const spacePattern = new RegExp(`^[a-z0-9][a-z0-9-]{0,${mostSpaceChars - 1}}$`);
/** What nothing shows, or what makes text read other than it is written. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const seen = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** A key's name as it is kept: without blanks around it. Throws `invalid_input`. */
export function keyName(text: string): string {
  const name = text.normalize('NFC').trim();
  const chars = [...name].length;
  if (chars <= mostNameChars && seen.test(name) && !unseen.test(name)) return name;
  throw new AppError(
    'invalid_input',
    `The name of a key has 1 to ${mostNameChars} visible characters. Give another one.`,
  );
}

/** The platform's own name of a space. Throws `invalid_input`. */
export function spaceName(text: string): string {
  if (spacePattern.test(text)) return text;
  throw new AppError(
    'invalid_input',
    `The name of a space has 1 to ${mostSpaceChars} lower-case letters a to z, digits and hyphens, and does not begin with a hyphen. Give another one.`,
  );
}

/** What a space could be called after a key; `undefined` where nothing of the key's name can stand there. */
export function spaceNameFor(name: string): string | undefined {
  const letters = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const slug = letters.replaceAll(/[^a-z0-9]+/g, '-').replace(/^-/, '');
  return slug.slice(0, mostSpaceChars).replace(/-$/, '') || undefined;
}

const boundNames: Readonly<Record<KeyBound, string>> = {
  monthlyTokens: 'The tokens of a month',
  requestsPerMinute: 'The requests of a minute',
  maxConcurrent: 'The requests at once',
};

/** Throws `invalid_input` for a bound that is no whole number in its range, and for one of an admin key. */
export function checkBounds(bounds: KeyBounds, kind: ApiKey['kind']): void {
  for (const bound of ['monthlyTokens', 'requestsPerMinute', 'maxConcurrent'] as const) {
    const value = bounds[bound];
    if (value === undefined || value === null) continue;
    if (kind === 'admin') {
      throw new AppError('invalid_input', 'An admin key asks no model: it has no limits to set.');
    }
    if (Number.isInteger(value) && value >= 1 && value <= mostOfBounds[bound]) continue;
    throw new AppError(
      'invalid_input',
      `${boundNames[bound]} must be a whole number from 1 to ${mostOfBounds[bound]}.`,
    );
  }
}
