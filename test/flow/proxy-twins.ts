import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { expect } from 'vitest';
import type { Reply } from '../fakes/upstream-server/reply.ts';
import type { FakeVendor } from '../fakes/upstream-server/vendor-server.ts';
import { behind, type ProxyBot, startProxyBot, vendor } from './proxy-bot.ts';

/** Two equal vendors, one of them behind the proxy. */
export interface Twins {
  readonly bot: ProxyBot;
  /** The one behind the proxy. */
  readonly fake: FakeVendor;
  /** What both say next. */
  say(...replies: readonly Reply[]): void;
  /** Asks one directly and the other through the proxy: what is sent and what is got must be equal, byte for byte. */
  openai<T>(call: (client: OpenAI) => Promise<T>): Promise<T>;
  anthropic<T>(call: (client: Anthropic) => Promise<T>): Promise<T>;
}

export async function twins(): Promise<Twins> {
  const [fake, other] = await Promise.all([vendor(), vendor()]);
  const bot = await startProxyBot(behind(fake));

  async function same<C, T>(direct: C, through: C, call: (client: C) => Promise<T>): Promise<T> {
    const expected = await call(direct);
    const got = await call(through);
    expect(got).toEqual(expected);
    expect(fake.requests.map(({ text }) => text)).toEqual(other.requests.map(({ text }) => text));
    expect(fake.requests.map(({ path }) => path)).toEqual(other.requests.map(({ path }) => path));
    return got;
  }

  return {
    bot,
    fake,
    say(...replies) {
      fake.say(...replies);
      other.say(...replies);
    },
    openai: (call) =>
      same(new OpenAI({ apiKey: other.key, baseURL: other.baseUrl, fetch: unpacked }), bot.openai(), call),
    anthropic: (call) =>
      same(
        new Anthropic({ apiKey: other.key, baseURL: new URL(other.baseUrl).origin, fetch: unpacked }),
        bot.anthropic(),
        call,
      ),
  };
}

/** The vendor speaks without packing only. */
const unpacked: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set('accept-encoding', 'identity');
  return fetch(input, { ...init, headers });
};

/** All that a stream brings. */
export async function gathered<T>(stream: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}
