import { isWholeSpace } from '../core/domain/conversation.ts';
import type { SpaceId } from '../core/domain/ids.ts';
import type { InboundEvent } from '../core/domain/inbound-event.ts';
import type { Bot } from '../core/intake/bot.ts';
import { commandIn } from '../core/intake/door.ts';

/** What somebody did; who it was is told to nobody. */
export interface SeenActivity {
  readonly spaceId: SpaceId;
  /** Whether it was in a direct chat that is the whole space; absent where no conversation is known. */
  readonly isWholeSpace?: boolean;
  /**
   * `message`: wrote, pressed, reacted. `presence`: gave a command, which is answered at once whatever trains. `steering`: looked after the slow
   * loop itself, which must not stop it.
   */
  readonly kind: 'message' | 'presence' | 'steering';
}

/** First words of commands that look after the slow loop. */
const steering: ReadonlySet<string> = new Set(['schedule', 'train', 'policy', 'policies', 'status']);

/** Tells of everything that people say, press, react and command, when it is stored. What strangers write keeps nobody from anything. */
export function withActivity<Door extends Pick<Bot, 'sink'>>(
  bot: Door,
  seen: (activity: SeenActivity) => void,
): Door {
  return {
    ...bot,
    async sink(event: InboundEvent) {
      const receipt = await bot.sink(event);
      const activity = receipt === 'stored' ? activityOf(event) : undefined;
      if (activity !== undefined) seen(activity);
      return receipt;
    },
  };
}

function activityOf(event: InboundEvent): SeenActivity | undefined {
  if (event.type === 'completion_requested' || event.type === 'home_opened') return undefined;
  const line = commandLine(event);
  return {
    spaceId: event.spaceId,
    ...('conversation' in event ? { isWholeSpace: isWholeSpace(event.conversation) } : {}),
    kind: line === undefined ? 'message' : kindOfCommand(line),
  };
}

function commandLine(event: InboundEvent): string | undefined {
  if (event.type === 'command_invoked') return event.line;
  return event.type === 'message_received' ? commandIn(event)?.line : undefined;
}

function kindOfCommand(line: string): SeenActivity['kind'] {
  const [first = ''] = line.trim().toLowerCase().split(/\s+/, 1);
  return steering.has(first) ? 'steering' : 'presence';
}
