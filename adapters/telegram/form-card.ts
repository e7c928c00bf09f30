import type { Block, Document, Inline } from '../../core/domain/document.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { FormField } from '../../core/ports/channel.ts';
import { encodeFormPress, type FormPress } from './callback-data.ts';
import { asksForWords, hasValue, nextField, nextToSkip, type OpenForm, soleQuestion } from './form-state.ts';
import { refIn } from './inbound-facts.ts';
import type { InlineKeyboard } from './keyboard.ts';
import { numericId } from './numeric-id.ts';
import { renderDocument } from './render-html.ts';

/*
 * Forms as messages: Telegram has no dialogs. One message shows the form and its buttons. Words are a reply to it, and
 * replies to the bot reach it in privacy mode too. Words that a form cannot do without are asked for with a message of
 * their own that opens the reply field of the one who is asked; others are not, as it would take what they say next.
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
  const answer = value === undefined || value === '' ? [] : [text(': '), strong(said ?? '✓')];
  return [{ type: 'break' }, text(`• ${field.label}`), ...answer];
}

/** What a field says now, so that it can be copied and changed. */
const present = ({ label, value = '' }: FormField): readonly Block[] =>
  value === '' ? [] : [paragraph(text(`${label}, as it is now:`)), { type: 'code_block', text: value }];

/** How what may be passed over is answered; what may not is asked for with a message of its own. */
function hint(state: OpenForm): readonly Block[] {
  const field = nextField(state);
  if (field?.kind !== 'text' || asksForWords(field)) return [];
  const isLast = nextToSkip(state) === undefined;
  const submit = `press “${state.form.submitLabel}”`;
  const otherwise = hasValue(field)
    ? `${isLast ? submit : 'press “Keep”'} to leave it as it is`
    : `${isLast ? submit : 'skip it'} to leave them out`;
  return [paragraph(text(`Reply to this message with your words, or ${otherwise}.`))];
}

const titleBlock = (state: OpenForm): Block => {
  const { title, fields } = state.form;
  const lines = fields.flatMap((field) => fieldLine(field, state.values[field.fieldId]));
  return paragraph(strong(title), ...lines);
};

function cardBlocks(state: OpenForm): readonly Block[] {
  const field = nextField(state);
  return [titleBlock(state), ...(field === undefined ? [] : present(field)), ...hint(state)];
}

/** The choices of the next field if it is one, then the ways on. A form of one question ends with its answer. */
function cardKeyboard(state: OpenForm): InlineKeyboard {
  const { form } = state;
  const placeOf = (field: FormField | undefined): number =>
    field === undefined ? -1 : form.fields.indexOf(field);
  const button = (label: string, press: FormPress) => ({
    text: label,
    callback_data: encodeFormPress(press),
  });
  const next = nextField(state);
  const field = placeOf(next);
  const choices = (next?.choices ?? []).map(({ label }, choice) => [
    button(label, { kind: 'choose', field, choice }),
  ]);
  const skip = nextToSkip(state);
  const ways = [
    ...(skip === undefined
      ? []
      : [button(hasValue(skip) ? 'Keep' : 'Skip', { kind: 'skip', field: placeOf(skip) })]),
    ...(soleQuestion(form) === undefined ? [button(form.submitLabel, { kind: 'submit' })] : []),
    button('✖ Cancel', { kind: 'close' }),
  ];
  return { inline_keyboard: [...choices, ways] };
}

function forceReply({ place }: OpenForm, field: FormField): object {
  const placeholder = field.placeholder?.trim().slice(0, MAX_PLACEHOLDER_CHARS).toWellFormed() ?? '';
  return {
    force_reply: true,
    ...(place.audience === 'group' ? { selective: true } : {}),
    ...(placeholder === '' ? {} : { input_field_placeholder: placeholder }),
  };
}

function sending({ place }: OpenForm, replyTo: MessageRef | undefined): object {
  return {
    chat_id: numericId(place.chatId, 'chat id'),
    ...(place.threadId === undefined ? {} : { message_thread_id: numericId(place.threadId, 'topic id') }),
    ...(replyTo?.channelId === place.chatId
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

/** `sendMessage` for the form as a whole: under what it is about, else under what it was opened by. */
export function cardPayload(state: OpenForm): object {
  const { form, place } = state;
  const openedFrom = place.openedFrom === undefined ? undefined : refIn(place.chatId, place.openedFrom);
  return { ...sending(state, form.about ?? openedFrom), ...cardParts(state) };
}

/** What changes of the form's message when an answer came. */
export function cardParts(state: OpenForm): { readonly text: string; readonly reply_markup: InlineKeyboard } {
  return {
    text: `${addressee(state)}${html(...cardBlocks(state))}`,
    reply_markup: cardKeyboard(state),
  };
}

const questionBlock = ({ label }: FormField): Block =>
  paragraph(strong(label), { type: 'break' }, text('Reply to this.'));

/** `sendMessage` for a question of the form that wants words. */
export function questionPayload(state: OpenForm, card: MessageRef, field: FormField): object {
  return {
    ...sending(state, card),
    text: `${addressee(state)}${html(questionBlock(field))}`,
    reply_markup: forceReply(state, field),
  };
}

const plain = (...blocks: readonly Block[]): string => renderDocument({ blocks }).text;

/**
 * Whether a message that reads so can be this form as it was when it was sent. What a field says does not count: Telegram
 * may have changed white space of it.
 */
export const isCard = (shown: string | undefined, state: OpenForm): boolean => {
  const field = nextField(state);
  if (field === undefined || !hasValue(field)) return shown?.endsWith(plain(...cardBlocks(state))) === true;
  return shown?.includes(plain(titleBlock(state))) === true && shown.endsWith(plain(...hint(state)));
};

/** Whether a message that reads so can be the question for this field. */
export const isQuestion = (shown: string | undefined, field: FormField): boolean =>
  shown?.endsWith(plain(questionBlock(field))) === true;

/** `sendMessage` in answer to words that could not be taken. */
export function refusalPayload(state: OpenForm, words: MessageRef, why: string): object {
  return { ...sending(state, words), text: html(paragraph(text(why))) };
}
