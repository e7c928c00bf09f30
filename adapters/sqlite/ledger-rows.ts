import type { EventId, PersonId, SpaceId, TurnId } from '../../core/domain/ids.ts';
import type { Authority, Signal, SignalTarget } from '../../core/domain/signal.ts';

export interface SignalRow {
  readonly event_id: EventId;
  readonly platform: string;
  readonly space_id: SpaceId;
  readonly target_turn_id: TurnId | null;
  readonly target_platform: string | null;
  readonly target_channel_id: string | null;
  readonly target_message_id: string | null;
  readonly actor_id: PersonId | null;
  readonly actor_is_bot: number;
  readonly change: Signal['change'];
  readonly kind: Signal['kind'];
  readonly slot: string | null;
  readonly name: string;
  readonly text: string | null;
  readonly polarity: number;
  readonly authority: Authority;
  readonly weight: number;
  readonly source_event_id: EventId | null;
  readonly rule: string;
  readonly occurred_at: number;
  readonly recorded_at: number;
}

/** Selects a `SignalRow`. */
export const SIGNAL_COLUMNS = `event_id, platform, space_id, target_turn_id, target_platform, target_channel_id,
  target_message_id, actor_id, actor_is_bot, change, kind, slot, name, text, polarity, authority, rule,
  occurred_at, recorded_at, weight, source_event_id`;

function toTarget(row: SignalRow): SignalTarget {
  if (row.target_turn_id !== null) return { kind: 'turn', turnId: row.target_turn_id };
  return {
    kind: 'message',
    ref: {
      platform: row.target_platform ?? '',
      channelId: row.target_channel_id ?? '',
      messageId: row.target_message_id ?? '',
    },
  };
}

export function toSignal(row: SignalRow): Signal {
  return {
    eventId: row.event_id,
    platform: row.platform,
    spaceId: row.space_id,
    target: toTarget(row),
    ...(row.actor_id === null ? {} : { actorId: row.actor_id }),
    actorIsBot: row.actor_is_bot === 1,
    change: row.change,
    kind: row.kind,
    ...(row.slot === null ? {} : { slot: row.slot }),
    name: row.name,
    ...(row.text === null ? {} : { text: row.text }),
    polarity: row.polarity,
    authority: row.authority,
    weight: row.weight,
    ...(row.source_event_id === null ? {} : { sourceEventId: row.source_event_id }),
    rule: row.rule,
    occurredAt: row.occurred_at,
    recordedAt: row.recorded_at,
  };
}

/** The values of `SIGNAL_COLUMNS`, in its order. */
export function signalParams(signal: Signal): readonly (string | number | null)[] {
  const { target } = signal;
  const ref = target.kind === 'message' ? target.ref : undefined;
  return [
    signal.eventId,
    signal.platform,
    signal.spaceId,
    target.kind === 'turn' ? target.turnId : null,
    ref?.platform ?? null,
    ref?.channelId ?? null,
    ref?.messageId ?? null,
    signal.actorId ?? null,
    signal.actorIsBot ? 1 : 0,
    signal.change,
    signal.kind,
    signal.slot ?? null,
    signal.name,
    signal.text ?? null,
    signal.polarity,
    signal.authority,
    signal.rule,
    signal.occurredAt,
    signal.recordedAt,
    signal.weight,
    signal.sourceEventId ?? null,
  ];
}
