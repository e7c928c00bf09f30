import type { Block, Document, Inline } from '../../core/domain/document.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { FormField } from '../../core/ports/channel.ts';
import { encodeFormPress } from './callback-data.ts';
import { nextField, type OpenForm, soleQuestion } from './form-state.ts';
import type { InlineKeyboard } from './keyboard.ts';
import { numericId } from './numeric-id.ts';
import { renderDocument } from './render-html.ts';

/*
 * Forms as messages: Telegram has no dialogs. One message shows the form and the buttons of its choice; what wants words
 * is asked with a message that opens the reply field of the one who is asked, and answered by replying to it. Replies
 * to the bot reach it in privacy mode too.
 */

/** https://core.telegram.org/bots/api#forcereply */
const MAX_PLACEHOLDER_CHARS = 64;

const text = (value: string): Inline => ({ type: 'text', text: value });
const strong = (value: string): Inline => ({ type: 'strong', children: [text(value)] });
const paragraph = (...children: readonly Inline[]): Block => ({ type: 'paragraph', children });
const html = (...blocks: readonly Block[]): string => {
  const body: Document = { blocks };
  return renderDocument(body).html;
};

/** In a group the others see whom it is for; a mention also makes a reply field open for this person only. */
function addressee({ asker, place }: OpenForm): string {
  if (place.audience === 'direct') return '';
  const name = asker.name.trim() === '' ? 'you' : asker.name;
  return `For <a href="tg://user?id=${asker.userId}">${html(paragraph(text(name)))}</a>\n`;
}

function fieldLine(field: FormField, value: string | undefined): Inline[] {
  const said =
    field.kind === 'choice' ? field.choices?.find((choice) => choice.value === value)?.label : undefined;
  const answer = value === undefined ? [] : [text(': '), strong(said ?? '✓')];
  return [{ type: 'break' }, text(`• ${field.label}`), ...answer];
}

function cardText(state: OpenForm): string {
  const { title, fields } = state.form;
  const lines = fields.flatMap((field) => fieldLine(field, state.values[field.fieldId]));
  return `${addressee(state)}${html(paragraph(strong(title), ...lines))}`;
}

/** The choices of the next field if it is one, then the two ways to end. */
function cardKeyboard(state: OpenForm): InlineKeyboard {
  const { form } = state;
  const next = nextField(state);
  const field = next === undefined ? -1 : form.fields.indexOf(next);
  const choices = (next?.choices ?? []).map(({ label }, choice) => [
    { text: label, callback_data: encodeFormPress({ kind: 'choose', field, choice }) },
  ]);
  const ends = [
    { text: form.submitLabel, callback_data: encodeFormPress({ kind: 'submit' }) },
    { text: '✖ Cancel', callback_data: encodeFormPress({ kind: 'close' }) },
  ];
  return { inline_keyboard: [...choices, ends] };
}

function forceReply({ place }: OpenForm, field: FormField): object {
  const placeholder = field.placeholder?.trim().slice(0, MAX_PLACEHOLDER_CHARS).toWellFormed() ?? '';
  return {
    force_reply: true,
    ...(place.audience === 'group' ? { selective: true } : {}),
    ...(placeholder === '' ? {} : { input_field_placeholder: placeholder }),
  };
}

function sending({ place }: OpenForm, replyTo: MessageRef): object {
  return {
    chat_id: numericId(place.chatId, 'chat id'),
    ...(place.threadId === undefined ? {} : { message_thread_id: numericId(place.threadId, 'topic id') }),
    ...(replyTo.channelId === place.chatId
      ? {
          reply_parameters: {
            message_id: numericId(replyTo.messageId, 'message id'),
            allow_sending_without_reply: true,
          },
        }
      : {}),
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
  };
}

/** `sendMessage` for the form as a whole: with buttons, or as the one question that it is. */
export function cardPayload(state: OpenForm): object {
  const question = soleQuestion(state.form);
  if (question !== undefined) {
    const asked = html(paragraph(strong(state.form.title), { type: 'break' }, text(question.label)));
    return {
      ...sending(state, state.form.about),
      text: `${addressee(state)}${asked}`,
      reply_markup: forceReply(state, question),
    };
  }
  return { ...sending(state, state.form.about), ...cardParts(state) };
}

/** What changes of the form's message when an answer came. */
export function cardParts(state: OpenForm): { readonly text: string; readonly reply_markup: InlineKeyboard } {
  return { text: cardText(state), reply_markup: cardKeyboard(state) };
}

/** `sendMessage` for a question of the form that wants words. */
export function questionPayload(state: OpenForm, card: MessageRef, field: FormField): object {
  const skip = field.required ? [] : [text(` Or press “${state.form.submitLabel}” to leave it out.`)];
  const asked = html(paragraph(strong(field.label), { type: 'break' }, text('Reply to this.'), ...skip));
  return {
    ...sending(state, card),
    text: `${addressee(state)}${asked}`,
    reply_markup: forceReply(state, field),
  };
}

/** `sendMessage` in answer to words that could not be taken. */
export function refusalPayload(state: OpenForm, words: MessageRef, why: string): object {
  return { ...sending(state, words), text: html(paragraph(text(why))) };
}
