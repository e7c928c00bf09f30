import * as z from 'zod';
import { fillPath, type Purpose, type RouteParams, routeOf } from '../../adapters/discord/routes.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { readVersion } from '../version.ts';
import type { CommandIo } from './command-io.ts';

export type DiscordAnswer =
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly status: number }
  /** Nobody answered, or not as Discord does, or Discord is too busy. */
  | { readonly kind: 'silent' };

/** One call that changes nothing. Never rejects. */
export type AskDiscord = <P extends Purpose>(
  purpose: P,
  params: RouteParams<P>,
  query?: Readonly<Record<string, string>>,
) => Promise<DiscordAnswer>;

const API_ROOT = 'https://discord.com/api';
const ASK_TIMEOUT_MS = 5_000;
/** How long all calls together may wait because Discord asks for it. */
const MAX_WAIT_MS = 15_000;
const TOO_MANY = 429;
const silent: DiscordAnswer = { kind: 'silent' };

const limitedSchema = z.object({ retry_after: z.number().nonnegative() });

export interface AskDiscordParts {
  readonly io: Pick<CommandIo, 'fetch'>;
  readonly clock: Clock;
  readonly token: string;
  /** Without a version. Default `https://discord.com/api`. */
  readonly apiRoot?: string | undefined;
}

/** Asks Discord as the bot, one call after another where the caller waits for each; obeys "too many requests". */
export function createAskDiscord({ io, clock, token, apiRoot = API_ROOT }: AskDiscordParts): AskDiscord {
  const headers = {
    authorization: `Bot ${token}`,
    'user-agent': `DiscordBot (https://arxiv.org/abs/2603.17187, ${readVersion()})`,
  };
  let leftMs = MAX_WAIT_MS;

  /** Waits as long as Discord asks; false where that is too long. */
  async function mayGoOn(answer: unknown): Promise<boolean> {
    const limited = limitedSchema.safeParse(answer);
    const waitMs = limited.success ? Math.ceil(limited.data.retry_after * 1_000) : MAX_WAIT_MS;
    leftMs -= waitMs;
    if (leftMs < 0) return false;
    await clock.sleep(waitMs);
    return true;
  }

  return async (purpose, params, query = {}) => {
    const path = fillPath(purpose, params);
    const address = `${apiRoot.replace(/\/+$/, '')}/v10${path}?${new URLSearchParams(query)}`;
    try {
      for (;;) {
        const response = await io.fetch(address.replace(/\?$/, ''), {
          method: routeOf(purpose).method,
          headers,
          redirect: 'error',
          signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
        });
        const value: unknown = await response.json();
        const { status } = response;
        if (response.ok) return { kind: 'answer', value };
        if (status !== TOO_MANY) return status >= 500 ? silent : { kind: 'refused', status };
        if (!(await mayGoOn(value))) return silent;
      }
    } catch {
      return silent;
    }
  };
}
