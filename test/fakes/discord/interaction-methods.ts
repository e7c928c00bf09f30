import { z } from 'zod';
import { type ApiCall, type ApiRoute, param } from './api-methods.ts';
import { invalidForm, refusal, violation } from './api-refusal.ts';
import { numbered } from './component-rules.ts';
import type { DiscordState } from './discord-state.ts';
import type { FakeMessage } from './guild-model.ts';
import { interactionMetadata, shownMessage } from './interaction-payloads.ts';
import type { AnswerKind, InteractionKind, OpenInteraction } from './interactions.ts';
import {
  answerFlags,
  asShown,
  type Contents,
  checkContents,
  editFlags,
  isEmpty,
  messageFlags,
  readAnswer,
} from './message-body.ts';
import { pingsOf, post, remove, revise } from './messages.ts';
import { readModal } from './modal-form.ts';
import { attachedBy, type Uploads } from './uploads.ts';

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type */
const answerKinds: Readonly<Record<number, AnswerKind>> = {
  4: 'message',
  5: 'deferred',
  6: 'deferred_update',
  7: 'update',
  8: 'choices',
  9: 'modal',
};
const callback = z.strictObject({ type: z.number().int(), data: z.unknown().optional() });
const deferral = z.strictObject({ flags: z.number().int().optional() }).optional();
const completions = z.strictObject({
  choices: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(100),
        name_localizations: z.unknown().optional(),
        value: z.union([z.string().max(100), z.number()]),
      }),
    )
    .max(25),
});

const forMessages: readonly AnswerKind[] = ['message', 'deferred'];
const allowedAnswers: Readonly<Record<InteractionKind, readonly AnswerKind[]>> = {
  command: [...forMessages, 'modal'],
  message_command: [...forMessages, 'modal'],
  component: [...forMessages, 'deferred_update', 'update', 'modal'],
  autocomplete: ['choices'],
  // A form cannot be answered with a form.
  modal: forMessages,
};
const COMMAND_REPLY = 20;
const MENU_REPLY = 23;

function parse<T>(schema: z.ZodType<T>, body: unknown, path: string): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidForm(path, 'BASE_TYPE_INVALID', parsed.error.message);
  return parsed.data;
}

/** What a message is told to be, and the files that come with it. */
type Told = Contents & { readonly files: Uploads };

/** Answers to interactions: the first, and what follows it through the webhook. */
export function createInteractionMethods(state: DiscordState): readonly ApiRoute[] {
  const { world, interactions, modals } = state;

  /** A new message of the bot that belongs to an interaction. */
  function say(interaction: OpenInteraction, body: Told, isLoading: boolean, isFirst: boolean): FakeMessage {
    const flags = (body.flags ?? 0) | (isLoading ? messageFlags.loading : 0);
    const content = asShown(body.content);
    return post(state, interaction.channel, world.bot, {
      content,
      flags,
      components: numbered(body.components ?? []),
      embeds: body.embeds ?? [],
      ...attachedBy(body.attachments, body.files, world.nextId),
      type: isFirst ? firstType(interaction.kind) : 0,
      privateTo: (flags & messageFlags.ephemeral) === 0 ? undefined : interaction.user.id,
      pings: pingsOf(content, body.allowed_mentions, { mayPingEveryone: false, isReply: false }),
      extra: {
        webhook_id: world.applicationId,
        application_id: world.applicationId,
        interaction_metadata: interactionMetadata(interaction),
      },
    });
  }

  const firstType = (kind: InteractionKind): number =>
    kind === 'command' ? COMMAND_REPLY : kind === 'message_command' ? MENU_REPLY : 0;

  function write(message: FakeMessage, body: Told): FakeMessage {
    const content = body.content === undefined ? message.content : asShown(body.content);
    const components = body.components === undefined ? message.components : numbered(body.components ?? []);
    const embeds = body.embeds ?? message.embeds;
    const { attachments, contents } = attachedBy(body.attachments, body.files, world.nextId, message);
    const next = {
      content,
      embeds: [...embeds],
      flags: message.flags,
      components: [...components],
      attachments: [...attachments],
    };
    if (isEmpty(next)) throw violation(50006);
    revise(state, world.channels.get(message.channelId) ?? fail(), message, () => {
      const isFilled = (message.flags & messageFlags.loading) !== 0;
      message.content = content;
      message.components = components;
      message.embeds = embeds;
      message.attachments = attachments;
      message.contents = contents;
      message.flags = (message.flags & ~messageFlags.loading) | (body.flags ?? 0);
      message.pings = pingsOf(content, body.allowed_mentions, { mayPingEveryone: false, isReply: false });
      if (!isFilled) message.editedAt = world.now();
    });
    return message;
  }

  const fail = (): never => {
    throw refusal(10003);
  };

  function readMessage(data: unknown, files: Uploads, flags: number): Told {
    const body = readAnswer(data);
    checkContents(body, flags);
    return { ...body, files };
  }

  function first(interaction: OpenInteraction, kind: AnswerKind, data: unknown, files: Uploads): void {
    switch (kind) {
      case 'message': {
        const body = readMessage(data, files, answerFlags);
        if (isEmpty(body)) throw violation(50006);
        interaction.original = say(interaction, body, false, true);
        break;
      }
      case 'deferred': {
        const flags = parse(deferral, data ?? undefined, 'data')?.flags ?? 0;
        if ((flags & ~messageFlags.ephemeral) !== 0)
          throw invalidForm('data.flags', 'BASE_TYPE_INVALID', 'Only EPHEMERAL');
        interaction.original = say(interaction, { flags, files: new Map() }, true, true);
        break;
      }
      case 'deferred_update':
        interaction.original = interaction.message;
        break;
      case 'update': {
        const body = readMessage(data, files, editFlags);
        if (interaction.message !== undefined) write(interaction.message, body);
        interaction.original = interaction.message;
        break;
      }
      case 'modal': {
        modals.set(interaction.user.id, { modal: readModal(data), from: interaction });
        break;
      }
      case 'choices':
        break;
    }
  }

  function answer(call: ApiCall): object | undefined {
    const interaction = interactions.toAnswer(
      param(call, 'interaction_id'),
      param(call, 'interaction_token'),
    );
    const { type, data } = parse(callback, call.body, '');
    const kind = answerKinds[type];
    const isFromComponent = interaction.kind === 'modal' && interaction.message !== undefined;
    const allowed = [
      ...allowedAnswers[interaction.kind],
      ...(isFromComponent ? (['deferred_update', 'update'] as const) : []),
    ];
    if (kind === undefined || !allowed.includes(kind)) {
      throw invalidForm('type', 'BASE_TYPE_CHOICES', `Not for an interaction of kind ${interaction.kind}`);
    }
    first(interaction, kind, data, call.files);
    interaction.isEphemeral = interaction.original?.privateTo !== undefined;
    const choices = kind === 'choices' ? parse(completions, data, 'data').choices : undefined;
    interactions.settle(
      interaction,
      kind,
      choices?.map(({ name, value }) => ({ name, value })),
    );
    return call.query.get('with_response') === 'true' ? described(interaction, kind) : undefined;
  }

  function described(interaction: OpenInteraction, kind: AnswerKind): object {
    const { id, original, isEphemeral } = interaction;
    const hasMessage =
      original !== undefined && (kind === 'message' || kind === 'deferred' || kind === 'update');
    return {
      interaction: {
        id,
        type: interaction.kind === 'component' ? 3 : interaction.kind === 'modal' ? 5 : 2,
        ...(hasMessage
          ? {
              response_message_id: original.id,
              response_message_loading: kind === 'deferred',
              response_message_ephemeral: isEphemeral,
            }
          : {}),
      },
      // A deferral counts as the message that it is going to be.
      ...(hasMessage
        ? { resource: { type: kind === 'update' ? 7 : 4, message: shownMessage(world, original) } }
        : {}),
    };
  }

  const following = (call: ApiCall): OpenInteraction =>
    interactions.toFollow(param(call, 'webhook_id'), param(call, 'webhook_token'));

  /** A message that this interaction's token reaches. */
  function reached(interaction: OpenInteraction, id: string): FakeMessage {
    const found = id === '@original' ? interaction.original : interaction.channel.messages.get(id);
    const isOwn = found?.author.id === world.bot.id;
    if (found === undefined || found.isRemoved || !isOwn) throw refusal(10008);
    return found;
  }

  function follow(call: ApiCall): object {
    const interaction = following(call);
    const body = readMessage(call.body, call.files, answerFlags);
    if (isEmpty(body)) throw violation(50006);
    const { original } = interaction;
    // The first message after a deferral takes the place of what is loading; private or not was settled before.
    if (
      interaction.answer === 'deferred' &&
      original !== undefined &&
      (original.flags & messageFlags.loading) !== 0
    ) {
      return shownMessage(
        world,
        write(original, { ...body, flags: (body.flags ?? 0) & ~messageFlags.ephemeral }),
      );
    }
    return shownMessage(world, say(interaction, body, false, false));
  }

  const path = '/webhooks/{webhook_id}/{webhook_token}';
  const byId = (call: ApiCall): string => call.params['message_id'] ?? '@original';
  const onMessages = (operations: readonly [string, string, string], at: string): ApiRoute[] => [
    {
      operation: operations[0],
      method: 'GET',
      path: at,
      needsToken: false,
      run: (call) => shownMessage(world, reached(following(call), byId(call))),
    },
    {
      operation: operations[1],
      method: 'PATCH',
      path: at,
      needsToken: false,
      run: (call) =>
        shownMessage(
          world,
          write(reached(following(call), byId(call)), readMessage(call.body, call.files, editFlags)),
        ),
    },
    {
      operation: operations[2],
      method: 'DELETE',
      path: at,
      needsToken: false,
      run(call) {
        const interaction = following(call);
        remove(state, interaction.channel, reached(interaction, byId(call)));
        return undefined;
      },
    },
  ];

  return [
    {
      operation: 'create_interaction_response',
      method: 'POST',
      path: '/interactions/{interaction_id}/{interaction_token}/callback',
      needsToken: false,
      run: answer,
    },
    { operation: 'execute_webhook', method: 'POST', path, needsToken: false, run: follow },
    ...onMessages(
      ['get_original_webhook_message', 'update_original_webhook_message', 'delete_original_webhook_message'],
      `${path}/messages/@original`,
    ),
    ...onMessages(
      ['get_webhook_message', 'update_webhook_message', 'delete_webhook_message'],
      `${path}/messages/{message_id}`,
    ),
  ];
}
