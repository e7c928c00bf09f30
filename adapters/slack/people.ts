import { createLatestMap } from '../../core/domain/latest-map.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { parsePerson, type SlackPerson } from './answers.ts';
import type { NameOf } from './inbound-facts.ts';

export interface PeopleOptions {
  /** The answer of `users.info`. Called for one person once at a time. */
  readonly lookUp: (userId: string) => Promise<unknown>;
  readonly clock: Clock;
  /** How many people are remembered. Default 2,000. */
  readonly maxPeople?: number;
  /** How long what is known holds. Default one hour. */
  readonly freshMs?: number;
  /** How long a failed look-up is not tried again. Default one minute. */
  readonly retryMs?: number;
  /** How long `load` takes at most. Default 1,500. */
  readonly deadlineMs?: number;
}

export interface PeopleDirectory {
  /**
   * Looks up whom it does not know. Never rejects, and resolves in time also when Slack does not: then the names that
   * are missing are missing, and come with the next `load`.
   */
  load(userIds: readonly string[]): Promise<NameOf>;
}

interface Entry {
  readonly person: SlackPerson | undefined;
  readonly isFresh: boolean;
  /** By the clock that never goes back. */
  readonly staleAtMs: number;
}

export function createPeopleDirectory(options: PeopleOptions): PeopleDirectory {
  const { lookUp, clock } = options;
  const maxPeople = options.maxPeople ?? 2_000;
  const freshMs = options.freshMs ?? 3_600_000;
  const retryMs = options.retryMs ?? 60_000;
  const deadlineMs = options.deadlineMs ?? 1_500;
  /** Least lately used first. */
  const entries = createLatestMap<string, Entry>(maxPeople);
  const running = new Map<string, Promise<void>>();

  async function ask(userId: string): Promise<SlackPerson | undefined> {
    try {
      return parsePerson(await lookUp(userId));
    } catch {
      // Whoever looks up logs it; here it costs the name.
      return undefined;
    }
  }

  async function refresh(userId: string): Promise<void> {
    const found = await ask(userId);
    running.delete(userId);
    const isFresh = found !== undefined;
    // An old name is better than none.
    const person = found ?? entries.get(userId)?.person;
    entries.set(userId, { person, isFresh, staleAtMs: clock.monotonicMs() + (isFresh ? freshMs : retryMs) });
  }

  function need(userId: string): Promise<void> | undefined {
    const entry = entries.get(userId);
    if (entry !== undefined) entries.set(userId, entry);
    if (entry !== undefined && clock.monotonicMs() < entry.staleAtMs) return undefined;
    const begun = running.get(userId);
    if (begun !== undefined) return begun;
    const promise = refresh(userId);
    running.set(userId, promise);
    return promise;
  }

  function personOf(userId: string): SlackPerson | undefined {
    const entry = entries.get(userId);
    if (entry?.person === undefined) return undefined;
    // Who was an administrator an hour ago need not be one: what gives rights is only believed while it is fresh.
    const isFresh = entry.isFresh && clock.monotonicMs() < entry.staleAtMs;
    return isFresh ? entry.person : { ...entry.person, isAdmin: false };
  }

  function inTime(all: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = clock.after(deadlineMs, resolve);
      void all.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  return {
    async load(userIds) {
      const waits = [...new Set(userIds)].map(need).filter((wait) => wait !== undefined);
      if (waits.length > 0) await inTime(Promise.all(waits));
      return personOf;
    },
  };
}
