import { AppError } from '../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { Interaction } from '../../core/domain/inbound-event.ts';
import type { ChannelHealth, ChannelPort, Sink } from '../../core/ports/channel.ts';
import type { HttpMount } from '../../core/ports/http-mount.ts';
import { ALLOWED_UPDATES } from './allowed-updates.ts';
import { createAnonymityCheck } from './anonymity.ts';
import { createApiCaller, HURRIED_MS } from './api-caller.ts';
import { commandMenu } from './command-menu.ts';
import { createFormDesk } from './form-desk.ts';
import { type Inbound, updateToInbound } from './inbound.ts';
import { createInteractionAnswers } from './interaction-answers.ts';
import { decodeHandle, type InteractionHandle } from './interaction-handle.ts';
import type { BotIdentity } from './mentions.ts';
import { createMenuDesk } from './menu-desk.ts';
import { resolveTelegramOptions, type TelegramChannelOptions, type TelegramEffects } from './options.ts';
import { measureDocument, placeOf, telegramCapabilities } from './outbound.ts';
import { createOutbox } from './outbox.ts';
import { PLATFORM } from './platform.ts';
import { type Polling, startPolling } from './polling.ts';
import { createPressWatch } from './press-watch.ts';
import { createTyping } from './typing.ts';
import { createUpdateIntake, type UpdateIntake } from './update-intake.ts';
import { createWebhookMount } from './webhook.ts';
import { callbackQueryIdOf, kindsOf, parseBot, parseUpdate, updateIdOf } from './wire.ts';

export interface TelegramChannel extends ChannelPort {
  /** In webhook mode: what the listener has to serve. */
  readonly mount: HttpMount | undefined;
}

const unsupported = (what: string): Promise<never> =>
  Promise.reject(new AppError('unsupported', `Telegram has no ${what}.`));

function handleOf(interaction: Interaction): InteractionHandle {
  const handle = decodeHandle(interaction.handle);
  if (handle === undefined) throw new AppError('not_found', 'Nothing waits for this answer any more.');
  return handle;
}

/**
 * Telegram as a channel. Throws `config_invalid` on settings that cannot work. A `start` that rejected may be tried
 * again. Calls before `start` and after `stop` reject with `aborted`.
 */
export function createTelegramChannel(
  channelOptions: TelegramChannelOptions,
  effects: TelegramEffects,
): TelegramChannel {
  const options = resolveTelegramOptions(channelOptions);
  const { clock, limiter } = effects;
  const logger = effects.logger.child({ platform: PLATFORM });
  const caller = createApiCaller(effects.api, options, clock, logger);
  const typing = createTyping(clock);
  const underWay = new Set<Promise<unknown>>();
  const stopping = new AbortController();
  let health: ChannelHealth = { state: 'stopped' };
  let isOpen = false;
  let intake: UpdateIntake | undefined;
  let polling: Polling | undefined;
  let stopped: Promise<void> | undefined;
  let commandNames: ReadonlyMap<string, string> = new Map();

  /** Runs a call of core's while the channel is open, and lets `stop` wait for it. */
  async function during<T>(work: () => Promise<T>): Promise<T> {
    if (!isOpen) throw new AppError('aborted', 'Telegram is stopped: the call was not made.');
    const running = work();
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    underWay.add(settled);
    void settled.then(() => underWay.delete(settled));
    return await running;
  }

  const outbox = createOutbox({ caller, limiter, options, logger, hurry: stopping.signal });
  const { callForBot } = outbox;

  const presses = createPressWatch({
    clock,
    endBusySign: (id, words) => void during(() => answers.endBusySign(id, words)).catch(() => undefined),
  });
  const answers = createInteractionAnswers({
    caller,
    logger,
    send: outbox.send,
    showTyping: outbox.showTyping,
    onAnswer: presses.answered,
  });
  const forms = createFormDesk({
    cache: effects.cache,
    now: () => clock.now(),
    logger,
    during,
    hands: {
      ...outbox,
      answerPress: answers.endBusySign,
      isAnonymous: createAnonymityCheck(caller, logger),
    },
  });
  const showMenus = createMenuDesk({
    call: callForBot,
    cache: effects.cache,
    botId: options.token.split(':')[0] ?? '',
  });

  async function whoAmI(): Promise<BotIdentity> {
    const bot = parseBot(await callForBot('getMe', {}, { signal: stopping.signal }));
    if (bot === undefined)
      throw new AppError(
        'peer_failed',
        'What answers in place of Telegram is no Bot API server: check the network for a proxy.',
      );
    logger.info('telegram_connected', {
      botName: bot.username,
      mode: options.mode,
      readsAllGroupMessages: bot.can_read_all_group_messages ?? false,
    });
    return bot;
  }

  /** When polling there is nothing to do: the poller removes a webhook that it finds in its way. */
  async function openDoor(): Promise<void> {
    if (options.webhookUrl === undefined) return;
    const payload = {
      url: options.webhookUrl,
      secret_token: options.webhookSecret,
      allowed_updates: ALLOWED_UPDATES,
    };
    await callForBot('setWebhook', payload, { signal: stopping.signal });
  }

  async function read(value: unknown, bot: BotIdentity): Promise<Inbound> {
    const context = { bot, commandNames, receivedAt: clock.now() };
    const update = parseUpdate(value);
    if (update === undefined) {
      logger.warn('telegram_update_unreadable', { updateId: updateIdOf(value), kinds: kindsOf(value) });
      const callbackQueryId = callbackQueryIdOf(value);
      return {
        events: [],
        ...(callbackQueryId === undefined ? {} : { press: { callbackQueryId, isCores: false } }),
      };
    }
    return (await forms.read(update, context)) ?? updateToInbound(update, context);
  }

  async function open(sink: Sink): Promise<void> {
    const bot = await whoAmI();
    await openDoor();
    // Stopped in the meantime: nothing may start any more.
    if (stopped !== undefined) throw new AppError('aborted', 'Telegram was stopped while it started.');
    intake = createUpdateIntake({
      sink,
      toInbound: (update) => read(update, bot),
      presses,
      logger,
    });
    isOpen = true;
    health = { state: 'ready' };
    if (options.webhookUrl !== undefined) return;
    polling = startPolling({
      caller,
      intake,
      clock,
      logger,
      pollTimeoutSeconds: options.pollTimeoutSeconds,
      backoffBaseMs: options.backoffBaseMs,
      onHealth(next) {
        if (isOpen) health = next;
      },
    });
  }

  async function close(): Promise<void> {
    isOpen = false;
    stopping.abort();
    health = { state: 'stopped' };
    typing.endAll();
    presses.close();
    caller.hurry();
    // What waits for its turn has as long as what is under way.
    const late = clock.after(HURRIED_MS, () => void limiter.stop());
    await intake?.close();
    await polling?.stop();
    await Promise.all([...underWay]);
    late.cancel();
    await limiter.stop();
  }

  return {
    platform: PLATFORM,
    capabilities: telegramCapabilities,
    mount:
      options.webhookUrl === undefined
        ? undefined
        : createWebhookMount(options.webhookSecret, () => intake, logger),
    async start(sink) {
      if (health.state !== 'stopped' || stopped !== undefined) {
        throw new AppError('internal', 'A Telegram channel is started once.');
      }
      health = { state: 'starting' };
      try {
        await open(sink);
      } catch (error) {
        health = { state: 'stopped' };
        throw error;
      }
    },
    stop() {
      stopped ??= close();
      return stopped;
    },
    health: () => ({ ...health, queue: limiter.queue() }),
    measure: measureDocument,
    send: (target, message, sendOptions) =>
      sendOptions?.privateTo === undefined
        ? during(() => outbox.send(placeOf(target.channelId, target.threadId), message))
        : unsupported('messages that one person of a group sees'),
    edit: (ref, message) => during(() => outbox.edit(ref, message)),
    remove: (ref) => during(() => outbox.remove(ref)),
    react: (ref, emoji) => during(() => outbox.react(ref, emoji)),
    activity: (target: ConversationAddress, activity) =>
      during(async () => {
        const place = placeOf(target.channelId, target.threadId);
        const key = `${place.chatId}/${place.threadId ?? ''}`;
        if (activity === 'idle') typing.end(key);
        else await typing.start(key, () => outbox.showTyping(place).catch(() => undefined));
      }),
    openStream: () => unsupported('messages that stream'),
    openForm: (interaction, form) => during(() => forms.open(handleOf(interaction), form)),
    respond: (interaction: Interaction, response) =>
      during(async () => {
        await answers.answer(handleOf(interaction), response);
      }),
    registerCommands: (commands) =>
      during(async () => {
        const menu = commandMenu(commands);
        if (menu.leftOut.length > 0) logger.warn('telegram_commands_left_out', { names: menu.leftOut });
        commandNames = menu.names;
        await showMenus(menu.menus);
      }),
    publishHome: () => unsupported('home page'),
    readThread: () => unsupported('way to read a topic'),
  };
}
