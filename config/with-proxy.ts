import type { Bot } from '../core/intake/bot.ts';
import type { ComposedProxy } from './compose-proxy.ts';

/** What passes through the proxy has as long to end as what is answered in chats. */
export function withProxy<Stopping extends Pick<Bot, 'stop'>>(
  bot: Stopping,
  proxy: Pick<ComposedProxy, 'stop'> | undefined,
): Stopping {
  if (proxy === undefined) return bot;
  return {
    ...bot,
    async stop(deadlineMs) {
      // Neither is left half stopped where the other fails.
      const ends = await Promise.allSettled([proxy.stop(deadlineMs), bot.stop(deadlineMs)]);
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
  };
}
