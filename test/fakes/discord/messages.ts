import type { DiscordState } from './discord-state.ts';
import type { FakeChannel, FakeMessage, FakeUser, MessageParts } from './guild-model.ts';
import { emojiJson, memberJson, userJson } from './json.ts';
import type { AllowedMentions } from './message-body.ts';

/** Who is told of a message: `user:<id>`, `role:<id>`, `everyone`, and `reply` for the author of what it answers. */
export function pingsOf(
  content: string,
  allowed: AllowedMentions | undefined | null,
  options: { readonly mayPingEveryone: boolean; readonly isReply: boolean },
): readonly string[] {
  const parse =
    allowed?.parse ?? (allowed === undefined || allowed === null ? ['users', 'roles', 'everyone'] : []);
  const users = [...content.matchAll(/<@!?(\d+)>/g)].map((match) => match[1] ?? '');
  const roles = [...content.matchAll(/<@&(\d+)>/g)].map((match) => match[1] ?? '');
  const isAllowed = (kind: 'users' | 'roles', id: string): boolean =>
    parse.includes(kind) || (allowed?.[kind] ?? []).includes(id);
  return [
    ...new Set([
      ...users.filter((id) => isAllowed('users', id)).map((id) => `user:${id}`),
      ...roles.filter((id) => isAllowed('roles', id)).map((id) => `role:${id}`),
      // The platform looks for these everywhere, in code and behind a backslash too.
      ...(options.mayPingEveryone && parse.includes('everyone') && /@(?:everyone|here)/.test(content)
        ? ['everyone']
        : []),
      ...(options.isReply && (allowed?.replied_user ?? allowed === undefined) ? ['reply'] : []),
    ]),
  ];
}

/** A message appears, and the app hears of it: of its own as of others'. */
export function post(
  { world, feed }: DiscordState,
  channel: FakeChannel,
  author: FakeUser,
  parts: MessageParts,
): FakeMessage {
  const message = world.add(channel, author, parts);
  // Writing into a thread brings it back from the archive.
  channel.isArchived = false;
  feed.message('MESSAGE_CREATE', channel, message);
  return message;
}

export function revise(
  { feed }: DiscordState,
  channel: FakeChannel,
  message: FakeMessage,
  change: (message: FakeMessage) => void,
): void {
  change(message);
  feed.message('MESSAGE_UPDATE', channel, message);
}

export function remove({ feed }: DiscordState, channel: FakeChannel, message: FakeMessage): void {
  message.isRemoved = true;
  if (message.privateTo === undefined) feed.inChannel('MESSAGE_DELETE', channel, { id: message.id });
}

/** A reaction appears or goes. `false` where nothing changed. */
export function react(
  { world, feed }: DiscordState,
  change: 'ADD' | 'REMOVE',
  channel: FakeChannel,
  message: FakeMessage,
  user: FakeUser,
  emoji: string,
  isBurst = false,
): boolean {
  const users = message.reactions.get(emoji) ?? new Set<string>();
  if (change === 'ADD' ? users.has(user.id) : !users.has(user.id)) return false;
  if (change === 'ADD') users.add(user.id);
  else users.delete(user.id);
  if (users.size === 0) message.reactions.delete(emoji);
  else message.reactions.set(emoji, users);
  const member = world.guildOf(channel)?.members.get(user.id);
  feed.inChannel(`MESSAGE_REACTION_${change}`, channel, {
    user_id: user.id,
    message_id: message.id,
    emoji: emojiJson(emoji),
    burst: isBurst,
    type: isBurst ? 1 : 0,
    ...(change === 'ADD'
      ? {
          message_author_id: message.author.id,
          ...(isBurst ? { burst_colors: ['#ff0000'] } : {}),
          ...(member === undefined ? {} : { member: { ...memberJson(member), user: userJson(user) } }),
        }
      : {}),
  });
  return true;
}

/** Everybody's reactions go, or those with one emoji. */
export function clearReactions(
  { feed }: DiscordState,
  channel: FakeChannel,
  message: FakeMessage,
  emoji?: string,
): void {
  if (emoji === undefined) {
    message.reactions.clear();
    feed.inChannel('MESSAGE_REACTION_REMOVE_ALL', channel, { message_id: message.id });
  } else {
    message.reactions.delete(emoji);
    feed.inChannel('MESSAGE_REACTION_REMOVE_EMOJI', channel, {
      message_id: message.id,
      emoji: emojiJson(emoji),
    });
  }
}
