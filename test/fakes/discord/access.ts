import { refusal } from './api-refusal.ts';
import type { DiscordState } from './discord-state.ts';
import { channelTypes, type FakeChannel, type FakeMessage, isThread } from './guild-model.ts';
import type { PermissionName } from './permissions.ts';

/** A channel that the bot may look into. */
export function channelFor({ world }: DiscordState, id: string): FakeChannel {
  const channel = world.channels.get(id);
  if (channel === undefined) throw refusal(10003);
  if (!world.may(world.bot.id, channel, 'ViewChannel')) throw refusal(50001);
  return channel;
}

export function demand(state: DiscordState, channel: FakeChannel, ...names: readonly PermissionName[]): void {
  if (!state.world.may(state.world.bot.id, channel, ...names)) throw refusal(50013);
}

const writable: ReadonlySet<number> = new Set([
  channelTypes.text,
  channelTypes.direct,
  channelTypes.announcement,
  channelTypes.publicThread,
  channelTypes.privateThread,
  channelTypes.voice,
]);

/** A channel in which the bot may write. */
export function channelToWrite(state: DiscordState, id: string): FakeChannel {
  const channel = channelFor(state, id);
  if (!writable.has(channel.type)) throw refusal(50008);
  demand(state, channel, isThread(channel) ? 'SendMessagesInThreads' : 'SendMessages');
  if (channel.isLocked) throw refusal(50083);
  return channel;
}

/** A message that everybody sees; private ones are out of the API's reach. */
export function messageIn(channel: FakeChannel, id: string): FakeMessage {
  const message = channel.messages.get(id);
  if (message === undefined || message.isRemoved || message.privateTo !== undefined) throw refusal(10008);
  return message;
}
