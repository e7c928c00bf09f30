import { Agent } from 'node:https';
import { Telegram } from 'telegraf';
import type { TelegramApi } from './telegram-api.ts';

export interface TelegramClientOptions {
  readonly token: string;
  /** Default `https://api.telegram.org`. */
  readonly apiRoot?: string;
}

/** Telegraf's types know the shim of an abort signal only; at run time it takes the platform's own as well. */
interface TelegrafCalls {
  callApi(method: string, payload: object, options?: { readonly signal?: unknown }): Promise<unknown>;
}

/**
 * Telegraf's Bot API client, without its bot: receiving updates is our own loop. Import this file only when Telegram is
 * configured.
 */
export function createTelegramClient(options: TelegramClientOptions): TelegramApi {
  // Idle connections are dropped early: a send on one that the server has just closed would have an unknown fate.
  const agent = new Agent({ keepAlive: true, timeout: 5_000 });
  const apiRoot = options.apiRoot ?? 'https://api.telegram.org';
  const telegram: TelegrafCalls = new Telegram(options.token, { agent, apiRoot, webhookReply: false });
  return {
    callApi: (method, payload, callOptions) => telegram.callApi(method, payload, callOptions),
  };
}
