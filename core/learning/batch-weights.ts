import type { PersonId, TurnId } from '../domain/ids.ts';
import type { Signal } from '../domain/signal.ts';
import { type StandingVote, standingVotes } from '../feedback/standing-votes.ts';
import type { Vote } from '../ports/ledger-store.ts';
import { eachInPieces, sortedInPieces, type YieldNow } from './run/in-pieces.ts';

/** One voice of a turn's reward, as `rewardVoices` gives them. Without an actor it is a judge's. */
export type Voice = Pick<Signal, 'actorId' | 'kind' | 'polarity' | 'weight' | 'occurredAt'>;

/** A rewarded turn that may go into a batch, with the voices that its reward is the mean of. */
export interface RatedTurn {
  readonly turnId: TurnId;
  readonly voices: readonly Voice[];
}

/** How one turn counts in one batch: part of the run record, and never changed after. */
export interface BatchWeight {
  readonly turnId: TurnId;
  /** 0 … 1. */
  readonly weight: number;
  /** What these people's words are worth on the whole, −1 … 1: what the value has to beat. */
  readonly baseline: number;
  /** What was said of this turn, −1 … 1. The advantage is `value − baseline`. */
  readonly value: number;
}

export interface BatchLimits {
  /** A person's words of one day count as if they had given at most so many. */
  readonly signalsPerDay: number;
  /** A person's base rate is taken as if they had given so many neutral words before. */
  readonly priorVotes: number;
  /** The largest part of a batch's weight that reactions and buttons may have, 0 … 1, where anything else speaks. Where nothing does there is nothing to hold them against, and they count whole; with 0 never. */
  readonly thumbsShare: number;
}

export const defaultBatchLimits: BatchLimits = { signalsPerDay: 10, priorVotes: 10, thumbsShare: 0.5 };

/** What each person gave, counted once for a batch. */
export interface PeopleTally {
  signalsThatDay(actorId: PersonId, at: number): number;
  /** Mean of all their words, −1 … 1, drawn to 0 where they gave few. */
  baseRate(actorId: PersonId): number;
}

const DAY_MS = 86_400_000;

/** Days are UTC's. */
const dayKey = (actorId: PersonId, at: number): string => `${Math.floor(at / DAY_MS)} ${actorId}`;

/** Sums whose result does not depend on the order of the input: floating-point addition alone would. */
function sumOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b).reduce((sum, value) => sum + value, 0);
}

/** What was counted so far. */
interface Count {
  /** By `dayKey`. */
  readonly days: Map<string, number>;
  readonly polarities: Map<PersonId, number[]>;
}

function addTo({ days, polarities }: Count, votes: readonly StandingVote[]): void {
  for (const { actorId, polarity, at } of votes) {
    const day = dayKey(actorId, at);
    days.set(day, (days.get(day) ?? 0) + 1);
    const given = polarities.get(actorId);
    if (given === undefined) polarities.set(actorId, [polarity]);
    else given.push(polarity);
  }
}

function tallyOf({ days }: Count, rates: ReadonlyMap<PersonId, number>): PeopleTally {
  return {
    signalsThatDay: (actorId, at) => days.get(dayKey(actorId, at)) ?? 0,
    baseRate: (actorId) => rates.get(actorId) ?? 0,
  };
}

/**
 * Counts what each person said: of their words on one answer the last that stands. Pass the votes of whole days, or a
 * person's day is counted too short. The order does not matter.
 */
export function tallyPeople(votes: readonly Vote[], limits: BatchLimits): PeopleTally {
  const count: Count = { days: new Map(), polarities: new Map() };
  addTo(count, standingVotes(votes));
  const rates = new Map(
    [...count.polarities].map(([actorId, given]) => [
      actorId,
      sumOf(given) / (given.length + limits.priorVotes),
    ]),
  );
  return tallyOf(count, rates);
}

/** Grouping, folding and sorting so many takes a few milliseconds. */
const talliedAtOnce = 2_000;

/** The same as `tallyPeople`, with turns for others in between. The votes on one answer are counted at once. Rejects as `yieldNow` does. */
export async function tallyPeopleInPieces(
  votes: readonly Vote[],
  limits: BatchLimits,
  yieldNow: YieldNow,
): Promise<PeopleTally> {
  const turns = new Map<TurnId, Vote[]>();
  await eachInPieces(votes, talliedAtOnce, yieldNow, (vote) => {
    const found = turns.get(vote.turnId);
    if (found === undefined) turns.set(vote.turnId, [vote]);
    else found.push(vote);
  });

  const count: Count = { days: new Map(), polarities: new Map() };
  let piece: Vote[] = [];
  for (const ofTurn of turns.values()) {
    for (const vote of ofTurn) piece.push(vote);
    if (piece.length < talliedAtOnce) continue;
    addTo(count, standingVotes(piece));
    piece = [];
    await yieldNow();
  }
  addTo(count, standingVotes(piece));

  const rates = new Map<PersonId, number>();
  let summed = 0;
  for (const [actorId, given] of count.polarities) {
    // The order of `sumOf`, or the last digits would differ.
    const ordered = await sortedInPieces(given, (a, b) => a - b, yieldNow);
    const sum = ordered.reduce((total, value) => total + value, 0);
    rates.set(actorId, sum / (given.length + limits.priorVotes));
    summed += given.length;
    if (summed < talliedAtOnce) continue;
    summed = 0;
    await yieldNow();
  }
  return tallyOf(count, rates);
}

interface WeighedVoice extends Voice {
  readonly share: number;
  readonly isThumb: boolean;
}

function weigh(voice: Voice, voices: number, tally: PeopleTally, limits: BatchLimits): WeighedVoice {
  const { actorId, kind, occurredAt } = voice;
  const given = actorId === undefined ? 0 : tally.signalsThatDay(actorId, occurredAt);
  const cap = given === 0 ? 1 : Math.min(1, limits.signalsPerDay / given);
  const isThumb = kind === 'reaction' || kind === 'button';
  return { ...voice, share: (voice.weight * cap) / voices, isThumb };
}

/** What every thumb is multiplied with so that all of them together stay within their part. */
function thumbsFactor(voices: readonly WeighedVoice[], thumbsShare: number): number {
  const weightOf = (isThumb: boolean): number =>
    sumOf(voices.filter((voice) => voice.isThumb === isThumb).map(({ share }) => share));
  const thumbs = weightOf(true);
  const others = weightOf(false);
  if (thumbsShare <= 0) return 0;
  if (thumbs === 0 || others === 0 || thumbsShare >= 1) return 1;
  return Math.min(1, (thumbsShare * others) / ((1 - thumbsShare) * thumbs));
}

function meanOf(voices: readonly WeighedVoice[], worthOf: (voice: WeighedVoice) => number): number {
  const total = sumOf(voices.map(({ share }) => share));
  const mean =
    total > 0
      ? sumOf(voices.map((voice) => worthOf(voice) * voice.share)) / total
      : sumOf(voices.map(worthOf)) / Math.max(1, voices.length);
  return Math.max(-1, Math.min(1, mean));
}

/**
 * Caps and normalisation of one batch, by turn id. Nothing of it touches a stored reward. A person counts less the more
 * they said that day; their words are measured against their own base rate, which never reaches their words, so that
 * somebody who only ever praises still counts; thumbs together have at most their part of the batch's weight.
 */
export function batchWeights(
  turns: readonly RatedTurn[],
  tally: PeopleTally,
  limits: BatchLimits,
): readonly BatchWeight[] {
  const weighed = turns.map(({ turnId, voices }) => ({
    turnId,
    voices: voices.map((voice) => weigh(voice, voices.length, tally, limits)),
  }));
  const factor = thumbsFactor(
    weighed.flatMap(({ voices }) => voices),
    limits.thumbsShare,
  );
  return weighed
    .map(({ turnId, voices }): BatchWeight => {
      const capped = voices.map((voice) =>
        voice.isThumb ? { ...voice, share: voice.share * factor } : voice,
      );
      return Object.freeze({
        turnId,
        weight: Math.min(1, sumOf(capped.map(({ share }) => share))),
        baseline: meanOf(capped, ({ actorId }) => (actorId === undefined ? 0 : tally.baseRate(actorId))),
        value: meanOf(capped, ({ polarity }) => polarity),
      });
    })
    .toSorted((a, b) => (a.turnId < b.turnId ? -1 : a.turnId > b.turnId ? 1 : 0));
}
