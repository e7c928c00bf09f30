import { AppError } from '../../core/domain/app-error.ts';
import type { ChannelCapabilities } from '../../core/domain/capabilities.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { encodeConversationKey } from '../../core/domain/conversation.ts';
import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import { plainText } from '../../core/domain/plain-text.ts';
import type { Receipt } from '../../core/domain/receipt.ts';
import type { ChannelPort, CommandDescription, Sink } from '../../core/ports/channel.ts';
import type { HttpMount } from '../../core/ports/http-mount.ts';
import { isAccount, keyOf, personOf, platform } from './account.ts';
import { createActivityBoard } from './activity-board.ts';
import { loadAssets } from './assets.ts';
import { createWebApp } from './client.ts';
import { createCompletions } from './completions.ts';
import { createConversationLog } from './conversation-log.ts';
import { notFound, unsupported } from './errors.ts';
import { createEventHub } from './event-hub.ts';
import { readHandle } from './inbound.ts';
import { measureDocument } from './measure-document.ts';
import { resolveLimits, type WebChannelOptions } from './options.ts';
import { createPageApi } from './page-api.ts';
import { createScheduleApi } from './schedule-api.ts';

export const webCapabilities: ChannelCapabilities = {
  maxTextChars: 16_000,
  minEditIntervalMs: 80,
  minGroupEditIntervalMs: 80,
  canEdit: true,
  canRemove: true,
  canStreamNatively: false,
  canReadThreads: false,
  canReact: false,
  canSeeReactions: false,
  canSeeReactionRemoval: false,
  canSendPrivately: true,
  canAnswerPrivately: true,
  canShowActions: true,
  canShowFeedbackButtons: true,
  canShowNotes: true,
  canShowImages: true,
  canShowActivity: true,
  canOpenForms: false,
  canRegisterCommands: true,
  canPublishHome: false,
  hasWrittenCommands: false,
  hasSendKeys: true,
  commandPrefix: '/',
  isLocal: true,
  feedbackHint: 'Press 👍 or 👎 under an answer to tell me how it was.',
  promptFacts:
    'You are speaking with one person on the built-in web page, where Markdown shows with headings, lists, tables, links and code blocks.',
};

export interface WebChannel {
  readonly channel: ChannelPort;
  readonly mounts: readonly HttpMount[];
}

/** The built-in page. Throws `config_invalid` where it would be open to strangers or its files are missing. */
export function createWebChannel(options: WebChannelOptions): WebChannel {
  const { clock, ids, logger } = options;
  const limits = resolveLimits(options);
  const assets = loadAssets(options.assetsFolder, ids.digest);
  let sink: Sink | undefined;
  let state: 'stopped' | 'ready' = 'stopped';
  let commands: readonly CommandDescription[] = [];
  let lastAt = 0;

  const hub = createEventHub({ clock, ids, limits });
  const activity = createActivityBoard({
    clock,
    expireMs: limits.activityMs,
    onChange: (account, isRunning) => hub.publish(account, { type: 'activity', isRunning }),
  });
  const log = createConversationLog({
    transcripts: options.transcripts,
    clock,
    ids,
    announce(account, message) {
      hub.publish(account, { type: 'message.shown', message });
      if (message.from === 'bot') activity.shown(account, message.id, message.final);
    },
    announceRemoval(account, messageId) {
      hub.publish(account, { type: 'message.removed', messageId });
      activity.shown(account, messageId, true);
    },
    onUnreadable: (messageId) => logger.warn('web_message_unreadable', { messageId }),
  });
  const completions = createCompletions(clock, limits.completionMs);

  const deliver = async (event: InboundEvent): Promise<Receipt> => {
    if (sink === undefined || state !== 'ready') return 'unavailable';
    try {
      return await sink(event);
    } catch (error) {
      logger.error('web_sink_failed', { type: event.type, error });
      return 'unavailable';
    }
  };
  const api = createPageApi({
    log,
    activity,
    completions,
    limits,
    deliver,
    now() {
      // Votes are folded in the order of their times: a clock set back must not turn them round.
      lastAt = Math.max(lastAt, clock.now());
      return lastAt;
    },
    commands: () => commands,
    examples: options.examples ?? [],
    model: () => options.modelDescription?.() ?? '',
    banner: () => options.banner?.(),
    hasSchedule: options.schedule !== undefined,
  });
  const fetch = createWebApp({
    ...options,
    api,
    schedule: options.schedule === undefined ? undefined : createScheduleApi(options.schedule),
    hub,
    assets,
    limits,
    password: options.password,
    publicUrl: options.publicUrl,
    isOpen: () => state === 'ready',
  });

  const sendTo = (account: string, message: OutboundMessage, isPrivate: boolean): Promise<MessageRef> => {
    requireFits(message);
    return log.show(account, message, isPrivate);
  };
  const channel: ChannelPort = {
    platform,
    capabilities: webCapabilities,
    async start(eventSink) {
      sink = eventSink;
      state = 'ready';
    },
    async stop() {
      state = 'stopped';
      hub.stop();
      activity.stop();
    },
    health: () => ({ state }),
    measure: measureDocument,
    async send(target, message, sendOptions) {
      const account = requireAccount(target);
      const privateTo = sendOptions?.privateTo;
      if (privateTo !== undefined && privateTo !== personOf(account)) {
        throw new AppError('not_allowed', 'This conversation belongs to another person.');
      }
      return sendTo(account, message, privateTo !== undefined);
    },
    async edit(ref, message) {
      requireFits(message);
      await log.change(requireOwn(ref), message);
    },
    remove: async (ref) => log.remove(requireOwn(ref)),
    async react() {
      throw unsupported('reactions');
    },
    async activity(target, what) {
      activity.set(requireAccount(target), what);
    },
    async openStream() {
      throw unsupported('native streams: edit the message instead');
    },
    async openForm() {
      throw unsupported('forms');
    },
    async respond(interaction, response) {
      const handle = readHandle(interaction.handle);
      if (response.kind === 'choices') {
        if (handle.kind === 'completion') completions.answer(handle.key, response.choices);
        else throw new AppError('invalid_input', 'Only a completion is answered with choices.');
      } else if (handle.kind === 'completion') {
        throw new AppError('invalid_input', 'A completion is answered with choices only.');
      } else if (response.kind === 'message' && handle.kind === 'quiet') {
        hub.publish(handle.account, { type: 'notice', text: plainText(response.message.body) });
      } else if (response.kind === 'message') {
        await sendTo(handle.account, response.message, response.private);
      }
      // Nothing on the page waits for an interaction, so one that is deferred needs no word; what follows shows itself.
    },
    async registerCommands(descriptions) {
      commands = descriptions.map((description) => ({ ...description }));
    },
    async publishHome() {
      throw unsupported('home view');
    },
    async readThread() {
      throw unsupported('threads');
    },
  };
  const proof = options.password === undefined ? 'none' : 'password';
  return { channel, mounts: [{ path: '/', proof, fetch }] };
}

function requireFits(message: OutboundMessage): void {
  if (measureDocument(message.body) <= webCapabilities.maxTextChars) return;
  throw new AppError('invalid_input', 'The message is longer than the web page shows in one piece.');
}

function requireAccount(target: ConversationAddress): string {
  const account = target.channelId;
  if (isAccount(account) && encodeConversationKey(target) === keyOf(account)) return account;
  throw new AppError('not_found', 'There is no such conversation on the web page.');
}

function requireOwn(ref: MessageRef): MessageRef {
  if (ref.platform === platform && isAccount(ref.channelId)) return ref;
  throw notFound();
}
