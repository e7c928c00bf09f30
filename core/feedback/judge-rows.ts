import { type EventId, eventId, type TurnId } from '../domain/ids.ts';
import type { Signal } from '../domain/signal.ts';
import type { Turn } from '../domain/turn.ts';
import type { JudgeView } from '../ports/judge-queue.ts';
import type { NextKind } from './judge-prompt.ts';
import type { Verdict } from './judge-vote.ts';

/** The rule of the judge's rows: how it is asked, and whom. Another one is calibrated anew. */
export function judgeRule(model: string): string {
  return `judge@1:${model}`;
}

/** The one row in which a view's verdict stands. */
export function verdictEventId(turnId: TurnId, view: JudgeView): EventId {
  return eventId('judge', `${turnId}:${view}`);
}

/** What a reading of the next message says about the answer before it. */
const nextPolarity: Readonly<Record<Exclude<NextKind, 'none'>, number>> = {
  correction: -1,
  rephrase: -0.5,
  regenerate: -1,
  abandonment: -0.5,
  thanks: 1,
};

export interface VerdictFacts {
  readonly turn: Turn;
  readonly view: JudgeView;
  /** The person's next turn, where it was in view. */
  readonly next?: Pick<Turn, 'eventIds' | 'startedAt'>;
  /** The turn's rows before this look. */
  readonly rows: readonly Signal[];
  /** The judge's calibrated weight now. */
  readonly weight: number;
  readonly rule: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * The ledger's rows for a verdict, in the order in which they are to be written: the one that says that the look is
 * complete (`verdictEventId`) is last. A score that was given without the next message is withdrawn by one given with it,
 * unless the first counts and the second does not.
 */
export function verdictRows(verdict: Verdict, facts: VerdictFacts): readonly Signal[] {
  const { turn, view, rows, weight, rule, now } = facts;
  const common = {
    platform: turn.conversation.platform,
    spaceId: turn.conversation.spaceId,
    target: { kind: 'turn', turnId: turn.turnId },
    actorIsBot: false,
    authority: 'judge',
    rule,
    recordedAt: now,
  } as const;
  const made: Signal[] = [];

  if (verdict.next !== undefined && facts.next !== undefined) {
    const source = facts.next.eventIds[0];
    made.push({
      ...common,
      eventId: eventId('next', turn.turnId),
      actorId: turn.askerId,
      change: 'given',
      kind: 'next',
      slot: 'next',
      name: verdict.next.kind,
      ...(verdict.next.quote === undefined ? {} : { text: verdict.next.quote }),
      polarity: nextPolarity[verdict.next.kind],
      weight,
      ...(source === undefined ? {} : { sourceEventId: source }),
      occurredAt: facts.next.startedAt,
    });
  }
  if (verdict.score === undefined) return made;

  const alone = rows.find((row) => row.eventId === verdictEventId(turn.turnId, 'alone'));
  const takesItsPlace = alone !== undefined && (weight > 0 || alone.weight === 0);
  if (view === 'with_next' && takesItsPlace) {
    made.push({
      ...alone,
      eventId: eventId('judge', `${turn.turnId}:alone:withdrawn`),
      change: 'withdrawn',
      rule,
      sourceEventId: verdictEventId(turn.turnId, view),
      // Not before what it withdraws, also where the clock was set back.
      occurredAt: Math.max(now, alone.occurredAt),
      recordedAt: now,
    });
  }
  made.push({
    ...common,
    eventId: verdictEventId(turn.turnId, view),
    change: 'given',
    kind: 'judge',
    name: view,
    polarity: verdict.score,
    weight,
    occurredAt: now,
  });
  return made;
}

/** Whether rows change what the turn's reward may come to: the others are kept without opening it again. */
export function countsForReward(rows: readonly Signal[]): boolean {
  return rows.some(({ weight, polarity }) => weight > 0 && polarity !== 0);
}
