import type { Platform } from './ids.ts';

/**
 * Names one message on its platform. Reactions tell no more than this (no thread, no author, no text), so it is the key
 * of our own message index.
 */
export interface MessageRef {
  readonly platform: Platform;
  readonly channelId: string;
  readonly messageId: string;
}

export function sameMessage(a: MessageRef, b: MessageRef): boolean {
  return a.messageId === b.messageId && a.channelId === b.channelId && a.platform === b.platform;
}
