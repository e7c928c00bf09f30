import { rateLimited } from './api-refusal.ts';

/** Calls in so many milliseconds. Discord does not publish these; they are what its headers say today. */
const limits: Readonly<Record<string, { readonly calls: number; readonly windowMs: number }>> = {
  create_message: { calls: 5, windowMs: 5_000 },
  update_message: { calls: 5, windowMs: 5_000 },
  delete_message: { calls: 5, windowMs: 1_000 },
  add_my_message_reaction: { calls: 1, windowMs: 250 },
  delete_my_message_reaction: { calls: 1, windowMs: 250 },
  trigger_typing_indicator: { calls: 5, windowMs: 5_000 },
  list_messages: { calls: 5, windowMs: 5_000 },
  execute_webhook: { calls: 5, windowMs: 2_000 },
};
/** https://docs.discord.com/developers/topics/rate-limits#global-rate-limit */
const GLOBAL = { calls: 50, windowMs: 1_000 };

export interface RateBuckets {
  /** Counts a call and gives its headers; throws the 429. `major`: the channel or webhook in the path. */
  take(operation: string, major: string, isGlobal: boolean): Readonly<Record<string, string>>;
}

interface Window {
  left: number;
  endsAt: number;
}

export function createRateBuckets(now: () => number): RateBuckets {
  const windows = new Map<string, Window>();

  function windowOf(key: string, { calls, windowMs }: typeof GLOBAL): Window {
    const at = now();
    const open = windows.get(key);
    if (open !== undefined && open.endsAt > at) return open;
    const made = { left: calls, endsAt: at + windowMs };
    windows.set(key, made);
    return made;
  }

  return {
    take(operation, major, isGlobal) {
      const everything = windowOf('global', GLOBAL);
      if (isGlobal && everything.left === 0) {
        throw rateLimited({ retryAfterMs: everything.endsAt - now(), scope: 'global' });
      }
      if (isGlobal) everything.left -= 1;
      const limit = limits[operation];
      if (limit === undefined) return {};
      const window = windowOf(`${operation}:${major}`, limit);
      const leftMs = window.endsAt - now();
      const isOver = window.left === 0;
      if (!isOver) window.left -= 1;
      const headers = {
        'x-ratelimit-limit': String(limit.calls),
        'x-ratelimit-remaining': String(window.left),
        'x-ratelimit-reset': String(window.endsAt / 1_000),
        'x-ratelimit-reset-after': String(leftMs / 1_000),
        'x-ratelimit-bucket': `bucket-${operation}`,
      };
      if (isOver) throw rateLimited({ retryAfterMs: leftMs, scope: 'user', headers });
      return headers;
    },
  };
}
