import type { SignalGiven, SignalMark, SignalsCleared, SignalWithdrawn } from '../domain/inbound-event.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { Signal } from '../domain/signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import { type PolarityTable, polarityOf } from './polarity.ts';
import type { QuietTimes } from './settlement.ts';
import { restartQuietTime } from './settlement.ts';

export interface SignalRecorderDeps {
  readonly ledger: Pick<LedgerStore, 'has' | 'append' | 'schedule'>;
  readonly turns: Pick<TurnStore, 'byReply' | 'hasIntended'>;
  readonly clock: Clock;
  readonly polarity: PolarityTable;
  /** As `polarityRule` makes it from that table. */
  readonly rule: string;
  readonly quietTimes: QuietTimes;
}

export type SignalEvent = SignalGiven | SignalWithdrawn | SignalsCleared;

/**
 * Writes one ledger row for what a person did to one of our messages, and restarts the quiet time of its turn. Nothing
 * is computed here. `refused`: the message is not part of an answer. Rejects with a storage error when nothing was
 * written.
 */
export async function recordSignal(event: SignalEvent, deps: SignalRecorderDeps): Promise<Receipt> {
  if (await deps.ledger.has(event.eventId)) return 'duplicate';
  // A reaction can overtake the id of the message it is for: while a send is under way the row is kept and the message
  // index decides later whose it is. Asked first, or a send that ends between the two questions would be in neither.
  const mayBeOurs = await deps.turns.hasIntended(event.target.platform, event.target.channelId);
  const turn = await deps.turns.byReply(event.target);
  if (turn === undefined) {
    if (!mayBeOurs) return 'refused';
  } else {
    // Before the row: a crash in between reopens a settled turn for nothing, the other order would lose a reopening.
    await restartQuietTime(turn.turnId, deps.clock.now(), deps.quietTimes, deps.ledger);
  }
  return deps.ledger.append(toSignal(event, deps));
}

function slotOf(mark: SignalMark): string {
  return mark.kind === 'button' ? 'button' : (mark.key ?? mark.name);
}

function toSignal(event: SignalEvent, deps: SignalRecorderDeps): Signal {
  const common = {
    eventId: event.eventId,
    platform: event.platform,
    spaceId: event.spaceId,
    target: { kind: 'message', ref: event.target },
    authority: 'explicit',
    weight: 1,
    rule: deps.rule,
    occurredAt: event.occurredAt,
    recordedAt: deps.clock.now(),
  } as const;
  if (event.type === 'signals_cleared') {
    return {
      ...common,
      actorIsBot: false,
      change: 'cleared',
      kind: 'reaction',
      ...(event.name === undefined ? {} : { slot: event.key ?? event.name }),
      name: event.name ?? '',
      polarity: 0,
    };
  }
  return {
    ...common,
    actorId: event.actor.personId,
    actorIsBot: event.actor.isBot,
    change: event.type === 'signal_given' ? 'given' : 'withdrawn',
    kind: event.mark.kind,
    slot: slotOf(event.mark),
    name: event.mark.name,
    polarity: polarityOf(event.mark, deps.polarity),
  };
}
