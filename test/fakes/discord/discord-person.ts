import type { DiscordState } from './discord-state.ts';
import { isEmoji } from './emoji.ts';
import {
  channelTypes,
  type FakeChannel,
  type FakeMember,
  type FakeMessage,
  type FakeUser,
  isThread,
  type Json,
} from './guild-model.ts';
import { interactionJson, shownMessage } from './interaction-payloads.ts';
import type { Choice, InteractionKind, InteractionResult, OpenInteraction } from './interactions.ts';
import { asShown } from './message-body.ts';
import { clearReactions, pingsOf, post, react, remove, revise } from './messages.ts';
import { readForm, type ShownForm, submission } from './modal-form.ts';
import { controlsIn } from './screen.ts';
import { openForumPost, openThread, type ThreadOptions } from './threads.ts';
import {
  checkOptions,
  commandData,
  followPath,
  type OptionValue,
  type TypedCommand,
  valuesOf,
} from './typed-command.ts';

export interface SayOptions {
  /** The message that it answers. */
  readonly replyTo?: string;
  /** Whether a reply tells the author of what it answers. Default true, as in Discord's apps. */
  readonly pings?: boolean;
  /** https://docs.discord.com/developers/resources/message#message-object-message-types */
  readonly type?: number;
  readonly attachments?: readonly Json[];
}

/** Somebody with a Discord client. Acts happen at once; what the app makes of them comes later. */
export interface DiscordPerson {
  readonly user: FakeUser;
  readonly dm: FakeChannel;
  /** Gives the message's id. Default place: the DM with the bot. */
  say(text: string, channel?: FakeChannel, options?: SayOptions): string;
  /** The same with a mention of the bot before it. */
  mention(text: string, channel: FakeChannel, options?: SayOptions): string;
  reply(messageId: string, text: string, channel?: FakeChannel, options?: SayOptions): string;
  openThread(channel: FakeChannel, options: ThreadOptions): FakeChannel;
  openPost(
    forum: FakeChannel,
    title: string,
    text: string,
  ): { readonly thread: FakeChannel; readonly messageId: string };
  edit(id: string, text: string, channel?: FakeChannel): void;
  remove(id: string, channel?: FakeChannel): void;
  /** As a moderator: many at once. */
  bulkRemove(ids: readonly string[], channel: FakeChannel): void;
  /** By character, or `name:id` of a custom one. `isBurst`: a super reaction. */
  react(id: string, emoji: string, channel?: FakeChannel, isBurst?: boolean): void;
  unreact(id: string, emoji: string, channel?: FakeChannel): void;
  /** As a moderator: everybody's reactions, or those with one emoji. */
  clearReactions(id: string, channel: FakeChannel, emoji?: string): void;
  press(id: string, customId: string, channel?: FakeChannel): Promise<InteractionResult>;
  /** `/skill list`, with options by name; both as the app registered them. */
  command(
    path: string,
    options?: Readonly<Record<string, OptionValue>>,
    channel?: FakeChannel,
  ): Promise<InteractionResult>;
  /** The same typed in one go: `skill show tides`. Words that are no subcommand fill the options in order. */
  typeCommand(line: string, channel?: FakeChannel): Promise<InteractionResult>;
  /** What Discord offers while the option `focused` is being typed. */
  complete(
    path: string,
    options: Readonly<Record<string, OptionValue>>,
    focused: string,
    channel?: FakeChannel,
  ): Promise<readonly Choice[]>;
  /** From the menu of a message. */
  messageCommand(id: string, name: string, channel?: FakeChannel): Promise<InteractionResult>;
  /** The form on this person's screen. */
  form(): ShownForm | undefined;
  /** By `custom_id` of the fields. The form goes away when it was answered. */
  submit(values: Readonly<Record<string, string>>): Promise<InteractionResult>;
  /** Discord tells apps nothing of it. */
  dismiss(): void;
}

export function createDiscordPerson(state: DiscordState, user: FakeUser): DiscordPerson {
  const { world, feed, interactions, commands, modals } = state;
  const dm = world.dmOf(user.id);

  function enter(channel: FakeChannel): FakeMember | undefined {
    const guild = world.guildOf(channel);
    if (isThread(channel)) channel.members.add(user.id);
    return guild === undefined ? undefined : world.join(guild, user.id);
  }

  function existing(id: string, channel: FakeChannel): FakeMessage {
    const message = channel.messages.get(id);
    const isHidden = message?.privateTo !== undefined && message.privateTo !== user.id;
    if (message === undefined || message.isRemoved || isHidden) throw new Error('there is no such message');
    return message;
  }

  function ownMessage(id: string, channel: FakeChannel): FakeMessage {
    const message = existing(id, channel);
    if (message.author.id !== user.id) throw new Error('only own messages can be changed');
    return message;
  }

  function demand(channel: FakeChannel, name: 'ManageMessages' | 'UseApplicationCommands'): void {
    if (!world.may(user.id, channel, name)) throw new Error(`${user.username} may not: ${name}`);
  }

  /** Whoever is mentioned in a private thread is in it from then on. */
  function bringBot(thread: FakeChannel): void {
    if (thread.members.has(world.bot.id)) return;
    thread.members.add(world.bot.id);
    feed.channel('THREAD_CREATE', thread);
  }

  function checkEmoji(emoji: string): void {
    if (!isEmoji(emoji)) throw new Error(`${emoji} is no emoji`);
  }

  async function interact(
    kind: InteractionKind,
    parts: {
      readonly name: string;
      readonly channel: FakeChannel;
      readonly message?: FakeMessage | undefined;
    },
    makeData: (interaction: OpenInteraction) => Json,
  ): Promise<InteractionResult> {
    enter(parts.channel);
    if (kind !== 'component' && kind !== 'modal' && parts.channel.type !== channelTypes.direct) {
      demand(parts.channel, 'UseApplicationCommands');
    }
    const interaction = interactions.open({ kind, user, message: undefined, ...parts });
    const outcome = interactions.outcome(interaction);
    const reached = feed.interaction(
      parts.channel.guildId,
      state.alterInteraction(interactionJson(world, interaction, makeData(interaction))),
    );
    if (reached === 0) interactions.abandon(interaction);
    return await outcome;
  }

  const send = (
    channel: FakeChannel,
    typed: TypedCommand,
    options: Readonly<Record<string, OptionValue>>,
  ): Promise<InteractionResult> => {
    checkOptions(typed, options, true);
    return interact('command', { name: typed.command.name, channel }, () => commandData(typed, options));
  };
  const wordsOf = (path: string): readonly string[] =>
    path
      .replace(/^\//, '')
      .split(/\s+/)
      .filter((word) => word !== '');

  const person: DiscordPerson = {
    user,
    dm,
    say(text, channel = dm, options = {}) {
      enter(channel);
      const content = asShown(text);
      if (channel.type === channelTypes.privateThread && content.includes(`<@${world.bot.id}>`))
        bringBot(channel);
      const { replyTo, pings = true } = options;
      const message = post(state, channel, user, {
        content,
        type: options.type ?? (replyTo === undefined ? 0 : 19),
        attachments: options.attachments,
        nonce: world.nextId(),
        replyTo: replyTo === undefined ? undefined : { channelId: channel.id, messageId: replyTo },
        pings: pingsOf(content, undefined, {
          mayPingEveryone: world.may(user.id, channel, 'MentionEveryone'),
          isReply: replyTo !== undefined && pings,
        }),
      });
      return message.id;
    },
    mention: (text, channel, options) => person.say(`<@${world.bot.id}> ${text}`, channel, options),
    reply: (messageId, text, channel = dm, options = {}) =>
      person.say(text, channel, { ...options, replyTo: messageId }),
    openThread(channel, options) {
      enter(channel);
      if (options.from !== undefined) existing(options.from, channel);
      return openThread(state, channel, user, options);
    },
    openPost(forum, title, text) {
      enter(forum);
      const { thread, message } = openForumPost(state, forum, user, title, text);
      return { thread, messageId: message.id };
    },
    edit(id, text, channel = dm) {
      revise(state, channel, ownMessage(id, channel), (message) => {
        message.content = asShown(text);
        message.editedAt = world.now();
      });
    },
    remove: (id, channel = dm) => remove(state, channel, ownMessage(id, channel)),
    bulkRemove(ids, channel) {
      demand(channel, 'ManageMessages');
      for (const id of ids) existing(id, channel).isRemoved = true;
      feed.inChannel('MESSAGE_DELETE_BULK', channel, { ids });
    },
    react(id, emoji, channel = dm, isBurst = false) {
      checkEmoji(emoji);
      enter(channel);
      react(state, 'ADD', channel, existing(id, channel), user, emoji, isBurst);
    },
    unreact(id, emoji, channel = dm) {
      checkEmoji(emoji);
      react(state, 'REMOVE', channel, existing(id, channel), user, emoji);
    },
    clearReactions(id, channel, emoji) {
      demand(channel, 'ManageMessages');
      clearReactions(state, channel, existing(id, channel), emoji);
    },
    async press(id, customId, channel = dm) {
      const message = existing(id, channel);
      const control = controlsIn(message.components).find((one) => one['custom_id'] === customId);
      if (control === undefined) throw new Error(`there is no button ${customId}`);
      if (control['disabled'] === true) throw new Error(`the button ${customId} is disabled`);
      return await interact('component', { name: customId, channel, message }, () => ({
        component_type: control['type'],
        custom_id: customId,
        id: control['id'] ?? 2,
      }));
    },
    async command(path, options = {}, channel = dm) {
      enter(channel);
      const { rest, ...typed } = followPath(commands, channel, wordsOf(path));
      if (rest.length > 0) throw new Error(`nothing follows: ${rest.join(' ')}`);
      return await send(channel, typed, options);
    },
    async typeCommand(line, channel = dm) {
      enter(channel);
      const { rest, ...typed } = followPath(commands, channel, wordsOf(line));
      return await send(channel, typed, valuesOf(typed, rest));
    },
    async complete(path, options, focused, channel = dm) {
      enter(channel);
      const { rest: _rest, ...typed } = followPath(commands, channel, wordsOf(path));
      checkOptions(typed, { [focused]: '', ...options }, false);
      const arg = typed.args.find((one) => one.name === focused);
      if (arg?.autocomplete !== true) throw new Error(`${focused} has no completion`);
      const { choices } = await interact('autocomplete', { name: typed.command.name, channel }, () =>
        commandData(typed, { [focused]: '', ...options }, focused),
      );
      return choices ?? [];
    },
    async messageCommand(id, name, channel = dm) {
      const command = commands.find(channel, 3, name);
      if (command === undefined) throw new Error(`there is no message command ${name} here`);
      const message = existing(id, channel);
      return await interact('message_command', { name, channel }, () => ({
        id: command.id,
        name,
        type: 3,
        target_id: id,
        ...(command.guildId === undefined ? {} : { guild_id: command.guildId }),
        resolved: { messages: { [id]: shownMessage(world, message) } },
      }));
    },
    form() {
      const opened = modals.get(user.id);
      return opened === undefined ? undefined : readForm(opened);
    },
    async submit(values) {
      const opened = modals.get(user.id);
      if (opened === undefined) throw new Error('no form is open');
      const { channel, kind, message } = opened.from;
      const from = kind === 'component' ? message : undefined;
      const result = await interact('modal', { name: opened.modal.custom_id, channel, message: from }, () =>
        submission(opened, values),
      );
      if (result.error === undefined && modals.get(user.id) === opened) modals.delete(user.id);
      return result;
    },
    dismiss() {
      if (!modals.delete(user.id)) throw new Error('no form is open');
    },
  };
  return person;
}
