import type { MessageRef } from '../../core/domain/message-ref.ts';
import { PLATFORM } from './options.ts';
import { packText, unpackText } from './packed-text.ts';

/** https://docs.discord.com/developers/components/reference#anatomy-of-a-component-custom-id */
export const MAX_CUSTOM_ID_CHARS = 100;

export interface CustomId {
  /** Of a button the action, of a form its id. */
  readonly name: string;
  readonly about?: MessageRef;
  /** Where it is about no message. */
  readonly subject?: string;
}

const pattern =
  /^(?<name>[a-z0-9._]{1,32})(?:\|(?<channel>\d{1,20})\/(?<message>\d{1,20})|=(?<subject>[a-z0-9.:_-]{1,80}))?$/;

function textOf({ name, about, subject }: CustomId): string | undefined {
  if (about !== undefined && subject !== undefined) return undefined;
  if (about !== undefined) return `${name}|${about.channelId}/${about.messageId}`;
  return subject === undefined ? name : `${name}=${subject}`;
}

/** `undefined` where it cannot be written: for names, ids and subjects that are none of ours, and for both at once. */
export function customId(parts: CustomId): string | undefined {
  const text = textOf(parts);
  if (text === undefined || !pattern.test(text)) return undefined;
  // The longest name with the longest subject is longer than Discord takes.
  const written = text.length <= MAX_CUSTOM_ID_CHARS ? text : packText(text);
  return written !== undefined && written.length <= MAX_CUSTOM_ID_CHARS ? written : undefined;
}

/** The inverse of `customId`; `undefined` for what it could not have written. */
export function parseCustomId(written: string): CustomId | undefined {
  const unpacked = unpackText(written);
  const isPacked = unpacked !== undefined && unpacked.length > MAX_CUSTOM_ID_CHARS;
  const { name, channel, message, subject } = pattern.exec(isPacked ? unpacked : written)?.groups ?? {};
  if (name === undefined) return undefined;
  if (subject !== undefined) return { name, subject };
  if (channel === undefined || message === undefined) return { name };
  return { name, about: { platform: PLATFORM, channelId: channel, messageId: message } };
}
