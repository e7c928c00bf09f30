import { AppError } from '../domain/app-error.ts';
import type { CalendarAccess } from '../domain/calendar.ts';
import { type PersonId, personId, type SpaceId, spaceId } from '../domain/ids.ts';
import { MINUTE_MS } from '../domain/wall-clock.ts';
import type { CachePort } from '../ports/cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { SecretBox } from '../ports/secret-box.ts';

/** A person on the way to the provider’s page and back. */
export interface PendingConsent {
  /** Who asked for it, as its page names them. */
  readonly askedBy: string;
  readonly spaceId: SpaceId;
  readonly spaceLabel: string;
  readonly isForSpace: boolean;
  readonly by: PersonId;
  readonly access: CalendarAccess;
  readonly redirectUri: string;
  readonly verifier: string;
  /** The provider’s page. */
  readonly url: string;
  /** Epoch milliseconds. */
  readonly endsAt: number;
  /** The word of the browser that went there; absent before. */
  readonly browser?: string;
  /** With which they came back; absent on the way there. */
  readonly code?: string;
}

/** By the word that stands for it: one for each way, taken once. All methods reject as the cache does. */
export interface PendingConsents {
  /** A word that nobody guesses: 160 random bits. */
  newWord(): string;
  /** Until `endsAt`, in place of what was there. */
  put(word: string, consent: PendingConsent): Promise<void>;
  /** `undefined` for what is used, expired or was never there. */
  look(word: string): Promise<PendingConsent | undefined>;
  /** Of several callers one gets it. */
  take(word: string): Promise<PendingConsent | undefined>;
}

/** As long as providers keep a code. */
export const consentLastsMs = 10 * MINUTE_MS;
const wordChars = 32;
const wordSyntax = /^[0-9a-z]{32}$/;

/** Whether it may be a word of `newWord`. */
export function isConsentWord(text: string): boolean {
  return wordSyntax.test(text);
}

/** In the cache stands neither the word nor anything that it is for. */
export function createPendingConsents(deps: {
  readonly cache: CachePort;
  readonly box: SecretBox;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'code' | 'digest'>;
}): PendingConsents {
  const { cache, box, clock, ids } = deps;
  const keyOf = (word: string): string => `calendar-consent:${ids.digest(word)}`;

  function opened(key: string, value: unknown): PendingConsent | undefined {
    if (typeof value !== 'string') return undefined;
    return readPending(JSON.parse(box.open(value, key)));
  }

  async function found(
    word: string,
    get: (key: string) => Promise<unknown>,
  ): Promise<PendingConsent | undefined> {
    const key = keyOf(word);
    return opened(key, await get(key));
  }

  return {
    newWord: () => ids.code(wordChars),
    async put(word, consent) {
      const key = keyOf(word);
      const leftMs = Math.max(1, consent.endsAt - clock.now());
      await cache.set(key, box.seal(JSON.stringify(consent), key), leftMs);
    },
    look: (word) => found(word, cache.get),
    take: (word) => found(word, cache.take),
  };
}

function readPending(value: unknown): PendingConsent {
  if (typeof value !== 'object' || value === null) throw unreadable();
  const fields = new Map<string, unknown>(Object.entries(value));
  const text = (name: string): string => {
    const field = fields.get(name);
    if (typeof field !== 'string') throw unreadable();
    return field;
  };
  const endsAt = fields.get('endsAt');
  if (typeof endsAt !== 'number') throw unreadable();
  const place = splitId(text('spaceId'));
  const person = splitId(text('by'));
  return {
    askedBy: text('askedBy'),
    spaceId: spaceId(place.platform, place.native),
    spaceLabel: text('spaceLabel'),
    isForSpace: fields.get('isForSpace') === true,
    by: personId(person.platform, person.native),
    access: text('access') === 'events' ? 'events' : 'freebusy',
    redirectUri: text('redirectUri'),
    verifier: text('verifier'),
    url: text('url'),
    endsAt,
    ...(fields.has('browser') ? { browser: text('browser') } : {}),
    ...(fields.has('code') ? { code: text('code') } : {}),
  };
}

function splitId(id: string): { readonly platform: string; readonly native: string } {
  const colon = id.indexOf(':');
  return { platform: id.slice(0, Math.max(0, colon)), native: id.slice(colon + 1) };
}

function unreadable(): AppError {
  return new AppError('storage_failed', 'What was begun cannot be read any more. Begin anew.');
}
