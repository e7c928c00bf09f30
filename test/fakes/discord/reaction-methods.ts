import { channelFor, demand, messageIn } from './access.ts';
import { type ApiCall, type ApiRoute, param } from './api-methods.ts';
import { refusal } from './api-refusal.ts';
import type { DiscordState } from './discord-state.ts';
import { isEmoji } from './emoji.ts';
import type { FakeChannel, FakeMessage } from './guild-model.ts';
import { clearReactions, react } from './messages.ts';

const MAX_EMOJI = 20;

export function createReactionMethods(state: DiscordState): readonly ApiRoute[] {
  const { world } = state;

  function target(call: ApiCall): { channel: FakeChannel; message: FakeMessage; emoji: string } {
    const channel = channelFor(state, param(call, 'channel_id'));
    demand(state, channel, 'ReadMessageHistory');
    const message = messageIn(channel, param(call, 'message_id'));
    const emoji = param(call, 'emoji_name');
    if (!isEmoji(emoji)) throw refusal(10014);
    return { channel, message, emoji };
  }

  const path = '/channels/{channel_id}/messages/{message_id}/reactions';
  return [
    {
      operation: 'add_my_message_reaction',
      method: 'PUT',
      path: `${path}/{emoji_name}/@me`,
      run(call) {
        const { channel, message, emoji } = target(call);
        // The first of an emoji needs the permission; joining in does not.
        if (!message.reactions.has(emoji)) {
          demand(state, channel, 'AddReactions');
          if (message.reactions.size >= MAX_EMOJI) throw refusal(30010);
        }
        react(state, 'ADD', channel, message, world.bot, emoji);
        return undefined;
      },
    },
    {
      operation: 'delete_my_message_reaction',
      method: 'DELETE',
      path: `${path}/{emoji_name}/@me`,
      run(call) {
        const { channel, message, emoji } = target(call);
        react(state, 'REMOVE', channel, message, world.bot, emoji);
        return undefined;
      },
    },
    {
      operation: 'delete_all_message_reactions',
      method: 'DELETE',
      path,
      run(call) {
        const channel = channelFor(state, param(call, 'channel_id'));
        demand(state, channel, 'ManageMessages');
        clearReactions(state, channel, messageIn(channel, param(call, 'message_id')));
        return undefined;
      },
    },
  ];
}
