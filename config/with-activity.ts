import type { InboundEvent } from '../core/domain/inbound-event.ts';
import type { Bot } from '../core/intake/bot.ts';

/** What comes of looking on: nobody waits for the bot because of it. */
const idle: ReadonlySet<InboundEvent['type']> = new Set(['completion_requested', 'home_opened']);

/**
 * Tells of everything that people admitted do, when it is stored. Of a command before that: what it starts comes after it. What
 * strangers write keeps nobody from anything.
 */
export function withActivity(bot: Bot, touch: () => void): Bot {
  return {
    ...bot,
    async sink(event) {
      if (event.type === 'command_invoked') touch();
      const receipt = await bot.sink(event);
      if (receipt === 'stored' && event.type !== 'command_invoked' && !idle.has(event.type)) touch();
      return receipt;
    },
  };
}
