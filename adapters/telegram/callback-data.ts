import { AppError } from '../../core/domain/app-error.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import { PLATFORM } from './platform.ts';

/** Telegram's limit for what a button says when it is pressed. */
export const MAX_CALLBACK_BYTES = 64;

/** What an action's button says: which action, and about which message where it does not stand on that one. */
export interface ActionData {
  readonly actionId: string;
  readonly about?: MessageRef;
}

/** What a button of a form says. Fields and choices go by their place in the form. */
export type FormPress =
  | { readonly kind: 'choose'; readonly field: number; readonly choice: number }
  | { readonly kind: 'skip'; readonly field: number }
  | { readonly kind: 'submit' }
  | { readonly kind: 'close' };

const withAboutPattern = /^([^|]+)\|(-?[0-9a-z]{1,11})\|([0-9a-z]{1,11})$/;
const choicePattern = /^:c(\d{1,2})\.(\d{1,2})$/;
const skipPattern = /^:k(\d{1,2})$/;

/** Base 36, so that the longest action id and two of Telegram's longest ids fit together. */
function shortId(id: string): string {
  const value = /^-?\d{1,16}$/.test(id) ? Number(id) : Number.NaN;
  if (Number.isSafeInteger(value)) return value.toString(36);
  throw new AppError('invalid_input', 'A button can be about a message of Telegram only.');
}

const longId = (text: string): string => String(Number.parseInt(text, 36));

/** Throws `invalid_input` for what does not fit or would be read as something else. */
export function encodeAction({ actionId, about }: ActionData): string {
  const data =
    about === undefined ? actionId : `${actionId}|${shortId(about.channelId)}|${shortId(about.messageId)}`;
  if (actionId === '' || actionId.startsWith(':') || actionId.includes('|')) {
    throw new AppError('invalid_input', 'An action id may neither be empty nor hold ":" or "|".');
  }
  if (Buffer.byteLength(data) > MAX_CALLBACK_BYTES) {
    throw new AppError('invalid_input', `A Telegram button takes ${MAX_CALLBACK_BYTES} bytes at most.`);
  }
  return data;
}

/** The inverse of `encodeAction`; what it could not have made is an action id as it stands. */
export function decodeAction(data: string): ActionData {
  const [, actionId, channel, message] = withAboutPattern.exec(data) ?? [];
  if (actionId === undefined || channel === undefined || message === undefined) return { actionId: data };
  return { actionId, about: { platform: PLATFORM, channelId: longId(channel), messageId: longId(message) } };
}

export function encodeFormPress(press: FormPress): string {
  if (press.kind === 'choose') return `:c${press.field}.${press.choice}`;
  if (press.kind === 'skip') return `:k${press.field}`;
  return press.kind === 'submit' ? ':s' : ':x';
}

/** The inverse of `encodeFormPress`; `undefined` for the buttons of anything else. */
export function decodeFormPress(data: string): FormPress | undefined {
  if (data === ':s') return { kind: 'submit' };
  if (data === ':x') return { kind: 'close' };
  const [, skipped] = skipPattern.exec(data) ?? [];
  if (skipped !== undefined) return { kind: 'skip', field: Number(skipped) };
  const [, field, choice] = choicePattern.exec(data) ?? [];
  return field === undefined || choice === undefined
    ? undefined
    : { kind: 'choose', field: Number(field), choice: Number(choice) };
}
