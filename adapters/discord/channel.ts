import { AppError } from '../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { Interaction } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type {
  ChannelHealth,
  ChannelPort,
  CommandDescription,
  Sink,
  ThreadMessage,
} from '../../core/ports/channel.ts';
import { createCommandRegistry } from './command-registry.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { type DiscordDirectory, emptyDirectory, foldDirectory } from './directory.ts';
import { createGatewaySupervisor, type GatewaySupervisor } from './gateway.ts';
import { toInbound, toThreadMessages } from './inbound.ts';
import { conversationOf, type DiscordFacts, type DiscordNotice } from './inbound-facts.ts';
import { decodeHandle, type InteractionHandle } from './interaction-handle.ts';
import { interactionPayloads } from './interaction-payloads.ts';
import { createInteractions, DEFER_FORM_AFTER_MS, type Interactions } from './interactions.ts';
import { measureDocument } from './measure-document.ts';
import { type DiscordEffects, PLATFORM, type ResolvedDiscordOptions } from './options.ts';
import {
  type CreatePayload,
  createPayload,
  discordCapabilities,
  editPayload,
  tooLatePayload,
} from './outbound.ts';
import { createPictureTries, type Pictures, picturesOf, withAttachments } from './pictures.ts';
import { createRestCaller, HURRIED_MS } from './rest-caller.ts';
import { createTyping } from './typing.ts';
import { parseIdentity, parsePosted } from './wire.ts';

/** What is said waits for it. */
const TYPING_TIMEOUT_MS = 1_000;

const unsupported = (what: string): Promise<never> =>
  Promise.reject(new AppError('unsupported', `Discord has no ${what}.`));

/**
 * Discord as a channel, by `resolveDiscordOptions`. A `start` that rejected may be tried again. Calls before `start` and after `stop` reject with `aborted`.
 */
export function createDiscordChannel(options: ResolvedDiscordOptions, effects: DiscordEffects): ChannelPort {
  const { client, clock, ids, metrics } = effects;
  const logger = effects.logger.child({ platform: PLATFORM });
  const caller = createRestCaller({ client, token: options.token, clock, logger });
  const typing = createTyping(clock);
  const underWay = new Set<Promise<unknown>>();
  let health: ChannelHealth = { state: 'stopped' };
  let identity: { readonly botUserId: string; readonly applicationId: string } | undefined;
  let directory: DiscordDirectory = emptyDirectory;
  let commands: readonly CommandDescription[] = [];
  let gateway: GatewaySupervisor | undefined;
  let delivery: Delivery | undefined;
  let isOpen = false;
  let stopped: Promise<void> | undefined;

  /** Runs a call of core's while the channel is open, and lets `stop` wait for it. */
  async function during<T>(work: () => Promise<T>): Promise<T> {
    if (!isOpen) throw new AppError('aborted', 'Discord is stopped: the call was not made.');
    const running = work();
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    underWay.add(settled);
    void settled.then(() => underWay.delete(settled));
    return await running;
  }

  function known(): { readonly botUserId: string; readonly applicationId: string } {
    if (identity === undefined) throw new AppError('aborted', 'Discord is stopped: the call was not made.');
    return identity;
  }

  function facts(): DiscordFacts {
    const { botUserId } = known();
    return { botUserId, threadPolicy: options.threadPolicy, commands, directory, now: clock.now() };
  }

  function onNotice(notice: DiscordNotice): void {
    metrics.count('unreadable_events_total', PLATFORM);
    logger.warn('discord_unreadable', { what: notice.what, problem: notice.problem });
  }

  async function postBody(channelId: string, data: CreatePayload, pictures?: Pictures): Promise<MessageRef> {
    const answer = await createPictureTries(pictures, logger)(
      (shown) => {
        const call = { body: withAttachments(data, shown), files: shown?.files, destination: channelId };
        return caller.call('send a message', { channel: channelId }, call);
      },
      // Its key lets a message that did arrive show once.
      () => true,
    );
    typing.said(channelId);
    const posted = parsePosted(answer);
    if (posted === undefined) {
      throw new AppError('delivery_unknown', 'Discord took the message but did not say under which number.');
    }
    return { platform: PLATFORM, channelId, messageId: posted.messageId };
  }

  const post = async (target: ConversationAddress, message: OutboundMessage): Promise<MessageRef> =>
    await postBody(target.channelId, createPayload(target, message, ids.digest), picturesOf(message));

  async function postOrdinarily(handle: InteractionHandle, message: OutboundMessage): Promise<void> {
    const { channelId, guildId } = handle;
    const replyTo =
      handle.kind === 'message'
        ? { replyTo: { platform: PLATFORM, channelId, messageId: handle.messageId } }
        : {};
    await post(conversationOf({ channelId, guildId }), { ...replyTo, ...message });
  }

  const interactions: Interactions = createInteractions({
    caller,
    payloads: interactionPayloads,
    clock,
    logger,
    post: postOrdinarily,
    tellTooLate: async (handle) =>
      void (await postBody(handle.channelId, tooLatePayload(handle, ids.digest))),
    deferAfterMs: options.deferAfterMs,
    deferFormAfterMs: DEFER_FORM_AFTER_MS,
  });
  const registry = createCommandRegistry({ caller, guilds: options.guilds, logger });

  function handleOf(interaction: Interaction): InteractionHandle {
    const handle = decodeHandle(interaction.handle);
    if (handle === undefined) throw new AppError('not_found', 'Nothing waits for this answer any more.');
    return handle;
  }

  /** In line with what is said there: beside it, it could show after the message that ends it. */
  async function showTyping(channelId: string): Promise<void> {
    const tooSlow = new AbortController();
    const timer = clock.after(TYPING_TIMEOUT_MS, () => tooSlow.abort());
    const call = { destination: channelId, waitsOnRateLimit: false, signal: tooSlow.signal };
    await caller.call('show typing', { channel: channelId }, call).catch((error: unknown) => {
      logger.debug('discord_typing_failed', { error });
    });
    timer.cancel();
  }

  /** Threads and posts of forums only: what is said in an open channel is not for the bot unless it is told to it. */
  async function readThread(
    target: ConversationAddress,
    before: MessageRef,
    limit: number,
  ): Promise<readonly ThreadMessage[]> {
    const { channelId } = target;
    const entry = [...directory].find(([, guild]) => guild.channels.get(channelId)?.isThread === true);
    if (entry === undefined) return [];
    const query = { before: before.messageId, limit: String(Math.min(100, limit)) };
    const answer = await caller.call(
      'read messages',
      { channel: channelId },
      { query, destination: `read:${channelId}` },
    );
    if (!Array.isArray(answer)) throw new AppError('peer_failed', 'Discord gave no list of messages.');
    return toThreadMessages(answer, { channelId, guildId: entry[0] }, facts());
  }

  async function whoAmI(): Promise<NonNullable<typeof identity>> {
    const self = { destination: 'self' };
    const application = await caller.call('read own application', {}, self);
    // Discord need not name the bot there.
    const found =
      parseIdentity(application) ??
      parseIdentity(Object.assign({}, application, { bot: await caller.call('read own user', {}, self) }));
    if (found === undefined) {
      throw new AppError('auth_failed', 'DISCORD_BOT_TOKEN is not the token of a bot.');
    }
    return found;
  }

  function goOnUnlessStopped(): void {
    if (stopped !== undefined) throw new AppError('aborted', 'Discord was stopped while it started.');
  }

  async function open(sink: Sink): Promise<void> {
    identity = await whoAmI();
    goOnUnlessStopped();
    directory = emptyDirectory;
    const opened = createDelivery({
      sink,
      read: (packet) => toInbound(packet, facts()),
      interactions,
      onNotice,
      clock,
      logger,
      metrics,
    });
    delivery = opened;
    const supervisor = createGatewaySupervisor({
      connect: client.connect,
      onPacket(packet) {
        directory = foldDirectory(directory, packet);
        opened.take(packet);
      },
      onHealth(next) {
        if (isOpen) health = next;
      },
      clock,
      logger,
      backoffBaseMs: options.backoffBaseMs,
      secrets: [options.token],
    });
    gateway = supervisor;
    // Calls are allowed before the first event can arrive: core may answer it at once.
    isOpen = true;
    try {
      await supervisor.start();
    } catch (error) {
      isOpen = false;
      await Promise.all([supervisor.stop(), opened.close()]);
      throw error;
    }
    goOnUnlessStopped();
  }

  async function close(): Promise<void> {
    isOpen = false;
    health = { state: 'stopped' };
    caller.hurry();
    await gateway?.stop();
    await delivery?.close();
    await interactions.close();
    // What hangs is cut by the caller after a while.
    const late = clock.after(HURRIED_MS * 2, () => logger.warn('discord_stop_slow'));
    await Promise.all([...underWay]);
    late.cancel();
  }

  function healthNow(): ChannelHealth {
    const problem = delivery?.problem();
    return health.state === 'ready' && problem !== undefined
      ? { state: 'degraded', detail: problem }
      : health;
  }

  return {
    platform: PLATFORM,
    capabilities: discordCapabilities,
    async start(sink) {
      if (health.state !== 'stopped' || stopped !== undefined) {
        throw new AppError('internal', 'A Discord channel is started once.');
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
    health: () => ({ ...healthNow(), queue: caller.queue() }),
    measure: measureDocument,
    send: (target, message, sendOptions) =>
      sendOptions?.privateTo === undefined
        ? during(() => post(target, message))
        : unsupported('messages that one person of a channel sees, but as answers to a command or a button'),
    edit: ({ channelId, messageId }, message) =>
      during(async () => {
        const params = { channel: channelId, message: messageId };
        await caller.call('edit a message', params, { body: editPayload(message), destination: channelId });
      }),
    remove: ({ channelId, messageId }) =>
      during(async () => {
        const params = { channel: channelId, message: messageId };
        await caller.call('remove a message', params, { destination: channelId });
      }),
    react: () => unsupported('permission to react here, since nothing needs it'),
    activity: (target, activity) =>
      during(async () => {
        const { channelId } = target;
        if (activity === 'idle') typing.said(channelId);
        else if (typing.isDue(channelId)) await showTyping(channelId);
      }),
    openStream: () => unsupported('messages that stream'),
    openForm: (interaction, form) => during(() => interactions.openForm(handleOf(interaction), form)),
    respond: (interaction, response) => during(() => interactions.respond(handleOf(interaction), response)),
    registerCommands: (descriptions) =>
      during(async () => {
        // Discord may know them from before, whether they can be written now or not.
        commands = descriptions;
        await registry.register(descriptions, known().applicationId, [...directory.keys()]);
      }),
    publishHome: () => unsupported('home page'),
    readThread: (target, before, limit) => during(() => readThread(target, before, limit)),
  };
}
