import { AppError } from '../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { nativeId } from '../../core/domain/ids.ts';
import type { InboundEvent, Interaction } from '../../core/domain/inbound-event.ts';
import type { ChannelHealth, ChannelPort, Sink } from '../../core/ports/channel.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { HttpMount } from '../../core/ports/http-mount.ts';
import type { LimiterPort } from '../../core/ports/limiter.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { MarkdownPort } from '../../core/ports/markdown.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import { createActiveThreads } from './active-threads.ts';
import { parseIdentity, type SlackIdentity } from './answers.ts';
import { createApiCaller, HURRIED_MS } from './api-caller.ts';
import type { SlackClient } from './client.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { createEventsMount } from './events-mount.ts';
import { homeView } from './home-view.ts';
import { peopleIn, toInbound } from './inbound.ts';
import { conversationOf, type SlackFacts, type SlackNotice } from './inbound-facts.ts';
import { decodeHandle, type InteractionHandle } from './interaction-handle.ts';
import { createInteractions } from './interactions.ts';
import { measureDocument } from './measure-document.ts';
import { PLATFORM, type ResolvedSlackOptions } from './options.ts';
import { deletePayload, slackCapabilities, statusPayload } from './outbound.ts';
import { createPeopleDirectory } from './people.ts';
import { createPictureDesk } from './pictures.ts';
import { createPoster } from './poster.ts';
import { createSocketSupervisor, type SocketSupervisor } from './socket.ts';
import { openSlackStream } from './stream.ts';
import { createStreamBudget } from './stream-budget.ts';
import { readSlackThread } from './thread-reader.ts';
import { createThreadStatus } from './thread-status.ts';

export interface SlackEffects {
  /** `createSlackClient(options, effects)`, of the same options. */
  readonly client: SlackClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly markdown: MarkdownPort;
  /** This channel's own: it stops with the channel. */
  readonly limiter: LimiterPort;
}

export interface SlackChannel extends ChannelPort {
  /** In HTTP mode: what the listener has to serve. */
  readonly mount: HttpMount | undefined;
}

/**
 * Slack as a channel, over a socket or by HTTP; `options` are what `resolveSlackOptions` gives. A `start` that rejected
 * may be tried again. Calls before `start` and after `stop` reject with `aborted`.
 */
export function createSlackChannel(options: ResolvedSlackOptions, effects: SlackEffects): SlackChannel {
  const { client, clock, limiter } = effects;
  const logger = effects.logger.child({ platform: PLATFORM });
  const caller = createApiCaller({ client, options, limiter, clock, logger, onToken });
  const people = createPeopleDirectory({ lookUp, clock });
  const threadStatus = createThreadStatus(clock);
  const threads = createActiveThreads();
  const budget = createStreamBudget(clock);
  const { postIntervalMs, editIntervalMs } = options;
  const pictures = createPictureDesk(caller, logger);
  const poster = createPoster({ caller, pictures, threads, postIntervalMs, editIntervalMs, onSaid });
  const interactions = createInteractions({ caller, poster, pictures, clock, logger });
  const underWay = new Set<Promise<unknown>>();
  let health: ChannelHealth = { state: 'stopped' };
  /** Why Slack takes no calls of ours, while sockets, which have a token of their own, may be well. */
  let tokenTrouble: string | undefined;
  let identity: SlackIdentity | undefined;
  let delivery: Delivery | undefined;
  let socket: SocketSupervisor | undefined;
  let isOpen = false;
  let stopped: Promise<void> | undefined;

  function onToken(refusal: AppError | undefined): void {
    if (refusal !== undefined && tokenTrouble === undefined) {
      logger.error('slack_token_refused', { error: refusal });
    }
    tokenTrouble = refusal === undefined ? undefined : (tokenTrouble ?? refusal.message);
  }

  function healthNow(): ChannelHealth {
    if (health.state !== 'ready' || tokenTrouble === undefined) return health;
    return { state: 'degraded', detail: tokenTrouble };
  }

  /** Runs a call of core's while the channel is open, and lets `stop` wait for it. */
  async function during<T>(work: () => Promise<T>): Promise<T> {
    if (!isOpen) throw new AppError('aborted', 'Slack is stopped: the call was not made.');
    const running = work();
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    underWay.add(settled);
    void settled.then(() => underWay.delete(settled));
    return await running;
  }

  async function lookUp(userId: string): Promise<unknown> {
    try {
      return await caller.call('users.info', { user: userId }, { destination: `user:${userId}` });
    } catch (error) {
      logger.info('slack_person_unknown', { error });
      throw error;
    }
  }

  function facts(): SlackFacts {
    if (identity === undefined) throw new AppError('aborted', 'Slack is stopped: the call was not made.');
    const { botUserId, botId, teamId, enterpriseId, appId } = identity;
    const { threadPolicy, commandName, apiRoot } = options;
    const whose = { botUserId, botId, teamId, enterpriseId, appId };
    return { ...whose, threadPolicy, commandName, apiRoot, now: clock.now() };
  }

  async function read(body: unknown): Promise<ReturnType<typeof toInbound>> {
    const now = clock.now();
    // Asked first without names: most of what is said in a busy workspace is not for the bot, and costs no look-up.
    const nameless = toInbound(body, { ...facts(), now }, () => undefined);
    const isForUs = nameless.events.some(
      (event) => event.type !== 'message_received' || event.addressing !== 'ambient',
    );
    if (!isForUs) return nameless;
    for (const event of nameless.events) noteThread(event);
    const nameOf = await people.load(peopleIn(body));
    return toInbound(body, { ...facts(), now }, nameOf);
  }

  function noteThread(event: InboundEvent): void {
    if (event.type !== 'message_received') return;
    const { channelId, threadId } = event.conversation;
    if (threadId !== undefined && threadId !== event.ref.messageId) threads.note(channelId, threadId);
  }

  function onNotice(notice: SlackNotice): void {
    switch (notice.kind) {
      case 'uninstalled':
      case 'tokens_revoked':
        logger.error('slack_app_removed', { kind: notice.kind });
        tokenTrouble =
          'The Slack app was removed from the workspace: install it again and renew SLACK_BOT_TOKEN.';
        break;
      case 'rate_limited':
        effects.metrics.count('held_back_minutes_total', PLATFORM);
        logger.error('slack_events_held_back', { minuteAt: notice.minuteAt });
        break;
      case 'unreadable':
        effects.metrics.count('unreadable_events_total', PLATFORM);
        logger.warn('slack_unreadable', { what: notice.what, problem: notice.problem });
        break;
    }
  }

  const placeKey = ({ channelId, threadId }: ConversationAddress): string => `${channelId}/${threadId ?? ''}`;

  function onSaid(target: ConversationAddress): void {
    if (target.threadId !== undefined) threads.note(target.channelId, target.threadId);
    threadStatus.said(placeKey(target));
  }

  /** Whether Slack took it. */
  async function setStatus(target: ConversationAddress, activity: 'thinking' | 'idle'): Promise<boolean> {
    const payload = statusPayload(target, activity);
    if (payload === undefined || !isOpen) return false;
    // Beside the channel's messages: a status must never hold one up. One that shows must go, however long that takes.
    const isExpendable = activity === 'thinking';
    const call = { destination: `status:${placeKey(target)}`, waitsOnRateLimit: false, isExpendable };
    try {
      await caller.call('assistant.threads.setStatus', payload, call);
      return true;
    } catch (error) {
      logger.debug('slack_status_failed', { error });
      return false;
    }
  }

  function handleOf(interaction: Interaction): InteractionHandle {
    const handle = decodeHandle(interaction.handle, options.apiRoot);
    if (handle === undefined) throw new AppError('not_found', 'Nothing waits for this answer any more.');
    return handle;
  }

  async function whoAmI(): Promise<SlackIdentity> {
    const answer = await caller.call('auth.test', {}, { destination: 'auth', waitsOnRateLimit: false });
    const found = parseIdentity(answer);
    if (found === undefined) {
      throw new AppError(
        'auth_failed',
        'SLACK_BOT_TOKEN is not the token of a bot: copy the one that begins with "xoxb-" from the app’s settings.',
      );
    }
    logger.info('slack_connected', { teamId: found.teamId, botUserId: found.botUserId });
    return found;
  }

  function goOnUnlessStopped(): void {
    if (stopped !== undefined) throw new AppError('aborted', 'Slack was stopped while it started.');
  }

  async function open(sink: Sink): Promise<void> {
    identity = await whoAmI();
    goOnUnlessStopped();
    const opened = createDelivery({ sink, read, onNotice, clock, logger });
    delivery = opened;
    if (options.mode === 'socket') {
      const { botToken, appToken, signingSecret } = options;
      const supervisor = createSocketSupervisor({
        open: (handlers, signal) => client.openSocket(handlers, signal),
        deliver: (given) => opened.deliver(given),
        clock,
        logger,
        backoffBaseMs: options.backoffBaseMs,
        secrets: [botToken, appToken, signingSecret].filter((secret) => secret !== undefined),
        onHealth(next) {
          if (isOpen || next.state !== 'ready') health = next;
        },
      });
      socket = supervisor;
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
    } else {
      isOpen = true;
      health = { state: 'ready' };
    }
  }

  async function close(): Promise<void> {
    isOpen = false;
    health = { state: 'stopped' };
    threadStatus.stop();
    caller.hurry();
    // What waits for its turn has as long as what is under way.
    const late = clock.after(HURRIED_MS, () => void limiter.stop());
    await delivery?.close();
    await socket?.stop();
    await Promise.all([...underWay]);
    late.cancel();
    await limiter.stop();
  }

  return {
    platform: PLATFORM,
    capabilities: { ...slackCapabilities, commandPrefix: `${options.commandName} ` },
    mount:
      options.mode === 'http'
        ? createEventsMount({
            isSigned: (request) => client.isSigned(request),
            delivery: () => (isOpen ? delivery : undefined),
            logger,
            metrics: effects.metrics,
            clock,
          })
        : undefined,
    async start(sink) {
      if (health.state !== 'stopped' || stopped !== undefined) {
        throw new AppError('internal', 'A Slack channel is started once.');
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
    health: () => ({ ...healthNow(), queue: limiter.queue() }),
    measure: measureDocument,
    send: (target, message, { privateTo } = {}) =>
      during(() =>
        privateTo === undefined
          ? poster.post(target, message)
          : poster.postPrivately(target, nativeId(privateTo), message),
      ),
    edit: (ref, message) => during(() => poster.update(ref, message)),
    remove: (ref) =>
      during(async () => {
        await caller.call('chat.delete', deletePayload(ref), { destination: ref.channelId });
      }),
    react: () =>
      Promise.reject(
        new AppError('unsupported', 'The Slack app asks for no permission to react, since nothing needs it.'),
      ),
    activity: (target, activity) =>
      during(async () => {
        const place = placeKey(target);
        const clear = () => setStatus(target, 'idle');
        if (activity === 'idle') threadStatus.end(place, clear);
        else await threadStatus.begin(place, () => setStatus(target, 'thinking'), clear);
      }),
    openStream: (target, { replyTo }) =>
      during(async () => {
        if (target.audience === 'group') {
          throw new AppError('unsupported', 'Slack shows a stream to one person of a channel only.');
        }
        const parse = effects.markdown.parse;
        const stream = await openSlackStream(target, replyTo, { caller, parse, postIntervalMs, budget });
        onSaid(target);
        return {
          ref: stream.ref,
          append: (markdown) => during(() => stream.append(markdown)),
          close: (message) => during(() => stream.close(message)),
        };
      }),
    openForm: (interaction, form) => during(() => interactions.openForm(handleOf(interaction), form)),
    respond: (interaction, response) =>
      during(async () => {
        const handle = handleOf(interaction);
        const { channelId, threadId } = handle;
        // What was pressed stands in an answer of ours, so its thread has one.
        if (handle.kind === 'press' && threadId !== undefined) threads.note(channelId, threadId);
        await interactions.respond(handle, conversationOf(facts(), channelId, threadId), response);
      }),
    registerCommands: () =>
      Promise.reject(
        new AppError('unsupported', 'Slack learns of commands by the manifest of the app, not by calls.'),
      ),
    publishHome: (personId, body) =>
      during(async () => {
        const userId = nativeId(personId);
        const payload = { user_id: userId, view: homeView(body) };
        await caller.call('views.publish', payload, { destination: `home:${userId}` });
      }),
    readThread: (target, before, limit) =>
      during(() => readSlackThread(target, before, limit, { caller, people, facts: facts() })),
  };
}
