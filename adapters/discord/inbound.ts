import { personId } from '../../core/domain/ids.ts';
import type { ThreadMessage } from '../../core/ports/channel.ts';
import { decodeText } from './discord-text.ts';
import {
  type DiscordFacts,
  type DiscordInbound,
  type DiscordPacket,
  ignored,
  type MappingContext,
  nameOf,
  type Place,
  refOf,
  slug,
} from './inbound-facts.ts';
import { mapInteraction } from './interaction-events.ts';
import {
  isWritten,
  mapMessage,
  mapMessageChanged,
  mapMessageDeleted,
  mapMessagesDeleted,
  textNames,
} from './message-events.ts';
import { PLATFORM } from './options.ts';
import { mapCleared, mapClearedEmoji, mapReaction } from './reaction-events.ts';
import { readMessage } from './wire.ts';

/** Maps what one kind of dispatch holds. Total. */
export type Mapper = (payload: unknown, context: MappingContext) => DiscordInbound;

/** By the kind of dispatch. These, and those of `directoryFolds`, are what the adapter listens to. */
export const packetMappers: Readonly<Record<string, Mapper>> = {
  MESSAGE_CREATE: mapMessage,
  MESSAGE_UPDATE: mapMessageChanged,
  MESSAGE_DELETE: mapMessageDeleted,
  MESSAGE_DELETE_BULK: mapMessagesDeleted,
  MESSAGE_REACTION_ADD: mapReaction('added'),
  MESSAGE_REACTION_REMOVE: mapReaction('removed'),
  MESSAGE_REACTION_REMOVE_ALL: mapCleared,
  MESSAGE_REACTION_REMOVE_EMOJI: mapClearedEmoji,
  INTERACTION_CREATE: mapInteraction,
};

/**
 * What a dispatch says to core. Pure and total: nothing that Discord or anybody else sends makes it throw, and what does
 * not concern us gives no events.
 */
export function toInbound(packet: DiscordPacket, facts: DiscordFacts): DiscordInbound {
  const map = Object.hasOwn(packetMappers, packet.t) ? packetMappers[packet.t] : undefined;
  return map === undefined ? ignored(`dispatch_${slug(packet.t)}`) : map(packet.d, { packet, facts });
}

/** Where a thread hangs on a message, that message stands first in it, as something quoted. */
const THREAD_STARTER = 21;

/** What was said in a channel, oldest first, by its messages as the API lists them; what nobody wrote is left out. */
export function toThreadMessages(
  messages: readonly unknown[],
  place: Place,
  facts: DiscordFacts,
): readonly ThreadMessage[] {
  return messages.toReversed().flatMap((raw): readonly ThreadMessage[] => {
    const reading = readMessage(raw);
    if (!reading.ok) return [];
    const message = reading.value;
    const starter = message.type === THREAD_STARTER ? message.referenced_message : undefined;
    if (!isWritten(message) && starter == null) return [];
    const author = starter?.author ?? message.author;
    const content = starter === undefined || starter === null ? message.content : starter.content;
    const { text } = decodeText(content ?? '', textNames(place, message.mentions, facts));
    if (text === '') return [];
    const isOwn = author.id === facts.botUserId;
    const authorName = nameOf(author, starter == null ? message.member : undefined);
    const authorId = personId(PLATFORM, author.id);
    return [{ ref: refOf(place.channelId, message.id), authorName, authorId, isOwn, text }];
  });
}
