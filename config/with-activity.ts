import type { InboundEvent } from '../core/domain/inbound-event.ts';
import type { Bot } from '../core/intake/bot.ts';

/** Looking on, and commands: they are answered at once, whatever trains, and nobody waits for a model because of them. */
const quiet: ReadonlySet<InboundEvent['type']> = new Set([
  'completion_requested',
  'home_opened',
  'command_invoked',
]);

/** Tells of everything that people say, press and react, when it is stored. What strangers write keeps nobody from anything. */
export function withActivity<Door extends Pick<Bot, 'sink'>>(bot: Door, touch: () => void): Door {
  return {
    ...bot,
    async sink(event: InboundEvent) {
      const receipt = await bot.sink(event);
      if (receipt === 'stored' && !quiet.has(event.type)) touch();
      return receipt;
    },
  };
}
