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

export function isSameReward(a: Reward, b: Reward): boolean {
  if (a.kind !== 'known' || b.kind !== 'known') return a.kind === b.kind;
  return a.value === b.value && a.authority === b.authority && a.voices === b.voices && a.weight === b.weight;
}

/** What tells which row stands. */
export type StandingParts = Pick<
  Signal,
  'eventId' | 'actorId' | 'change' | 'kind' | 'slot' | 'name' | 'occurredAt'
>;

/** The order in which signals are folded: by the platform's event time, then by event id. */
export function bySignalOrder(a: StandingParts, b: StandingParts): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt - b.occurredAt;
  return a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0;
}

const authorities: readonly Authority[] = ['explicit', 'regenerate', 'judge'];

/** Key of the one row that can stand for an actor in a slot. A hold is the turn's: whoever may, takes back another's. */
function slotKey(signal: StandingParts): string {
  const actor = signal.kind === 'hold' ? '' : (signal.actorId ?? '');
  return `${signal.kind} ${actor} ${signal.slot ?? signal.name}`;
}

function isClearedBy(standing: StandingParts, clear: StandingParts): boolean {
  return standing.kind === clear.kind && (clear.slot === undefined || clear.slot === standing.slot);
}

/** Rows whose slot alone tells them apart: a reaction may have been renamed, a hold has no name that matters. */
const isKnownBySlot = ({ kind }: StandingParts): boolean => kind === 'reaction' || kind === 'hold';

/**
 * What still stands after all rows were applied in order: per actor and slot the last row given, unless it was
 * withdrawn or cleared later. Rows with an event id seen before change nothing. The order of the input does not matter.
 */
export function standingSignals<Row extends StandingParts>(signals: readonly Row[]): readonly Row[] {
  const standing = new Map<string, Row>();
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
      if (isKnownBySlot(signal) || current?.name === signal.name) standing.delete(slotKey(signal));
    } else {
      for (const [key, other] of standing) if (isClearedBy(other, signal)) standing.delete(key);
    }
  }
  return [...standing.values()];
}

const isVote = ({ polarity, weight, actorIsBot }: Signal): boolean =>
  polarity !== 0 && weight > 0 && !actorIsBot;

function meanOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** Of the highest authority that spoke, each person's last word that still stands, says something about quality and has a weight. */
function voicesAmong(standing: readonly Signal[]): readonly Signal[] {
  for (const authority of authorities) {
    const lastWords = new Map<PersonId | undefined, Signal>();
    for (const signal of standing) {
      if (isVote(signal) && signal.authority === authority) lastWords.set(signal.actorId, signal);
    }
    if (lastWords.size > 0) return [...lastWords.values()];
  }
  return [];
}

/** The words that a turn's reward is the mean of, one a person; none while a hold stands. Bots do not vote. */
export function rewardVoices(signals: readonly Signal[]): readonly Signal[] {
  const standing = standingSignals(signals);
  return standing.some(({ kind }) => kind === 'hold') ? [] : voicesAmong(standing);
}

/**
 * The reward of one turn from that turn's signals alone: of each person the last word that still stands, says something
 * about quality and has a weight; the mean over persons, by the highest authority that spoke. Bots do not vote. While a
 * hold stands it is `held`, whatever else was said.
 */
export function foldReward(signals: readonly Signal[]): Reward {
  const standing = standingSignals(signals);
  if (standing.some(({ kind }) => kind === 'hold')) return { kind: 'held' };
  const voices = voicesAmong(standing);
  const [first] = voices;
  if (first === undefined) return missingReward;
  const value = Math.max(-1, Math.min(1, meanOf(voices.map(({ polarity }) => polarity))));
  const weight = Math.min(1, meanOf(voices.map((voice) => voice.weight)));
  return { kind: 'known', value, authority: first.authority, voices: voices.length, weight };
}
