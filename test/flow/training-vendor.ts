import { onTestFinished } from 'vitest';
import { say } from '../fakes/openai/behaviours.ts';
import { startFakeOpenAi } from '../fakes/openai/fake-openai.ts';
import { type FakeTuningServer, startFakeTuning } from '../fakes/openai/fake-tuning-server.ts';
import type { ChatRequest } from '../fakes/openai/request-schema.ts';

/** A provider at one address: its models answer, and it tunes them. */
export interface Vendor {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly fetch: typeof globalThis.fetch;
  readonly tuning: FakeTuningServer;
  /** Every chat request, in order. */
  asked(): readonly ChatRequest[];
}

export async function startVendor(
  models: readonly string[],
  answer: (request: ChatRequest) => string,
): Promise<Vendor> {
  const tuning = await startFakeTuning();
  const chat = await startFakeOpenAi({ models, apiKey: tuning.apiKey });
  onTestFinished(async () => {
    await chat.close();
    await tuning.close();
  });
  let last: Promise<unknown> = Promise.resolve();

  /** One request after the other, so that each meets the answer that was made for it. */
  function ask(address: URL, init: RequestInit | undefined): Promise<Response> {
    const next = last.then(() => {
      const body: ChatRequest = JSON.parse(String(init?.body));
      chat.script(say(answer(body)));
      return globalThis.fetch(address, init);
    });
    last = next.catch(() => undefined);
    return next;
  }

  return {
    baseUrl: chat.baseUrl,
    apiKey: tuning.apiKey,
    tuning,
    asked: () => chat.requests.map(({ body }) => body),
    fetch(input, init) {
      const address = new URL(input instanceof Request ? input.url : input);
      if (address.pathname === '/v1/chat/completions') return ask(address, init);
      if (/^\/v1\/(?:files|fine_tuning)/.test(address.pathname)) address.host = tuning.host;
      return globalThis.fetch(address, init);
    },
  };
}

/** What the messages of a role say. */
export function saidBy(role: 'system' | 'user', { messages }: ChatRequest): string {
  return messages.flatMap((message) => (message.role === role ? [message.content] : [])).join('\n');
}

export function lastAsked(vendor: Vendor): ChatRequest {
  const last = vendor.asked().at(-1);
  if (last === undefined) throw new Error('Nobody was asked.');
  return last;
}
