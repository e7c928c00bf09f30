import { AppError } from '../../core/domain/app-error.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { Receipt } from '../../core/domain/receipt.ts';
import type { CachePort } from '../../core/ports/cache.ts';
import type { Form } from '../../core/ports/channel.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { decodeFormPress } from './callback-data.ts';
import { createFormBook, FORM_LIFE_MS } from './form-book.ts';
import { cardParts, cardPayload, questionPayload, refusalPayload } from './form-card.ts';
import {
  answered,
  asksForWords,
  type FormStep,
  isOver,
  nextField,
  type OpenForm,
  pressed,
} from './form-state.ts';
import { formEvent, type Inbound, type InboundContext } from './inbound.ts';
import { idOf, refIn, wordsOf } from './inbound-facts.ts';
import type { HandlePerson, InteractionHandle } from './interaction-handle.ts';
import { cutMentions, mentionsBot, writtenCommand } from './mentions.ts';
import type { TelegramCallbackQuery, TelegramMessage, TelegramUpdate } from './wire.ts';

const THANKS = 'Thank you, noted.';
const OVER = 'This is over. Press the button under the answer again.';
const NOT_YOURS = 'This question is for somebody else.';
const NOT_NOTED =
  'I have not noted that: either I no longer have the answer that it is about, or you may not talk to me here.';
const TOO_LATE =
  'That came too late for this question, so I have not noted it. Press the button under the answer again, or write to me without replying to this.';
const NAMELESS =
  'I can take that only under the name of who was asked: anonymously I cannot tell who you are.';
const NO_FORMS =
  'You are anonymous in this group, so I could not tell that an answer is yours. Switch “Remain anonymous” off for yourself, or ask me in private.';
/** One of the emoji that a bot may react with. */
const NOTED = '👌';

/** What the desk does on the platform. Each may reject with an `AppError`. */
export interface FormHands {
  /** `sendMessage`. */
  post(chatId: string, payload: object): Promise<MessageRef>;
  /** `editMessageText` of a message that carries buttons. */
  change(ref: MessageRef, parts: object): Promise<void>;
  remove(ref: MessageRef): Promise<void>;
  react(ref: MessageRef, emoji: string): Promise<void>;
  /** A word to who pressed, or just the end of the busy sign. Waits behind nothing that is shown. */
  answerPress(callbackQueryId: string, words?: string): Promise<unknown>;
  isAnonymous(chatId: string, userId: string): Promise<boolean>;
}

export interface FormDeskParts {
  /** Survives a restart. */
  readonly cache: CachePort;
  readonly hands: FormHands;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly logger: Logger;
  /** Runs work while the channel is open, and lets `stop` wait for it. May reject. */
  readonly during: (work: () => Promise<unknown>) => Promise<unknown>;
}

export interface FormDesk {
  /** Shows a form to whoever is behind the interaction. Rejects with `not_allowed` for who could not finish it. */
  open(handle: InteractionHandle, form: Form): Promise<void>;
  /**
   * What an update means to a form; `undefined` when it is none of a form's. The same update again means the same.
   * Rejects when what is kept of forms cannot be read or written: then the update has to come again.
   */
  read(update: TelegramUpdate, context: InboundContext): Promise<Inbound | undefined>;
}

const nothing: Inbound = { events: [] };
const later = (work: () => void | Promise<void>): Inbound => ({ events: [], afterwards: async () => work() });

/** A private chat bears the number of the person. */
function personBehind(handle: InteractionHandle): HandlePerson {
  if (handle.person !== undefined) return handle.person;
  if (handle.audience === 'direct') return { userId: handle.chatId, name: '' };
  throw new AppError('not_found', 'Nobody waits for that form any more.');
}

/** How who pressed or wrote is told what became of it. Best effort. */
interface Voice {
  /** It was not taken. */
  refuse(words: string): void | Promise<void>;
  /** It was taken, and more is to come. */
  take(): void;
  thank(): void;
}

export function createFormDesk(parts: FormDeskParts): FormDesk {
  const { hands, logger } = parts;
  const book = createFormBook(parts.cache);
  /** What is still being shown, by form: later steps wait for earlier ones. */
  const tails = new Map<string, Promise<void>>();

  /** Beside everything: what was pressed looks busy until then. */
  async function atOnce(work: () => Promise<unknown>): Promise<void> {
    await parts
      .during(work)
      .catch((error: unknown) => void logger.info('telegram_form_not_shown', { error }));
  }

  /** Beside the intake, which waits for no platform: what was answered is kept already. */
  function show(card: MessageRef, ...work: readonly (() => Promise<unknown>)[]): Promise<void> {
    const key = `${card.channelId}/${card.messageId}`;
    const before = tails.get(key) ?? Promise.resolve();
    const running = before.then(async () => {
      for (const one of work) await atOnce(one);
    });
    tails.set(key, running);
    void running.then(() => {
      if (tails.get(key) === running) tails.delete(key);
    });
    return running;
  }

  /** Asks for the next field if it wants words, cannot do without them, and was not asked for yet. */
  async function askNext(card: MessageRef, state: OpenForm): Promise<void> {
    const field = nextField(state);
    if (field === undefined || !asksForWords(field)) return;
    const post = () => hands.post(state.place.chatId, questionPayload(state, card, field));
    await book.ask(card, field, post);
  }

  /** Takes the form and its questions off the screen. */
  async function clear(card: MessageRef): Promise<void> {
    for (const question of await book.questionsOf(card)) await atOnce(() => hands.remove(question));
    await hands.remove(card);
  }

  async function takeStep(
    card: MessageRef,
    step: FormStep,
    endedBy: string,
    voice: Voice,
    toEvent: (state: OpenForm) => ReturnType<typeof formEvent>,
  ): Promise<Inbound> {
    switch (step.kind) {
      case 'refused':
        return later(() => voice.refuse(step.words));
      case 'closed':
        await book.keep(card, { ...step.state, endedBy });
        return later(() => {
          voice.take();
          void show(card, () => clear(card));
        });
      case 'changed': {
        const { state } = step;
        await book.keep(card, state);
        return later(() => {
          voice.take();
          const change = () => hands.change(card, cardParts(state));
          void show(card, change, () => askNext(card, state));
        });
      }
      case 'submitted': {
        return {
          events: [toEvent(step.state)],
          async afterwards([receipt]: readonly Receipt[]) {
            // Not before the receipt: until then the same update must find the form as it was.
            await book.keep(card, { ...step.state, endedBy });
            if (receipt === 'refused') await voice.refuse(NOT_NOTED);
            else voice.thank();
            void show(card, () => clear(card));
          },
        };
      }
    }
  }

  async function readPress(
    updateId: number,
    query: TelegramCallbackQuery,
    context: InboundContext,
  ): Promise<Inbound | undefined> {
    const { message, from, data } = query;
    const press = data === undefined ? undefined : decodeFormPress(data);
    if (press === undefined || message === undefined) return undefined;
    const { chat, message_id: messageId, text } = message;
    const card = refIn(chat.id, messageId);
    const tell = (words?: string): void => void atOnce(() => hands.answerPress(query.id, words));
    const state = await book.formOn({ ref: card, text, userId: String(from.id) });
    if (state === undefined) return later(() => tell(OVER));
    if (state.asker.userId !== String(from.id)) return later(() => tell(NOT_YOURS));
    const endedBy = idOf(updateId);
    const occurredAt = context.receivedAt;
    if (isOver(state, occurredAt)) return later(() => tell(state.endedBy === endedBy ? undefined : OVER));
    const voice: Voice = { refuse: tell, take: () => tell(), thank: () => tell(THANKS) };
    return takeStep(card, pressed(state, press), endedBy, voice, (filled) =>
      formEvent({ updateId, chat, user: from, occurredAt, card }, filled),
    );
  }

  async function readAnswer(
    updateId: number,
    message: TelegramMessage,
    { bot }: InboundContext,
  ): Promise<Inbound | undefined> {
    const { chat, from, reply_to_message: question } = message;
    if (question?.from?.id !== bot.id || from === undefined) return undefined;
    const { raw, entities } = wordsOf(message);
    if (writtenCommand(raw, entities, bot) !== undefined) return undefined;
    const ref = refIn(chat.id, question.message_id);
    const asked = await book.askedBy({ ref, text: question.text, userId: String(from.id) });
    if (asked === undefined) return undefined;
    const { card, state, fieldId } = asked;
    const own = refIn(chat.id, message.message_id);
    const voice: Voice = {
      async refuse(words) {
        if (!(await book.isFirstWord(own))) return;
        void show(card, () => hands.post(String(chat.id), refusalPayload(state, own, words)));
      },
      take: () => undefined,
      thank: () => void show(card, () => hands.react(own, NOTED)),
    };
    const occurredAt = message.date * 1_000;
    const isTooLate = isOver(state, occurredAt);
    // Who speaks as the group or as a channel bears no name of their own.
    if (message.sender_chat !== undefined) return isTooLate ? nothing : later(() => voice.refuse(NAMELESS));
    // What others say to the bot about it is theirs to say; what they say about it only is not for the bot.
    if (state.asker.userId !== String(from.id)) return mentionsBot(raw, entities, bot) ? undefined : nothing;
    const endedBy = idOf(updateId);
    const { takenFrom = [] } = state;
    const wasTaken = takenFrom.includes(own.messageId);
    if (isTooLate) {
      return wasTaken || state.endedBy === endedBy ? nothing : later(() => voice.refuse(TOO_LATE));
    }
    const taking = { ...state, takenFrom: [...takenFrom, own.messageId] };
    const step: FormStep = wasTaken
      ? { kind: 'changed', state }
      : answered(taking, fieldId, cutMentions(raw, entities, bot));
    return takeStep(card, step, endedBy, voice, (filled) =>
      formEvent({ updateId, chat, user: from, occurredAt, card }, filled),
    );
  }

  return {
    async open(handle, form) {
      if (form.fields.length === 0) throw new AppError('invalid_input', 'A form needs a field.');
      const { chatId, threadId, audience, callbackQueryId, messageId: openedFrom } = handle;
      const asker = personBehind(handle);
      if (audience === 'group' && (await hands.isAnonymous(chatId, asker.userId))) {
        throw new AppError('not_allowed', NO_FORMS);
      }
      if (callbackQueryId !== undefined) void atOnce(() => hands.answerPress(callbackQueryId));
      const place = { chatId, audience, openedFrom, ...(threadId === undefined ? {} : { threadId }) };
      const state: OpenForm = { form, asker, place, values: {}, expiresAt: parts.now() + FORM_LIFE_MS };
      const card = await book.post(state, () => hands.post(chatId, cardPayload(state)));
      await show(card, () => askNext(card, state));
    },
    async read(update, context) {
      const { update_id: updateId, callback_query: query, message } = update;
      if (query !== undefined) return await readPress(updateId, query, context);
      return message === undefined ? undefined : await readAnswer(updateId, message, context);
    },
  };
}
