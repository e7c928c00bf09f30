import { AppError } from '../../core/domain/app-error.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { TranscriptMessage, TranscriptStore } from '../../core/ports/transcript-store.ts';
import { answerMessageId, keyOf, personMessageId, refOf } from './account.ts';
import { notFound } from './errors.ts';
import { type MessageView, toAnswerContent, toView } from './outbound.ts';
import { type AnswerContent, type Content, parseContent } from './schema.ts';
import { createSerialRunner } from './serial-runner.ts';

/**
 * The conversations as they are shown. Everything is stored before it is announced; calls for one account take effect
 * in the order of the calls. Rejects with the store's errors, and with `not_found` for messages that are not there,
 * not an answer, or another account's.
 */
export interface ConversationLog {
  /** Puts a person's words in their place before core is asked. Resolves with when they came first, epoch ms. Rejects with `conflict` when other words were sent under this id. */
  begin(account: string, clientId: string, text: string, at: number): Promise<number>;
  /** Core has it. Puts the words back where another request under this id withdrew them meanwhile. */
  accept(account: string, clientId: string, text: string, at: number): Promise<void>;
  /** Takes words out again that core did not take. */
  withdraw(account: string, clientId: string): Promise<void>;

  /** The same send key again shows the same message, with what it says now. */
  show(account: string, message: OutboundMessage, isPrivate: boolean): Promise<MessageRef>;
  change(ref: MessageRef, message: OutboundMessage): Promise<void>;
  remove(ref: MessageRef): Promise<void>;

  /** A picture of an answer by its place, as a PNG. Rejects with `not_found` where it has none there. */
  picture(account: string, messageId: string, place: number): Promise<Uint8Array<ArrayBuffer>>;
  requireAnswer(account: string, messageId: string): Promise<void>;
  /** Remembers a vote for display. A press that `isRepeated` changes nothing when a later one is remembered. */
  vote(
    account: string,
    messageId: string,
    name: 'good' | 'bad' | null,
    press: { readonly id: string; readonly isRepeated: boolean },
  ): Promise<void>;
  list(account: string, limit: number): Promise<readonly MessageView[]>;
}

export interface ConversationLogOptions {
  readonly transcripts: TranscriptStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly announce: (account: string, view: MessageView) => void;
  readonly announceRemoval: (account: string, messageId: string) => void;
  /** A row that this version cannot read. */
  readonly onUnreadable: (messageId: string) => void;
}

interface Found {
  readonly message: TranscriptMessage;
  readonly content: Content;
}

export function createConversationLog(options: ConversationLogOptions): ConversationLog {
  const { transcripts, clock, ids } = options;
  const serially = createSerialRunner();

  const read = (message: TranscriptMessage): Found | undefined => {
    const content = parseContent(message.content);
    if (content === undefined) options.onUnreadable(message.messageId);
    return content === undefined ? undefined : { message, content };
  };
  const find = async (account: string, messageId: string): Promise<Found | undefined> => {
    const message = await transcripts.get(messageId);
    return message?.conversationKey === keyOf(account) ? read(message) : undefined;
  };
  const findAnswer = async (
    account: string,
    messageId: string,
  ): Promise<[TranscriptMessage, AnswerContent]> => {
    const found = await find(account, messageId);
    if (found?.content.kind !== 'answer') throw notFound();
    return [found.message, found.content];
  };
  const put = async (account: string, messageId: string, at: number, content: Content): Promise<void> => {
    await transcripts.put({
      messageId,
      conversationKey: keyOf(account),
      from: content.kind === 'person' ? 'person' : 'bot',
      content,
      at,
    });
    options.announce(account, toView(messageId, at, content));
  };

  return {
    begin: (account, clientId, text, at) =>
      serially(account, async () => {
        const messageId = personMessageId(account, clientId);
        const found = await find(account, messageId);
        if (found === undefined) {
          await put(account, messageId, at, { kind: 'person', text, accepted: false, revision: 1 });
          return at;
        }
        if (found.content.kind !== 'person' || found.content.text !== text) {
          throw new AppError('conflict', 'Another message was sent under this id: send this one anew.');
        }
        return found.message.at;
      }),
    accept: (account, clientId, text, at) =>
      serially(account, async () => {
        const messageId = personMessageId(account, clientId);
        const earlier = (await find(account, messageId))?.content;
        if (earlier?.kind === 'person' && earlier.accepted) return;
        const revision = (earlier?.revision ?? 1) + 1;
        await put(account, messageId, at, { kind: 'person', text, accepted: true, revision });
      }),
    withdraw: (account, clientId) =>
      serially(account, async () => {
        const messageId = personMessageId(account, clientId);
        const found = await find(account, messageId);
        if (found?.content.kind !== 'person' || found.content.accepted) return;
        if (await transcripts.remove(messageId)) options.announceRemoval(account, messageId);
      }),

    show: (account, message, isPrivate) =>
      serially(account, async () => {
        const messageId = answerMessageId(account, ids.digest(`${account}\n${message.sendKey}`));
        const found = await find(account, messageId);
        const earlier = found?.content.kind === 'answer' ? found.content : undefined;
        const at = found?.message.at ?? clock.now();
        await put(account, messageId, at, toAnswerContent(message, isPrivate, earlier));
        return refOf(account, messageId);
      }),
    change: (ref, message) =>
      serially(ref.channelId, async () => {
        const [stored, earlier] = await findAnswer(ref.channelId, ref.messageId);
        const content = toAnswerContent(message, earlier.private, earlier);
        await put(ref.channelId, ref.messageId, stored.at, content);
      }),
    remove: (ref) =>
      serially(ref.channelId, async () => {
        await findAnswer(ref.channelId, ref.messageId);
        if (!(await transcripts.remove(ref.messageId))) throw notFound();
        options.announceRemoval(ref.channelId, ref.messageId);
      }),

    async picture(account, messageId, place) {
      const [, { pictures = [] }] = await findAnswer(account, messageId);
      const found = pictures[place];
      if (found === undefined) throw notFound();
      return new Uint8Array(Buffer.from(found.data, 'base64'));
    },
    requireAnswer: async (account, messageId) => void (await findAnswer(account, messageId)),
    vote: (account, messageId, name, press) =>
      serially(account, async () => {
        const [stored, content] = await findAnswer(account, messageId);
        if (press.isRepeated && content.vote !== undefined && content.vote.pressId >= press.id) return;
        const vote = { name, pressId: press.id };
        await put(account, messageId, stored.at, { ...content, vote, revision: content.revision + 1 });
      }),
    async list(account, limit) {
      const messages = await transcripts.list(keyOf(account), limit);
      return messages.flatMap((message) => {
        const found = read(message);
        return found === undefined ? [] : [toView(message.messageId, message.at, found.content)];
      });
    },
  };
}
