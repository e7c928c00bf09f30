import { z } from 'zod';
import type { AppState } from './app-state.ts';
import { composedBlocks, typedText } from './composer.ts';
import { nameOfEmoji } from './emoji-names.ts';
import type { DeliveryOutcome } from './event-feed.ts';
import { blockActions, findElement, interactionBase, messageAction } from './interaction-payloads.ts';
import { post, react, remove, revise } from './messages.ts';
import { readFields, type ShownForm, stateOf } from './modal-form.ts';
import { respond } from './respond.ts';
import { readView, type ScreenMessage } from './screen.ts';
import {
  type FakeSlackChannel,
  type FakeSlackMessage,
  type FakeSlackUser,
  messageJson,
  rootTsOf,
} from './workspace.ts';

export interface SayOptions {
  readonly threadTs?: string | undefined;
  /** Which of the two events of a mention goes out first. Default: the mention. */
  readonly twinFirst?: 'app_mention' | 'message';
  /** The text as it travels, where typing could not make it: `<!here>`, `<@U…>`. */
  readonly isRaw?: boolean;
  /** Further fields: `subtype`, `files` … */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What became of an interaction. `error` is what Slack shows when the app did not answer. */
export interface InteractionResult extends DeliveryOutcome {
  readonly error?: string;
}

/** Somebody with a Slack client. Acts happen at once; what the app makes of them comes later. */
export interface SlackPerson {
  readonly user: FakeSlackUser;
  readonly dm: FakeSlackChannel;
  /** Gives the message's `ts`. Default place: the DM with the bot. */
  say(text: string, channel?: FakeSlackChannel, options?: SayOptions): string;
  /** The same with a mention of the bot before it. */
  mention(text: string, channel: FakeSlackChannel, options?: SayOptions): string;
  edit(ts: string, text: string, channel?: FakeSlackChannel, options?: Pick<SayOptions, 'isRaw'>): void;
  remove(ts: string, channel?: FakeSlackChannel): void;
  /** By emoji or by name, with a skin tone or without: `👍`, `thumbsup`, `+1::skin-tone-3`. */
  react(ts: string, emoji: string, channel?: FakeSlackChannel, options?: { namesAuthor: boolean }): void;
  unreact(ts: string, emoji: string, channel?: FakeSlackChannel, options?: { namesAuthor: boolean }): void;
  /** Presses a button; `value` tells apart buttons with one action id. */
  press(ts: string, actionId: string, channel?: FakeSlackChannel, value?: string): Promise<InteractionResult>;
  pressFeedback(ts: string, which: 'good' | 'bad', channel?: FakeSlackChannel): Promise<InteractionResult>;
  /** From the menu of a message. */
  shortcut(ts: string, callbackId: string, channel?: FakeSlackChannel): Promise<InteractionResult>;
  /** `/metaclaw <text>`, typed into the field of a channel; threads have none. */
  command(text: string, channel?: FakeSlackChannel, command?: string): Promise<InteractionResult>;
  /** The form on this person's screen. */
  form(): ShownForm | undefined;
  /** By `action_id`. The form goes away when the app says so. */
  submit(values: Readonly<Record<string, string>>): Promise<InteractionResult>;
  dismiss(): Promise<void>;
  openHome(tab?: 'home' | 'messages'): void;
  home(): ScreenMessage | undefined;
  /** The stop button of an agent's session. */
  stop(threadTs: string, channel?: FakeSlackChannel): void;
}

const submissionAnswer = z
  .object({
    response_action: z.enum(['errors', 'clear', 'update', 'push']),
    errors: z.record(z.string(), z.string()).optional(),
  })
  .partial();

const isEmpty = (response: unknown): boolean =>
  response === undefined ||
  response === null ||
  (typeof response === 'object' && Object.keys(response).length === 0);

export function createSlackPerson(state: AppState, user: FakeSlackUser, origin: string): SlackPerson {
  const { workspace, feed } = state;
  const dm = workspace.dmOf(user.id);
  let formErrors: Readonly<Record<string, string>> = {};

  function existing(ts: string, channel: FakeSlackChannel): FakeSlackMessage {
    const message = channel.messages.get(ts);
    const isHidden = message?.privateTo !== undefined && message.privateTo !== user.id;
    if (message === undefined || message.isRemoved || isHidden) throw new Error('there is no such message');
    return message;
  }

  function ownMessage(ts: string, channel: FakeSlackChannel): FakeSlackMessage {
    const message = existing(ts, channel);
    if (message.author.id !== user.id) throw new Error('only own messages can be changed');
    return message;
  }

  function sendMention(message: FakeSlackMessage): void {
    const { team, ...json } = messageJson(workspace, message);
    feed.event({ ...json, team, type: 'app_mention', channel: message.channel, event_ts: message.ts });
  }

  async function interact(
    kind: 'interactive' | 'slash_commands',
    payload: Readonly<Record<string, unknown>>,
  ): Promise<InteractionResult> {
    const outcome = await feed.interaction(kind, payload);
    return outcome.isAcknowledged ? outcome : { ...outcome, error: 'operation_timeout' };
  }

  const responseUrl = (place: Parameters<typeof state.responseUrls.issue>[0]): string =>
    origin + state.responseUrls.issue(place);

  function requireInteractivity(): void {
    if (!state.app().isInteractive) throw new Error('the app has interactivity switched off');
  }

  async function press(
    ts: string,
    actionId: string,
    channel: FakeSlackChannel,
    value: string | undefined,
    sent: string | undefined,
  ): Promise<InteractionResult> {
    requireInteractivity();
    const message = existing(ts, channel);
    const found = findElement(message, actionId, value);
    if (found === undefined) throw new Error(`there is no button ${actionId}`);
    const url = responseUrl({
      channel: channel.id,
      user: user.id,
      messageTs: ts,
      threadTs: message.threadTs,
    });
    return await interact(
      'interactive',
      blockActions(state, user, channel, message, found, {
        responseUrl: url,
        ...(sent === undefined ? {} : { value: sent }),
      }),
    );
  }

  const person: SlackPerson = {
    user,
    dm,
    say(text, channel = dm, options = {}) {
      channel.members.add(user.id);
      const wire = options.isRaw === true ? text : typedText(text);
      const isMention = wire.includes(`<@${workspace.bot.id}>`) && channel.type !== 'im';
      const posted = {
        text: wire,
        blocks: composedBlocks(wire, workspace.nextId('b')),
        threadTs: options.threadTs,
        clientMsgId: workspace.nextId('client-msg-'),
        extra: options.extra,
      };
      if (!isMention || !channel.members.has(workspace.bot.id)) {
        return post(state, channel, user, posted).ts;
      }
      if (options.twinFirst === 'message') {
        const message = post(state, channel, user, posted);
        sendMention(message);
        return message.ts;
      }
      // The other event of the twin is made first; the message itself must be there already.
      const held = workspace.add(channel, user, posted);
      sendMention(held);
      feed.event({ ...messageJson(workspace, held), channel: channel.id, event_ts: held.ts }, channel);
      return held.ts;
    },
    mention: (text, channel, options = {}) =>
      person.say(`<@${workspace.bot.id}> ${options.isRaw === true ? text : typedText(text)}`, channel, {
        ...options,
        isRaw: true,
      }),
    edit(ts, text, channel = dm, options = {}) {
      const wire = options.isRaw === true ? text : typedText(text);
      revise(state, channel, ownMessage(ts, channel), (message) => {
        message.text = wire;
        message.blocks = composedBlocks(wire, workspace.nextId('b'));
        message.editedTs = workspace.nextTs();
      });
    },
    remove: (ts, channel = dm) => remove(state, channel, ownMessage(ts, channel)),
    react(ts, emoji, channel = dm, options) {
      channel.members.add(user.id);
      react(state, 'added', existing(ts, channel), user.id, nameOfEmoji(emoji), options);
    },
    unreact(ts, emoji, channel = dm, options) {
      react(state, 'removed', existing(ts, channel), user.id, nameOfEmoji(emoji), options);
    },
    press: (ts, actionId, channel = dm, value) => press(ts, actionId, channel, value, value),
    async pressFeedback(ts, which, channel = dm) {
      const message = existing(ts, channel);
      const buttons = (message.blocks ?? [])
        .flatMap((block) => (Array.isArray(block['elements']) ? block['elements'] : []))
        .find((element) => element['type'] === 'feedback_buttons');
      const button = buttons?.[which === 'good' ? 'positive_button' : 'negative_button'];
      if (button === undefined) throw new Error('there are no feedback buttons');
      return await press(ts, String(buttons['action_id']), channel, undefined, String(button.value));
    },
    async shortcut(ts, callbackId, channel = dm) {
      requireInteractivity();
      if (!state.app().messageShortcuts.has(callbackId))
        throw new Error(`there is no shortcut ${callbackId}`);
      const message = existing(ts, channel);
      const url = responseUrl({ channel: channel.id, user: user.id, threadTs: rootTsOf(message) });
      return await interact('interactive', messageAction(state, user, channel, message, callbackId, url));
    },
    async command(text, channel = dm, command = '/metaclaw') {
      if (!state.app().commands.has(command)) throw new Error(`${command} is no command of this app`);
      channel.members.add(user.id);
      const place = { channel: channel.id, user: user.id };
      const result = await interact('slash_commands', {
        token: 'deprecated-verification-token',
        team_id: workspace.teamId,
        team_domain: 'fake-team',
        channel_id: channel.id,
        channel_name: channel.type === 'group' ? 'privategroup' : channel.name,
        user_id: user.id,
        user_name: user.name,
        command,
        text: text.trim(),
        api_app_id: workspace.appId,
        is_enterprise_install: 'false',
        response_url: responseUrl(place),
        trigger_id: state.triggers.issue(user.id),
      });
      if (result.isAcknowledged && !isEmpty(result.response)) respond(state, place, result.response);
      return result;
    },
    form() {
      const opened = state.modals.get(user.id);
      if (opened === undefined) return undefined;
      return {
        viewId: opened.id,
        formId: opened.view.callback_id ?? '',
        title: opened.view.title.text,
        submitLabel: opened.view.submit?.text,
        fields: readFields(opened.view),
        errors: formErrors,
      };
    },
    async submit(values) {
      const opened = state.modals.get(user.id);
      if (opened === undefined) throw new Error('no form is open');
      const filled = stateOf(opened.view, values);
      formErrors = {};
      const result = await interact('interactive', {
        type: 'view_submission',
        ...interactionBase(state, user),
        view: {
          private_metadata: '',
          callback_id: '',
          external_id: '',
          ...opened.view,
          id: opened.id,
          team_id: workspace.teamId,
          hash: opened.hash,
          state: { values: filled },
          previous_view_id: null,
          root_view_id: opened.id,
          app_id: workspace.appId,
          app_installed_team_id: workspace.teamId,
          bot_id: workspace.bot.bot_id,
        },
        response_urls: [],
      });
      if (!result.isAcknowledged) return result;
      const answer = isEmpty(result.response) ? {} : submissionAnswer.parse(result.response);
      if (answer.response_action === 'errors') formErrors = answer.errors ?? {};
      else state.modals.delete(user.id);
      return result;
    },
    async dismiss() {
      const opened = state.modals.get(user.id);
      if (opened === undefined) throw new Error('no form is open');
      state.modals.delete(user.id);
      if (opened.view.notify_on_close !== true) return;
      await interact('interactive', {
        type: 'view_closed',
        ...interactionBase(state, user),
        view: { ...opened.view, id: opened.id, hash: opened.hash },
        is_cleared: false,
      });
    },
    openHome(tab = 'home') {
      const before = state.homes.get(user.id);
      feed.event({
        type: 'app_home_opened',
        user: user.id,
        channel: dm.id,
        tab,
        ...(tab === 'home' && before !== undefined
          ? { view: { ...before.view, id: before.id, hash: before.hash, team_id: workspace.teamId } }
          : {}),
        event_ts: workspace.nextTs(),
      });
    },
    home() {
      const opened = state.homes.get(user.id);
      return opened === undefined ? undefined : readView(opened.view.blocks);
    },
    stop(threadTs, channel = dm) {
      const open = [...channel.messages.values()].filter(
        (message) => message.threadTs === threadTs && message.stream?.isOpen === true,
      );
      for (const message of open) {
        if (message.stream !== undefined) message.stream.isOpen = false;
      }
      feed.event({
        type: 'agent_session_stopped',
        user: user.id,
        channel: channel.id,
        thread_ts: threadTs,
        streaming_message_ts: open.map((message) => message.ts),
        event_ts: workspace.nextTs(),
      });
    },
  };
  return person;
}
