import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import {
  type DiscordInbound,
  discordId,
  ignored,
  type MappingContext,
  openToAll,
  packetId,
  personOf,
  placeOf,
  refOf,
  spaceOf,
  unreadable,
} from './inbound-facts.ts';
import { PLATFORM } from './options.ts';
import { reactionKey, reactionName } from './reactions.ts';
import { readCleared, readClearedEmoji, readReaction } from './wire.ts';

/**
 * Discord gives reactions neither an id nor a time. The number of the packet tells a second reaction with one emoji from
 * the first, and stays when the packet is replayed; it stands before the rest so that ids sort as things happened.
 */
const idOf = (target: MessageRef, context: MappingContext, ...rest: readonly string[]) =>
  discordId('r', target.messageId, packetId(context.packet), ...rest);

/** Super reactions are reactions. */
export const mapReaction =
  (change: 'added' | 'removed') =>
  (payload: unknown, context: MappingContext): DiscordInbound => {
    const reading = readReaction(payload);
    if (!reading.ok) return unreadable(`reaction_${change}`, reading.problem);
    const { value } = reading;
    const { facts } = context;
    if (value.user_id === facts.botUserId) return ignored('own_reaction');
    const { message_author_id: author } = value;
    if (typeof author === 'string' && author !== facts.botUserId) return ignored('reaction_to_others');
    const name = reactionName(value.emoji);
    if (name === undefined) return unreadable(`reaction_${change}`, 'emoji');
    const key = reactionKey(value.emoji);
    const place = placeOf(value);
    const target = refOf(value.channel_id, value.message_id);
    const user = value.member?.user ?? { id: value.user_id };
    const event: InboundEvent = {
      type: change === 'added' ? 'signal_given' : 'signal_withdrawn',
      eventId: idOf(target, context, value.user_id, key ?? name, change),
      platform: PLATFORM,
      spaceId: spaceOf(place),
      occurredAt: facts.now,
      admission: openToAll,
      actor: personOf({ ...user, id: value.user_id }, value.member, place, facts),
      target,
      mark: { kind: 'reaction', name, ...(key === undefined ? {} : { key }) },
    };
    return { events: [event] };
  };

export function mapCleared(payload: unknown, context: MappingContext): DiscordInbound {
  const reading = readCleared(payload);
  if (!reading.ok) return unreadable('reactions_cleared', reading.problem);
  const target = refOf(reading.value.channel_id, reading.value.message_id);
  const event: InboundEvent = {
    type: 'signals_cleared',
    eventId: idOf(target, context, 'all'),
    platform: PLATFORM,
    spaceId: spaceOf(placeOf(reading.value)),
    occurredAt: context.facts.now,
    target,
  };
  return { events: [event] };
}

export function mapClearedEmoji(payload: unknown, context: MappingContext): DiscordInbound {
  const reading = readClearedEmoji(payload);
  if (!reading.ok) return unreadable('emoji_cleared', reading.problem);
  const name = reactionName(reading.value.emoji);
  if (name === undefined) return unreadable('emoji_cleared', 'emoji');
  const key = reactionKey(reading.value.emoji);
  const target = refOf(reading.value.channel_id, reading.value.message_id);
  const event: InboundEvent = {
    type: 'signals_cleared',
    eventId: idOf(target, context, 'every', key ?? name),
    platform: PLATFORM,
    spaceId: spaceOf(placeOf(reading.value)),
    occurredAt: context.facts.now,
    target,
    name,
    ...(key === undefined ? {} : { key }),
  };
  return { events: [event] };
}
