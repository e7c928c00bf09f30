import type { IncomingMessage } from 'node:http';
import type { DialectPort } from './dialect-port.ts';
import { anthropicMessages } from './dialects/anthropic-messages.ts';
import { openAiChat } from './dialects/openai-chat.ts';

/** What a request asks for. */
export interface Target {
  /** Without a slash at its end. */
  readonly path: string;
  /** With its `?`, or ''. */
  readonly query: string;
}

export function targetOf({ url = '/' }: Pick<IncomingMessage, 'url'>): Target {
  const at = url.indexOf('?');
  const path = at === -1 ? url : url.slice(0, at);
  return {
    path: path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path,
    query: at === -1 ? '' : url.slice(at),
  };
}

const anthropicPath = /^(?:\/v1)*\/messages(?:\/|$)/;

/** Clients of one dialect read its errors only. */
export function errorsOf(
  { headers }: Pick<IncomingMessage, 'headers'>,
  { path }: Target,
): DialectPort['error'] {
  const isAnthropic = anthropicPath.test(path) || headers['anthropic-version'] !== undefined;
  return (isAnthropic ? anthropicMessages : openAiChat).error;
}
