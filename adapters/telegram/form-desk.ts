import { AppError } from '../../core/domain/app-error.ts';
import type { FormSubmitted } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { CachePort } from '../../core/ports/cache.ts';
import type { Form } from '../../core/ports/channel.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { decodeFormPress } from './callback-data.ts';
import { cardParts, cardPayload, questionPayload, refusalPayload } from './form-card.ts';
import { parseQuestionIds, parseStored, toStored } from './form-schema.ts';
import { answered, type FormStep, nextField, type OpenForm, pressed, soleQuestion } from './form-state.ts';
import { formEvent, type Inbound, type InboundContext } from './inbound.ts';
import { wordsOf } from './inbound-facts.ts';
import type { HandlePerson, InteractionHandle } from './interaction-handle.ts';
import { cutMentions, writtenCommand } from './mentions.ts';
import { PLATFORM } from './platform.ts';
import type { TelegramCallbackQuery, TelegramMessage, TelegramUpdate } from './wire.ts';

/** How long a form waits for an answer. */
export const FORM_LIFE_MS = 24 * 60 * 60 * 1_000;

const THANKS = 'Thank you, noted.';
const OVER = 'This is over. Press the button under the answer again.';
const NOT_YOURS = 'This question is for somebody else.';
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
  /** A word to who pressed, or just the end of the busy sign. */
  answerPress(callbackQueryId: string, words?: string): Promise<unknown>;
}

export interface FormDeskParts {
  /** Survives a restart. */
  readonly cache: CachePort;
  readonly hands: FormHands;
  readonly logger: Logger;
  /** Runs work while the channel is open, and lets `stop` wait for it. May reject. */
  readonly during: (work: () => Promise<unknown>) => Promise<unknown>;
}

export interface FormDesk {
  /** Shows a form to whoever is behind the interaction. */
  open(handle: InteractionHandle, form: Form): Promise<void>;
  /**
   * What an update means to a form; `undefined` when it is none of a form's. The same update again means the same.
   * Rejects when what is kept of forms cannot be read or written: then the update has to come again.
   */
  read(update: TelegramUpdate, context: InboundContext): Promise<Inbound | undefined>;
}

const keyOf = ({ channelId, messageId }: MessageRef): string => `telegram-form/${channelId}/${messageId}`;
const questionsKeyOf = (card: MessageRef): string => `${keyOf(card)}/questions`;
const refIn = (chatId: number | string, messageId: number | string): MessageRef => ({
  platform: PLATFORM,
  channelId: String(chatId),
  messageId: String(messageId),
});

const later = (work: () => void): Inbound => ({ events: [], afterwards: async () => work() });

/** A private chat bears the number of the person. */
function personBehind(handle: InteractionHandle): HandlePerson {
  if (handle.person !== undefined) return handle.person;
  if (handle.audience === 'direct') return { userId: handle.chatId, name: '' };
  throw new AppError('not_found', 'Nobody waits for that form any more.');
}

/** How who pressed or wrote is told what became of it. Best effort. */
interface Voice {
  refuse(words: string): Promise<unknown>;
  /** It was taken, and more is to come. */
  take(): Promise<unknown>;
  thank(): Promise<unknown>;
}

export function createFormDesk(parts: FormDeskParts): FormDesk {
  const { cache, hands, logger } = parts;
  /** What is still being shown, by form: later steps wait for earlier ones. */
  const tails = new Map<string, Promise<void>>();

  const keep = (card: MessageRef, state: OpenForm): Promise<void> =>
    cache.set(keyOf(card), toStored(state), FORM_LIFE_MS);

  const quietly = async (work: () => Promise<unknown>): Promise<void> => {
    await work().catch((error: unknown) => logger.info('telegram_form_not_shown', { error }));
  };

  /** Beside the intake, which waits for no platform: what was answered is kept already. */
  function show(card: MessageRef, ...work: readonly (() => Promise<unknown>)[]): void {
    const key = keyOf(card);
    const before = tails.get(key) ?? Promise.resolve();
    const running = before.then(async () => {
      for (const one of work) await quietly(() => parts.during(one));
    });
    tails.set(key, running);
    void running.then(() => {
      if (tails.get(key) === running) tails.delete(key);
    });
  }

  /** Asks for the next field if it wants words and was not asked for yet. */
  async function askNext(card: MessageRef, state: OpenForm): Promise<void> {
    const field = nextField(state);
    if (field?.kind !== 'text' || soleQuestion(state.form) !== undefined) return;
    const asked = parseQuestionIds(await cache.get(questionsKeyOf(card)));
    if (asked.some(({ fieldId }) => fieldId === field.fieldId)) return;
    const question = await hands.post(state.place.chatId, questionPayload(state, card, field));
    const stored = { kind: 'question', formId: card.messageId, fieldId: field.fieldId };
    await cache.set(keyOf(question), stored, FORM_LIFE_MS);
    const known = [...asked, { fieldId: field.fieldId, messageId: question.messageId }];
    await cache.set(questionsKeyOf(card), known, FORM_LIFE_MS);
  }

  /** Takes the form and its questions off the screen. */
  async function clear(card: MessageRef): Promise<void> {
    const questions = parseQuestionIds(await cache.get(questionsKeyOf(card)));
    for (const { messageId } of questions)
      await quietly(() => hands.remove(refIn(card.channelId, messageId)));
    await hands.remove(card);
  }

  async function takeStep(
    card: MessageRef,
    step: FormStep,
    voice: Voice,
    toEvent: (state: OpenForm) => FormSubmitted,
  ): Promise<Inbound> {
    switch (step.kind) {
      case 'refused':
        return later(() => show(card, () => voice.refuse(step.words)));
      case 'closed':
        await cache.delete(keyOf(card));
        return later(() => show(card, voice.take, () => clear(card)));
      case 'changed': {
        const { state } = step;
        await keep(card, state);
        return later(() =>
          show(
            card,
            voice.take,
            () => hands.change(card, cardParts(state)),
            () => askNext(card, state),
          ),
        );
      }
      case 'submitted': {
        const event = toEvent(step.state);
        return {
          events: [event],
          async afterwards() {
            // Not before the receipt: until then the same update must find the form as it was.
            await keep(card, { ...step.state, endedBy: event.eventId });
            show(card, voice.thank, () => clear(card));
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
    const card = refIn(message.chat.id, message.message_id);
    const tell = (words?: string): Promise<unknown> => hands.answerPress(query.id, words);
    const state = parseStored(await cache.get(keyOf(card)));
    if (state?.kind !== 'form') return later(() => show(card, () => tell(OVER)));
    if (state.asker.userId !== String(from.id)) return later(() => show(card, () => tell(NOT_YOURS)));
    const toEvent = (filled: OpenForm): FormSubmitted =>
      formEvent({ updateId, chat: message.chat, user: from, occurredAt: context.receivedAt }, filled);
    if (state.endedBy !== undefined) {
      const isRepeat = state.endedBy === toEvent(state).eventId;
      return later(() => show(card, () => tell(isRepeat ? undefined : OVER)));
    }
    const voice = { refuse: tell, take: () => tell(), thank: () => tell(THANKS) };
    return takeStep(card, pressed(state, press), voice, toEvent);
  }

  /** The form and its field that this message, one of ours, asks for. */
  async function askedBy(
    question: MessageRef,
  ): Promise<{ card: MessageRef; state: OpenForm; fieldId: string } | undefined> {
    const stored = parseStored(await cache.get(keyOf(question)));
    if (stored?.kind === 'form') {
      const fieldId = soleQuestion(stored.form)?.fieldId;
      return fieldId === undefined ? undefined : { card: question, state: stored, fieldId };
    }
    if (stored === undefined) return undefined;
    const card = refIn(question.channelId, stored.formId);
    const state = parseStored(await cache.get(keyOf(card)));
    return state?.kind === 'form' ? { card, state, fieldId: stored.fieldId } : undefined;
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
    const asked = await askedBy(refIn(chat.id, question.message_id));
    if (asked === undefined) return undefined;
    const { card, state, fieldId } = asked;
    if (state.asker.userId !== String(from.id)) return { events: [] };
    const toEvent = (filled: OpenForm): FormSubmitted =>
      formEvent({ updateId, chat, user: from, occurredAt: message.date * 1_000 }, filled);
    if (state.endedBy !== undefined) {
      return state.endedBy === toEvent(state).eventId ? { events: [] } : undefined;
    }
    const own = refIn(chat.id, message.message_id);
    const voice = {
      refuse: (words: string) => hands.post(String(chat.id), refusalPayload(state, own, words)),
      take: async () => undefined,
      thank: () => hands.react(own, NOTED),
    };
    const words = cutMentions(raw, entities, bot);
    return takeStep(card, answered(state, fieldId, words), voice, toEvent);
  }

  return {
    async open(handle, form) {
      if (form.fields.length === 0) throw new AppError('invalid_input', 'A form needs a field.');
      const { chatId, threadId, audience } = handle;
      const place = { chatId, audience, ...(threadId === undefined ? {} : { threadId }) };
      const state: OpenForm = { form, asker: personBehind(handle), place, values: {} };
      const card = await hands.post(chatId, cardPayload(state));
      await keep(card, state);
      await askNext(card, state);
      const { callbackQueryId } = handle;
      if (callbackQueryId !== undefined) show(card, () => hands.answerPress(callbackQueryId));
    },
    async read(update, context) {
      const { update_id: updateId, callback_query: query, message } = update;
      if (query !== undefined) return await readPress(updateId, query, context);
      return message === undefined ? undefined : await readAnswer(updateId, message, context);
    },
  };
}
