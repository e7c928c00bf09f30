import type { EventId, PersonId } from '../domain/ids.ts';
import type { Signal } from '../domain/signal.ts';
import type { Turn } from '../domain/turn.ts';
import type { Clock } from '../ports/clock.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import { type QuietTimes, restartQuietTime } from './settlement.ts';

export interface CommandRecorderDeps {
  readonly ledger: Pick<LedgerStore, 'has' | 'append' | 'schedule'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly quietTimes: QuietTimes;
}

/** Whose command it was, and which. Bots' commands do not get here. */
export interface CommandOrigin {
  readonly eventId: EventId;
  readonly actorId: PersonId;
  /** By the platform's clock, epoch milliseconds. */
  readonly occurredAt: number;
}

export type Rating = 'good' | 'bad';

/** The rules that go into the ledger beside these rows. */
const feedbackRule = 'feedback-command@1';
const holdRule = 'hold-command@1';

const polarities: Readonly<Record<Rating, number>> = { good: 1, bad: -1 };

/**
 * One row for what a person said of an answer by command; a later one of theirs about the same answer takes its place.
 * Restarts the turn's quiet time. `duplicate`: this command was written down before. Rejects with a storage error when
 * nothing was written.
 */
export function recordRating(
  turn: Turn,
  rating: Rating,
  words: string | undefined,
  origin: CommandOrigin,
  deps: CommandRecorderDeps,
): Promise<'stored' | 'duplicate'> {
  return record(
    turn,
    {
      change: 'given',
      kind: 'feedback',
      slot: 'feedback',
      name: rating,
      ...(words === undefined ? {} : { text: words }),
      polarity: polarities[rating],
      rule: feedbackRule,
    },
    origin,
    deps,
  );
}

/** Keeps a turn's reward back until it is released. Otherwise as `recordRating`. */
export function recordHold(
  turn: Turn,
  reason: string | undefined,
  origin: CommandOrigin,
  deps: CommandRecorderDeps,
): Promise<'stored' | 'duplicate'> {
  const text = reason === undefined ? {} : { text: reason };
  return record(turn, { ...holdRow, change: 'given', ...text }, origin, deps);
}

/** Lets it count again, whoever or whatever held it. Otherwise as `recordRating`. */
export function recordRelease(
  turn: Turn,
  origin: CommandOrigin,
  deps: CommandRecorderDeps,
): Promise<'stored' | 'duplicate'> {
  return record(turn, { ...holdRow, change: 'withdrawn' }, origin, deps);
}

const holdRow = { kind: 'hold', slot: 'hold', name: 'hold', polarity: 0, rule: holdRule } as const;

async function record(
  { turnId, conversation }: Turn,
  said: Pick<Signal, 'change' | 'kind' | 'slot' | 'name' | 'text' | 'polarity' | 'rule'>,
  { eventId, actorId, occurredAt }: CommandOrigin,
  { ledger, clock, quietTimes }: CommandRecorderDeps,
): Promise<'stored' | 'duplicate'> {
  if (await ledger.has(eventId)) return 'duplicate';
  const now = clock.now();
  // Before the row: a crash in between reopens a settled turn for nothing, the other order would lose a reopening.
  await restartQuietTime(turnId, now, quietTimes, ledger);
  return ledger.append({
    eventId,
    platform: conversation.platform,
    spaceId: conversation.spaceId,
    target: { kind: 'turn', turnId },
    actorId,
    actorIsBot: false,
    authority: 'explicit',
    weight: 1,
    occurredAt,
    recordedAt: now,
    ...said,
  });
}
