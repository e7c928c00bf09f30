import type { EventId, PersonId } from './ids.ts';
import type { Authority, Signal } from './signal.ts';

/** A number in [−1, 1], or missing. Silence is missing, not zero. `held`: kept back until a maintainer has looked. */
export type Reward =
  | { readonly kind: 'missing' }
  | { readonly kind: 'held' }
  | {
      readonly kind: 'known';
      readonly value: number;
      readonly authority: Authority;
      /** How many persons' words the value is the mean of. */
      readonly voices: number;
      /** How far it may be trusted, (0, 1]: the mean weight of those voices. */
      readonly weight: number;
    };

export const missingReward: Reward = { kind: 'missing' };

/** The order in which signals are folded: by the platform's event time, then by event id. */
export function bySignalOrder(a: Signal, b: Signal): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt - b.occurredAt;
  return a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0;
}

const authorities: readonly Authority[] = ['explicit', 'regenerate', 'judge'];

/** Key of the one row that can stand for an actor in a slot. */
function slotKey(signal: Signal): string {
  return `${signal.kind} ${signal.actorId ?? ''} ${signal.slot ?? signal.name}`;
}

function isClearedBy(standing: Signal, clear: Signal): boolean {
  return standing.kind === 'reaction' && (clear.slot === undefined || clear.slot === standing.slot);
}

/**
 * What still stands after all rows were applied in order: per actor and slot the last row given, unless it was
 * withdrawn or cleared later. Rows with an event id seen before change nothing. The order of the input does not matter.
 */
export function standingSignals(signals: readonly Signal[]): readonly Signal[] {
  const standing = new Map<string, Signal>();
  const seen = new Set<EventId>();
  for (const signal of signals.toSorted(bySignalOrder)) {
    if (seen.has(signal.eventId)) continue;
    seen.add(signal.eventId);
    if (signal.change === 'given') {
      // Delete first: a replaced row must also move to the end of the iteration order.
      standing.delete(slotKey(signal));
      standing.set(slotKey(signal), signal);
    } else if (signal.change === 'withdrawn') {
      const current = standing.get(slotKey(signal));
      // A reaction's slot is the reaction, which may have been renamed; a button's holds one of several.
      const isSame = signal.kind === 'reaction' || current?.name === signal.name;
      if (isSame) standing.delete(slotKey(signal));
    } else {
      for (const [key, other] of standing) if (isClearedBy(other, signal)) standing.delete(key);
    }
  }
  return [...standing.values()];
}

/**
 * The reward of one turn from that turn's signals alone: of each person the last word that still stands and says
 * something about quality, the mean over persons, by the highest authority that spoke. Bots do not vote.
 */
export function foldReward(signals: readonly Signal[]): Reward {
  const voting = standingSignals(signals).filter((signal) => signal.polarity !== 0 && !signal.actorIsBot);
  for (const authority of authorities) {
    const lastWord = new Map<PersonId | undefined, number>();
    for (const signal of voting)
      if (signal.authority === authority) lastWord.set(signal.actorId, signal.polarity);
    if (lastWord.size === 0) continue;
    const sum = [...lastWord.values()].reduce((total, polarity) => total + polarity, 0);
    const value = Math.max(-1, Math.min(1, sum / lastWord.size));
    return { kind: 'known', value, authority, voices: lastWord.size };
  }
  return missingReward;
}
