import type { MessageRef } from '../../core/domain/message-ref.ts';
import { PLATFORM } from './options.ts';

/** https://docs.discord.com/developers/components/reference#anatomy-of-a-component-custom-id */
export const MAX_CUSTOM_ID_CHARS = 100;

export interface CustomId {
  /** Of a button the action, of a form its id. */
  readonly name: string;
  readonly about?: MessageRef;
}

const pattern = /^(?<name>[a-z0-9._]{1,32})(?:\|(?<channel>\d{1,20})\/(?<message>\d{1,20}))?$/;

/** `undefined` where it cannot be written: for names and ids that are none of ours. */
export function customId({ name, about }: CustomId): string | undefined {
  const text = about === undefined ? name : `${name}|${about.channelId}/${about.messageId}`;
  return pattern.test(text) && text.length <= MAX_CUSTOM_ID_CHARS ? text : undefined;
}

/** The inverse of `customId`; `undefined` for what it could not have written. */
export function parseCustomId(text: string): CustomId | undefined {
  const { name, channel, message } = pattern.exec(text)?.groups ?? {};
  if (name === undefined) return undefined;
  if (channel === undefined || message === undefined) return { name };
  return { name, about: { platform: PLATFORM, channelId: channel, messageId: message } };
}
