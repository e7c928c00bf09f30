import type { PersonId } from '../domain/ids.ts';
import { createLatestMap } from '../domain/latest-map.ts';
import type { Clock } from '../ports/clock.ts';

/** How often people who are not admitted are listened to. */
export interface StrangerBudget {
  /** Takes one of this person's commands of the hour; false when they are used up. */
  spend(personId: PersonId): boolean;
}

const commandsAnHour = 20;
const hourMs = 60 * 60 * 1000;
const remembered = 10_000;

/** Counts in memory: what a stranger may do costs little, and a restart forgives. */
export function createStrangerBudget(clock: Pick<Clock, 'monotonicMs'>): StrangerBudget {
  const spent = createLatestMap<PersonId, { count: number; readonly untilMs: number }>(remembered);
  return {
    spend(personId) {
      const nowMs = clock.monotonicMs();
      const before = spent.get(personId);
      const account =
        before !== undefined && before.untilMs > nowMs ? before : { count: 0, untilMs: nowMs + hourMs };
      account.count += 1;
      spent.set(personId, account);
      return account.count <= commandsAnHour;
    },
  };
}
