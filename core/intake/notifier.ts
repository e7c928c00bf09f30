import { strangerNotice } from '../commands/how-to-link.ts';
import type { ConversationAddress } from '../domain/conversation.ts';
import type { PersonId } from '../domain/ids.ts';
import type { Interaction } from '../domain/inbound-event.ts';
import { createLatestMap } from '../domain/latest-map.ts';
import type { Action, OutboundMessage, Picture } from '../domain/outbound-message.ts';
import { splitDocument } from '../domain/split-document.ts';
import type { ChannelPort, SendOptions } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import type { MarkdownPort } from '../ports/markdown.ts';

export interface NotifierDeps {
  readonly channelOf: (platform: string) => ChannelPort | undefined;
  readonly markdown: MarkdownPort;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

const rememberedNotices = 10_000;
const strangerNoticeEveryMs = 60 * 60 * 1000;

/** Words of the bot that are no answer of the model: they are no turns and earn no reward. Never rejects. */
export interface Notifier {
  /** Says it once per `onceKey` and `everyMs`, so that nobody can be made to spam. */
  notice(target: ConversationAddress, markdown: string, onceKey: string, everyMs: number): Promise<void>;
  /** Tells somebody who is not admitted how to be, at most once an hour, to them alone where the channel can do that. */
  stranger(target: ConversationAddress, personId: PersonId): Promise<void>;
  /**
   * Answers a command or a button, in as many messages as it takes. `privateTo`: all of them are for this person alone
   * where the channel can do that.
   */
  reply(
    target: ConversationAddress,
    interaction: Interaction,
    markdown: string,
    privateTo: PersonId | undefined,
    /** Stand in the last of them, where the channel shows pictures. */
    images?: readonly Picture[],
  ): Promise<void>;
  /** A word to one person that nobody else sees; nothing where the channel cannot do that. */
  whisper(
    target: ConversationAddress,
    personId: PersonId,
    markdown: string,
    actions: readonly (readonly Action[])[],
  ): Promise<void>;
}

export function createNotifier(deps: NotifierDeps): Notifier {
  /** When each notice may be said again. In memory, so that a full disk cannot silence the word about it. */
  const silentUntilMs = createLatestMap<string, number>(rememberedNotices);

  function isFirst(key: string, everyMs: number): boolean {
    const nowMs = deps.clock.monotonicMs();
    if ((silentUntilMs.get(key) ?? 0) > nowMs) return false;
    silentUntilMs.set(key, nowMs + everyMs);
    return true;
  }

  async function say(
    channel: ChannelPort,
    target: ConversationAddress,
    markdown: string,
    options: SendOptions,
    what: string,
    actions: OutboundMessage['actions'] = [],
  ): Promise<void> {
    const buttons = actions.length === 0 ? {} : { actions };
    const message = { body: deps.markdown.parse(markdown), sendKey: deps.ids.next('notice'), ...buttons };
    try {
      await channel.send(target, message, options);
    } catch (error) {
      deps.logger.warn('notice_failed', { notice: what, error });
    }
  }

  return {
    async notice(target, markdown, onceKey, everyMs) {
      const channel = deps.channelOf(target.platform);
      if (channel === undefined || !isFirst(onceKey, everyMs)) return;
      await say(channel, target, markdown, {}, onceKey);
    },
    async stranger(target, personId) {
      const channel = deps.channelOf(target.platform);
      const onceKey = `stranger:${personId}`;
      if (channel === undefined || !isFirst(onceKey, strangerNoticeEveryMs)) return;
      const toThem = channel.capabilities.canSendPrivately ? { privateTo: personId } : {};
      await say(channel, target, strangerNotice(channel), toThem, onceKey);
    },
    async reply(target, interaction, markdown, privateTo, images = []) {
      const channel = deps.channelOf(target.platform);
      if (channel === undefined) return;
      const { maxTextChars } = channel.capabilities;
      const pieces = splitDocument(deps.markdown.parse(markdown), maxTextChars, (body) =>
        channel.measure(body),
      );
      try {
        for (const [at, body] of pieces.entries()) {
          const pictures = at === pieces.length - 1 && images.length > 0 ? { images } : {};
          const message = { body, sendKey: deps.ids.next('reply'), ...pictures };
          await channel.respond(interaction, { kind: 'message', message, private: privateTo !== undefined });
        }
      } catch (error) {
        deps.logger.warn('reply_failed', { platform: target.platform, error });
      }
    },
    async whisper(target, personId, markdown, actions) {
      const channel = deps.channelOf(target.platform);
      if (channel === undefined || !channel.capabilities.canSendPrivately) return;
      const shown = channel.capabilities.canShowActions ? actions : [];
      await say(channel, target, markdown, { privateTo: personId }, 'whisper', shown);
    },
  };
}
