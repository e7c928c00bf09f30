import { channelFor, channelToWrite, demand, messageIn } from './access.ts';
import { type ApiCall, type ApiRoute, param } from './api-methods.ts';
import { invalidForm, refusal, violation } from './api-refusal.ts';
import { numbered } from './component-rules.ts';
import type { DiscordState } from './discord-state.ts';
import { channelTypes, type FakeChannel, type FakeMessage } from './guild-model.ts';
import { messageJson } from './json.ts';
import {
  asShown,
  checkContents,
  editFlags,
  isEmpty,
  type NewMessage,
  newMessageFlags,
  readContents,
  readNewMessage,
} from './message-body.ts';
import { pingsOf, post, remove, revise } from './messages.ts';
import { attachedBy } from './uploads.ts';

/** How long a nonce is remembered: "the past few minutes". */
const NONCE_MS = 5 * 60_000;

export function createMessageMethods(state: DiscordState): readonly ApiRoute[] {
  const { world } = state;

  const json = (message: FakeMessage): object =>
    messageJson(world, message, {
      readsContent: state.allowedIntents().has('message_content'),
      isEvent: false,
    });

  function sameNonce(
    channel: FakeChannel,
    { nonce, enforce_nonce: isEnforced }: NewMessage,
  ): FakeMessage | undefined {
    if (nonce === undefined || nonce === null || isEnforced !== true) return undefined;
    return [...channel.messages.values()].find(
      (message) =>
        message.author.id === world.bot.id &&
        message.nonce === nonce &&
        world.now() - message.createdAt < NONCE_MS,
    );
  }

  function referenceOf(
    channel: FakeChannel,
    { message_reference: reference }: NewMessage,
  ): FakeMessage | undefined {
    if (reference === undefined || reference === null) return undefined;
    if (reference.channel_id !== undefined && reference.channel_id !== channel.id) {
      throw invalidForm(
        'message_reference',
        'REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL',
        'Cannot reply to another channel',
      );
    }
    demand(state, channel, 'ReadMessageHistory');
    const found = channel.messages.get(reference.message_id);
    if (found !== undefined && !found.isRemoved && found.privateTo === undefined) return found;
    if (reference.fail_if_not_exists === false) return undefined;
    // Somebody deleted it meanwhile: no fault of the app's.
    throw invalidForm('message_reference', 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message', false);
  }

  function create(call: ApiCall): object {
    const channel = channelToWrite(state, param(call, 'channel_id'));
    const body = readNewMessage(call.body);
    checkContents(body, newMessageFlags);
    if (isEmpty(body)) throw violation(50006);
    const earlier = sameNonce(channel, body);
    if (earlier !== undefined) return json(earlier);
    const recipient = world.users.get(channel.recipientId ?? '');
    if (recipient?.bot === true) throw refusal(50007);
    const answered = referenceOf(channel, body);
    if (call.files.size > 0) demand(state, channel, 'AttachFiles');
    const content = asShown(body.content);
    const message = post(state, channel, world.bot, {
      content,
      type: answered === undefined ? 0 : 19,
      flags: body.flags ?? 0,
      components: numbered(body.components ?? []),
      embeds: body.embeds ?? [],
      ...attachedBy(body.attachments, call.files, world.nextId),
      nonce: body.nonce ?? undefined,
      replyTo: answered === undefined ? undefined : { channelId: channel.id, messageId: answered.id },
      pings: pingsOf(content, body.allowed_mentions, {
        mayPingEveryone: world.may(world.bot.id, channel, 'MentionEveryone'),
        isReply: answered !== undefined,
      }),
    });
    return json(message);
  }

  function update(call: ApiCall): object {
    const channel = channelFor(state, param(call, 'channel_id'));
    const message = messageIn(channel, param(call, 'message_id'));
    const body = readContents(call.body);
    checkContents(body, editFlags);
    if (message.author.id !== world.bot.id) throw violation(50005);
    // Only a message brings a thread back: https://github.com/discord/discord-api-docs/pull/2855
    if (channel.isLocked || channel.isArchived) throw refusal(50083);
    const next = {
      content: body.content === undefined ? message.content : asShown(body.content),
      embeds: body.embeds ?? message.embeds,
      components: body.components === undefined ? message.components : numbered(body.components ?? []),
      flags: body.flags ?? message.flags,
      ...attachedBy(body.attachments, call.files, world.nextId, message),
    };
    const { attachments, embeds, components } = next;
    if (
      isEmpty({
        ...next,
        attachments: [...attachments],
        embeds: [...embeds],
        components: [...components],
      })
    )
      throw violation(50006);
    revise(state, channel, message, () => {
      Object.assign(message, next, { editedAt: world.now() });
    });
    return json(message);
  }

  function list(call: ApiCall): object {
    const channel = channelFor(state, param(call, 'channel_id'));
    if (channel.type === channelTypes.forum) throw refusal(50008);
    // Without the history there is nothing to see, which is no error.
    if (!world.may(world.bot.id, channel, 'ReadMessageHistory')) return [];
    const { query } = call;
    const limit = Number(query.get('limit') ?? 50);
    const before = query.get('before');
    const after = query.get('after');
    const shown = [...channel.messages.values()].filter(
      (message) =>
        !message.isRemoved &&
        message.privateTo === undefined &&
        (before === null || BigInt(message.id) < BigInt(before)) &&
        (after === null || BigInt(message.id) > BigInt(after)),
    );
    const picked = after === null ? shown.slice(-limit) : shown.slice(0, limit);
    return picked.toReversed().map(json);
  }

  const path = '/channels/{channel_id}/messages';
  return [
    { operation: 'create_message', method: 'POST', path, run: create },
    { operation: 'list_messages', method: 'GET', path, run: list },
    {
      operation: 'get_message',
      method: 'GET',
      path: `${path}/{message_id}`,
      run(call) {
        const channel = channelFor(state, param(call, 'channel_id'));
        demand(state, channel, 'ReadMessageHistory');
        return json(messageIn(channel, param(call, 'message_id')));
      },
    },
    { operation: 'update_message', method: 'PATCH', path: `${path}/{message_id}`, run: update },
    {
      operation: 'delete_message',
      method: 'DELETE',
      path: `${path}/{message_id}`,
      run(call) {
        const channel = channelFor(state, param(call, 'channel_id'));
        const message = messageIn(channel, param(call, 'message_id'));
        if (message.author.id !== world.bot.id) demand(state, channel, 'ManageMessages');
        remove(state, channel, message);
        return undefined;
      },
    },
  ];
}
