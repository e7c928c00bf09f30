import { readFileSync } from 'node:fs';
import type { Tap } from '../../../../adapters/proxy/dialect-port.ts';
import { chatTap } from '../../../../adapters/proxy/taps/chat-tap.ts';
import { messagesTap } from '../../../../adapters/proxy/taps/messages-tap.ts';
import { responsesTap } from '../../../../adapters/proxy/taps/responses-tap.ts';

const folder = new URL('../../../fixtures/proxy/answers/', import.meta.url);

export interface RecordedAnswer {
  readonly stream: Uint8Array;
  readonly body: Uint8Array;
}

/** `name`: `anthropic-tools`; each is there as a stream and as a body. */
export function recordedAnswer(name: string): RecordedAnswer {
  return {
    stream: readFileSync(new URL(`${name}.sse`, folder)),
    body: readFileSync(new URL(`${name}.json`, folder)),
  };
}

export function tapForName(name: string): (contentType: string) => Tap {
  if (name.startsWith('openai-chat')) return chatTap;
  return name.startsWith('openai-responses') ? responsesTap : messagesTap;
}
