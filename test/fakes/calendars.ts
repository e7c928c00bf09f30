import { AppError } from '../../core/domain/app-error.ts';
import type { CalendarLinkId, LinkedCalendar } from '../../core/domain/calendar.ts';
import type { SpaceId } from '../../core/domain/ids.ts';
import type { CachePort } from '../../core/ports/cache.ts';
import type { CalendarConsentPort, CalendarPort, CalendarRequest } from '../../core/ports/calendar.ts';
import type { CalendarStore } from '../../core/ports/calendar-store.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { SecretBox } from '../../core/ports/secret-box.ts';

export interface MemoryCalendarStore extends CalendarStore {
  readonly rows: ReadonlyMap<CalendarLinkId, LinkedCalendar>;
  /** From now on these reject with this, until it is called without. All of them where none is named. */
  breakWith(error?: Error, ...methods: readonly (keyof CalendarStore)[]): void;
}

/** Linked calendars in memory; numbers are not used again in a space. */
export function createMemoryCalendarStore(): MemoryCalendarStore {
  const rows = new Map<CalendarLinkId, LinkedCalendar>();
  const secrets = new Map<CalendarLinkId, string>();
  const lastNumbers = new Map<SpaceId, number>();
  let broken: Error | undefined;
  let which: readonly (keyof CalendarStore)[] = [];
  const check = (method: keyof CalendarStore): void => {
    if (broken !== undefined && (which.length === 0 || which.includes(method))) throw broken;
  };

  return {
    rows,
    breakWith(error, ...methods) {
      broken = error;
      which = methods;
    },
    async add(link, sealed) {
      check('add');
      if (rows.has(link.linkId)) throw new AppError('conflict', 'There is such a link.');
      const number = (lastNumbers.get(link.spaceId) ?? 0) + 1;
      lastNumbers.set(link.spaceId, number);
      const row = { ...link, number };
      rows.set(link.linkId, row);
      secrets.set(link.linkId, sealed);
      return row;
    },
    async list(spaceId) {
      check('list');
      return [...rows.values()].filter((row) => spaceId === undefined || row.spaceId === spaceId);
    },
    async sealed(linkId) {
      check('sealed');
      return secrets.get(linkId);
    },
    async setReading(linkId, reading) {
      check('setReading');
      const row = rows.get(linkId);
      if (row === undefined) return false;
      const { fault: _, ...rest } = row;
      rows.set(linkId, { ...rest, reading });
      return true;
    },
    async setFault(linkId, fault) {
      check('setFault');
      const row = rows.get(linkId);
      if (row === undefined) return false;
      const since = row.fault?.code === fault.code ? row.fault.since : fault.since;
      rows.set(linkId, { ...row, fault: { ...fault, since } });
      return true;
    },
    async remove(linkId) {
      check('remove');
      secrets.delete(linkId);
      return rows.delete(linkId);
    },
  };
}

/** Seals by turning round, so that nothing of the plain text stands in it; another context or key does not open it. */
export function createFakeBox(key = 'key'): SecretBox {
  let sealedSoFar = 0;
  return {
    seal(plain, context) {
      sealedSoFar += 1;
      return Buffer.from(JSON.stringify([key, context, sealedSoFar, plain])).toString('base64');
    },
    open(sealed, context) {
      const parts: unknown = JSON.parse(Buffer.from(sealed, 'base64').toString());
      if (Array.isArray(parts) && parts[0] === key && parts[1] === context) return String(parts[3]);
      throw new AppError('storage_failed', 'This does not open.');
    },
  };
}

type Answer = Awaited<ReturnType<CalendarPort['read']>>;

export interface FakeCalendarSource extends CalendarPort {
  /** As they were asked for, also those that failed. */
  readonly requests: readonly CalendarRequest[];
  readonly revoked: readonly string[];
  /** The most that were under way at once. */
  readonly mostAtOnce: number;
  readonly cutOff: number;
  /** What secrets tell from now on. */
  facts: CalendarPort['about'];
  /** What it does from now on. */
  answer: (request: CalendarRequest, signal: AbortSignal) => Promise<Answer>;
  revocation: (secret: string, signal: AbortSignal) => Promise<void>;
}

/** A source that is never busy until it is told otherwise. */
export function createFakeSource(source: string): FakeCalendarSource {
  const requests: CalendarRequest[] = [];
  const revoked: string[] = [];
  let running = 0;
  let mostAtOnce = 0;
  let cutOff = 0;

  const fake: FakeCalendarSource = {
    source,
    requests,
    revoked,
    get mostAtOnce() {
      return mostAtOnce;
    },
    get cutOff() {
      return cutOff;
    },
    about: (secret) => fake.facts(secret),
    facts: (secret) => ({ account: secret, server: source, atOnce: 1 }),
    answer: async () => ({ busy: [] }),
    revocation: async () => {},
    async read(request, signal) {
      requests.push(request);
      running += 1;
      mostAtOnce = Math.max(mostAtOnce, running);
      signal.addEventListener('abort', () => {
        cutOff += 1;
      });
      try {
        return await fake.answer(request, signal);
      } finally {
        running -= 1;
      }
    },
    async revoke(secret, signal) {
      await fake.revocation(secret, signal);
      revoked.push(secret);
    },
  };
  return fake;
}

/** Never answers, whatever the signal says. */
export function hanging(): Promise<never> {
  return new Promise(() => {});
}

export interface FakeConsent extends CalendarConsentPort {
  begin: CalendarConsentPort['begin'];
  readonly finished: readonly string[];
  grant: (code: string) => ReturnType<CalendarConsentPort['finish']>;
}

/** A provider that takes each code once, with the verifier and address that it was begun with. */
export function createFakeConsent(source = 'google'): FakeConsent {
  const finished: string[] = [];
  const begun = new Map<string, string>();
  const fake: FakeConsent = {
    source,
    finished,
    grant: async (code) => ({ secret: `secret of ${code}` }),
    async begin({ redirectUri, access, state }) {
      const verifier = `verifier-${begun.size + 1}`;
      begun.set(verifier, `${redirectUri} ${access}`);
      const query = new URLSearchParams({ state, redirect_uri: redirectUri });
      return { url: `https://provider.example/consent?${query}`, verifier };
    },
    async finish({ code, verifier, redirectUri, access }) {
      if (begun.get(verifier) !== `${redirectUri} ${access}` || finished.includes(code)) {
        throw new AppError('auth_failed', 'The provider does not take this code.');
      }
      finished.push(code);
      return fake.grant(code);
    },
  };
  return fake;
}

export interface ExpiringCache extends CachePort {
  /** All that stands in it, as text. */
  dump(): string;
}

/** A cache that forgets by the given clock; values go through JSON as in a real one. */
export function createExpiringCache(clock: Pick<Clock, 'now'>): ExpiringCache {
  const entries = new Map<string, { readonly text: string; readonly expiresAt: number }>();
  const get = (key: string): unknown => {
    const entry = entries.get(key);
    return entry === undefined || entry.expiresAt <= clock.now() ? undefined : JSON.parse(entry.text);
  };
  return {
    dump: () => JSON.stringify([...entries]),
    get: async (key) => get(key),
    async set(key, value, ttlMs) {
      entries.set(key, { text: JSON.stringify(value), expiresAt: clock.now() + ttlMs });
    },
    async take(key) {
      const value = get(key);
      entries.delete(key);
      return value;
    },
    delete: async (key) => entries.delete(key),
  };
}
