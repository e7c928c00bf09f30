import { AppError } from '../../core/domain/app-error.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { CachePort } from '../../core/ports/cache.ts';
import type { FormField } from '../../core/ports/channel.ts';
import { isCard, isQuestion } from './form-card.ts';
import { parseLatest, parseQuestionIds, parseStored, toStored } from './form-schema.ts';
import { nextWords, type OpenForm } from './form-state.ts';
import { refIn } from './inbound-facts.ts';

/** How long a form waits for an answer. */
export const FORM_LIFE_MS = 24 * 60 * 60 * 1_000;
/** How long it is known that a message was a form: what is said in reply to it then is no chat. */
export const FORM_MEMORY_MS = 30 * FORM_LIFE_MS;

/** A form, and the field of it that a message asks for if it is one that asks. */
export interface FoundForm {
  readonly card: MessageRef;
  readonly state: OpenForm;
  /** Absent where the form wants no words any more. */
  readonly fieldId?: string;
}

/** One of our messages as an update shows it, and who is concerned with it. */
export interface SeenMessage {
  readonly ref: MessageRef;
  readonly text: string | undefined;
  readonly userId: string;
}

/**
 * What is kept of forms. A form and a question are written down before they are posted, and under the number of their
 * message afterwards; what a crash left in between is known by its words again, to who was asked. All may reject.
 */
export interface FormBook {
  keep(card: MessageRef, state: OpenForm): Promise<void>;
  /** Runs `post` and resolves with where the form stands. Rejects with what `post` rejects with. */
  post(state: OpenForm, post: () => Promise<MessageRef>): Promise<MessageRef>;
  /** The same for the question of a field; nothing where it was asked before. */
  ask(card: MessageRef, field: FormField, post: () => Promise<MessageRef>): Promise<void>;
  /** The form that stands on this message. */
  formOn(message: SeenMessage): Promise<OpenForm | undefined>;
  /** What words in reply to this message are for. */
  askedBy(message: SeenMessage): Promise<FoundForm | undefined>;
  /** True for the first call with this message of a person's: words to them about it are said once. */
  isFirstWord(message: MessageRef): Promise<boolean>;
  /** The questions that stand on the screen for a form. */
  questionsOf(card: MessageRef): Promise<readonly MessageRef[]>;
}

const keyOf = ({ channelId, messageId }: MessageRef): string => `telegram-form/${channelId}/${messageId}`;
const questionsKeyOf = (card: MessageRef): string => `${keyOf(card)}/questions`;
const latestKeyOf = (chatId: string, userId: string): string => `telegram-form/${chatId}/for/${userId}`;

/** Whether what failed so may stand on the screen nevertheless. */
const mayHaveArrived = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'delivery_unknown';

export function createFormBook(cache: CachePort): FormBook {
  const write = (key: string, value: unknown): Promise<void> => cache.set(key, value, FORM_MEMORY_MS);
  const keep = (card: MessageRef, state: OpenForm): Promise<void> => write(keyOf(card), toStored(state));

  async function questions(card: MessageRef) {
    return parseQuestionIds(await cache.get(questionsKeyOf(card)));
  }

  /** `forget` what was written down of it when it certainly was not posted. */
  async function posted(
    post: () => Promise<MessageRef>,
    forget: () => Promise<unknown>,
  ): Promise<MessageRef> {
    try {
      return await post();
    } catch (error) {
      if (!mayHaveArrived(error)) await forget();
      throw error;
    }
  }

  async function settle(card: MessageRef, state: OpenForm): Promise<void> {
    await keep(card, state);
    await write(latestKeyOf(card.channelId, state.asker.userId), { kind: 'posted', formId: card.messageId });
  }

  async function settleQuestion(card: MessageRef, fieldId: string, question: MessageRef): Promise<void> {
    await write(keyOf(question), { kind: 'question', formId: card.messageId, fieldId });
    const others = (await questions(card)).filter((known) => known.fieldId !== fieldId);
    await write(questionsKeyOf(card), [...others, { fieldId, messageId: question.messageId }]);
  }

  async function latest({ ref, userId }: SeenMessage) {
    return parseLatest(await cache.get(latestKeyOf(ref.channelId, userId)));
  }

  async function formOn(message: SeenMessage): Promise<OpenForm | undefined> {
    const { ref, text } = message;
    const stored = parseStored(await cache.get(keyOf(ref)));
    if (stored !== undefined) return stored.kind === 'form' ? stored : undefined;
    const left = await latest(message);
    if (left?.kind !== 'posting' || !isCard(text, left.state)) return undefined;
    await settle(ref, left.state);
    return left.state;
  }

  const found = (card: MessageRef, state: OpenForm, fieldId: string | undefined): FoundForm =>
    fieldId === undefined ? { card, state } : { card, state, fieldId };

  /** A question whose number was not written down. */
  async function leftQuestion(message: SeenMessage): Promise<FoundForm | undefined> {
    const left = await latest(message);
    if (left?.kind !== 'posted') return undefined;
    const card = refIn(message.ref.channelId, left.formId);
    const state = parseStored(await cache.get(keyOf(card)));
    if (state?.kind !== 'form') return undefined;
    const unknown = (await questions(card)).filter(({ messageId }) => messageId === undefined);
    const field = state.form.fields.find(
      (one) => unknown.some(({ fieldId }) => fieldId === one.fieldId) && isQuestion(message.text, one),
    );
    if (field === undefined) return undefined;
    await settleQuestion(card, field.fieldId, message.ref);
    return found(card, state, field.fieldId);
  }

  return {
    keep,
    formOn,
    async post(state, post) {
      const latestKey = latestKeyOf(state.place.chatId, state.asker.userId);
      await write(latestKey, { kind: 'posting', state: toStored(state) });
      const card = await posted(post, () => cache.delete(latestKey));
      await settle(card, state);
      return card;
    },
    async ask(card, field, post) {
      const { fieldId } = field;
      const asked = await questions(card);
      if (asked.some((known) => known.fieldId === fieldId)) return;
      await write(questionsKeyOf(card), [...asked, { fieldId }]);
      const question = await posted(post, () => write(questionsKeyOf(card), asked));
      await settleQuestion(card, fieldId, question);
    },
    async askedBy(message) {
      const stored = parseStored(await cache.get(keyOf(message.ref)));
      if (stored?.kind === 'question') {
        const card = refIn(message.ref.channelId, stored.formId);
        const state = parseStored(await cache.get(keyOf(card)));
        return state?.kind === 'form' ? found(card, state, stored.fieldId) : undefined;
      }
      const state = await formOn(message);
      if (state !== undefined) return found(message.ref, state, nextWords(state)?.fieldId);
      return await leftQuestion(message);
    },
    async isFirstWord(message) {
      const key = `${keyOf(message)}/told`;
      if ((await cache.get(key)) !== undefined) return false;
      await write(key, true);
      return true;
    },
    async questionsOf(card) {
      return (await questions(card)).flatMap(({ messageId }) =>
        messageId === undefined ? [] : [refIn(card.channelId, messageId)],
      );
    },
  };
}
