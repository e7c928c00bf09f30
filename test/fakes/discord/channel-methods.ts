import { z } from 'zod';
import { channelFor, channelToWrite, demand, messageIn } from './access.ts';
import { type ApiCall, type ApiRoute, param } from './api-methods.ts';
import { invalidForm, refusal } from './api-refusal.ts';
import type { DiscordState } from './discord-state.ts';
import { channelTypes, isThread } from './guild-model.ts';
import { channelJson } from './json.ts';
import { readNewMessage } from './message-body.ts';
import { openForumPost, openThread } from './threads.ts';

const namedThread = z.object({ name: z.string().min(1).max(100), type: z.number().optional() });
const forumThread = namedThread.extend({ message: z.unknown() });
const recipient = z.strictObject({ recipient_id: z.string() });

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidForm('', 'BASE_TYPE_INVALID', parsed.error.message);
  return parsed.data;
}

/** Channels, threads, direct channels and what is seen of typing. */
export function createChannelMethods(state: DiscordState): readonly ApiRoute[] {
  const { world } = state;

  function createThread(call: ApiCall): object {
    const parent = channelFor(state, param(call, 'channel_id'));
    if (parent.type === channelTypes.forum) {
      const { name, message } = parse(forumThread, call.body);
      demand(state, parent, 'SendMessages');
      const { thread } = openForumPost(state, parent, world.bot, name, readNewMessage(message).content ?? '');
      return channelJson(world, thread);
    }
    const { name, type = channelTypes.privateThread } = parse(namedThread, call.body);
    const isPrivate = type === channelTypes.privateThread;
    demand(state, parent, isPrivate ? 'CreatePrivateThreads' : 'CreatePublicThreads');
    return channelJson(world, openThread(state, parent, world.bot, { name, isPrivate }));
  }

  function createThreadFrom(call: ApiCall): object {
    const parent = channelFor(state, param(call, 'channel_id'));
    demand(state, parent, 'CreatePublicThreads', 'ReadMessageHistory');
    const message = messageIn(parent, param(call, 'message_id'));
    if (world.channels.has(message.id)) throw refusal(160004);
    const { name } = parse(namedThread, call.body);
    return channelJson(world, openThread(state, parent, world.bot, { name, from: message.id }));
  }

  return [
    {
      operation: 'get_channel',
      method: 'GET',
      path: '/channels/{channel_id}',
      run: (call) => channelJson(world, channelFor(state, param(call, 'channel_id'))),
    },
    {
      operation: 'trigger_typing_indicator',
      method: 'POST',
      path: '/channels/{channel_id}/typing',
      run(call) {
        const channel = channelToWrite(state, param(call, 'channel_id'));
        state.typings.push({ channelId: channel.id, at: world.now() });
        return undefined;
      },
    },
    {
      operation: 'create_thread',
      method: 'POST',
      path: '/channels/{channel_id}/threads',
      run: createThread,
    },
    {
      operation: 'create_thread_from_message',
      method: 'POST',
      path: '/channels/{channel_id}/messages/{message_id}/threads',
      run: createThreadFrom,
    },
    {
      operation: 'join_thread',
      method: 'PUT',
      path: '/channels/{channel_id}/thread-members/@me',
      run(call) {
        const thread = channelFor(state, param(call, 'channel_id'));
        if (!isThread(thread)) throw refusal(10003);
        thread.members.add(world.bot.id);
        return undefined;
      },
    },
    {
      operation: 'create_dm',
      method: 'POST',
      path: '/users/@me/channels',
      run(call) {
        const { recipient_id: id } = parse(recipient, call.body);
        if (!world.users.has(id)) throw refusal(10013);
        return channelJson(world, world.dmOf(id));
      },
    },
  ];
}
