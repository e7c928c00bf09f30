import type { GatewayHub } from './gateway-hub.ts';
import { channelTypes, type FakeChannel, type FakeMessage, type Json } from './guild-model.ts';
import { intentFor, intents } from './intents.ts';
import { channelJson, messageJson } from './json.ts';
import type { World } from './world.ts';

/** Tells the app what happened, as far as it asked for it and may see it. */
export interface EventFeed {
  /** MESSAGE_CREATE or MESSAGE_UPDATE; the words only where the session may read them. */
  message(event: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE', channel: FakeChannel, message: FakeMessage): void;
  inChannel(event: string, channel: FakeChannel, data: Json): void;
  /** CHANNEL_…, THREAD_…: the channel itself. */
  channel(event: string, channel: FakeChannel, extra?: Json): void;
  inGuild(event: string, guildId: string | undefined, data: Json): void;
  /** The number of sessions that it reached; 0 where nobody is there to hear of it. */
  interaction(guildId: string | undefined, data: Json): number;
}

export function createEventFeed(world: World, hub: GatewayHub): EventFeed {
  const isSeen = (channel: FakeChannel): boolean => world.may(world.bot.id, channel, 'ViewChannel');

  const inGuild = (event: string, guildId: string | undefined, data: Json): void => {
    const intent = intentFor(event, guildId === undefined);
    hub.dispatch(event, guildId, (session) => ((session.intents & intent) === intent ? data : undefined));
  };

  return {
    message(event, channel, message) {
      if (!isSeen(channel) || message.privateTo !== undefined) return;
      const intent = intentFor(event, channel.type === channelTypes.direct);
      hub.dispatch(event, channel.guildId, (session) => {
        if ((session.intents & intent) !== intent) return undefined;
        const readsContent = (session.intents & intents.messageContent) !== 0;
        return messageJson(world, message, { readsContent, isEvent: true });
      });
    },
    inChannel(event, channel, data) {
      if (!isSeen(channel)) return;
      const guild = channel.guildId === undefined ? {} : { guild_id: channel.guildId };
      inGuild(event, channel.guildId, { ...data, channel_id: channel.id, ...guild });
    },
    channel(event, channel, extra = {}) {
      if (isSeen(channel)) inGuild(event, channel.guildId, { ...channelJson(world, channel), ...extra });
    },
    inGuild,
    interaction: (guildId, data) => hub.dispatch('INTERACTION_CREATE', guildId, () => data),
  };
}
