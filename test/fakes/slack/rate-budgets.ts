import { rateLimited } from './api-refusal.ts';

const MINUTE_MS = 60_000;

/**
 * Calls a minute, by https://docs.slack.dev/apis/web-api/rate-limits and the page of each method. `chat.postMessage`
 * has "special" limits: one a second in a channel, short bursts allowed.
 */
const perMinute: Readonly<Record<string, number>> = {
  'apps.connections.open': 1,
  'chat.update': 50,
  'chat.delete': 50,
  'chat.postEphemeral': 100,
  'chat.startStream': 20,
  'chat.appendStream': 100,
  'chat.stopStream': 20,
  'reactions.add': 50,
  'reactions.remove': 20,
  'users.info': 100,
  'views.open': 100,
  'views.publish': 100,
  'conversations.replies': 50,
  'files.getUploadURLExternal': 100,
  'files.completeUploadExternal': 100,
};
const POSTS_PER_MINUTE_AND_CHANNEL = 60;

export interface RateBudgets {
  /** Counts the call, or refuses it with the seconds to wait. */
  spend(method: string, channel: unknown): void;
}

export function createRateBudgets(now: () => number): RateBudgets {
  const spent = new Map<string, number[]>();
  return {
    spend(method, channel) {
      const isPost = method === 'chat.postMessage';
      const limit = isPost ? POSTS_PER_MINUTE_AND_CHANNEL : perMinute[method];
      if (limit === undefined) return;
      const key = isPost ? `${method} ${String(channel)}` : method;
      const at = now();
      const recent = (spent.get(key) ?? []).filter((earlier) => at - earlier < MINUTE_MS);
      spent.set(key, recent);
      const oldest = recent[0];
      if (oldest !== undefined && recent.length >= limit) {
        throw rateLimited(Math.max(1, Math.ceil((oldest + MINUTE_MS - at) / 1_000)));
      }
      recent.push(at);
    },
  };
}
