import type { DialectPort } from './dialect-port.ts';
import { anthropicMessages } from './dialects/anthropic-messages.ts';
import { openAiChat } from './dialects/openai-chat.ts';
import { openAiResponses } from './dialects/openai-responses.ts';

/** An endpoint whose requests go on to a model server. */
export interface DialectEndpoint {
  readonly dialect: DialectPort;
  /** Below the server's base address. */
  readonly upstreamPath: string;
  /** `answer`: a turn. `count`: only counts what a turn would hold. */
  readonly kind: 'answer' | 'count';
}

/** By path; all are asked with POST. */
export const dialectEndpoints: ReadonlyMap<string, DialectEndpoint> = new Map([
  ['/v1/chat/completions', { dialect: openAiChat, upstreamPath: '/chat/completions', kind: 'answer' }],
  ['/v1/responses', { dialect: openAiResponses, upstreamPath: '/responses', kind: 'answer' }],
  ['/v1/messages', { dialect: anthropicMessages, upstreamPath: '/messages', kind: 'answer' }],
  [
    '/v1/messages/count_tokens',
    { dialect: anthropicMessages, upstreamPath: '/messages/count_tokens', kind: 'count' },
  ],
]);
