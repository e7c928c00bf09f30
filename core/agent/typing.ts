import type { ConversationAddress } from '../domain/conversation.ts';
import type { ChannelPort } from '../ports/channel.ts';
import type { Clock, Timer } from '../ports/clock.ts';

/** Platforms let "typing" fade after five to ten seconds. */
const repeatMs = 4_000;

/** Shows "typing" until the returned function is called. Best effort: failures are nobody's business. */
export function showThinking(channel: ChannelPort, target: ConversationAddress, clock: Clock): () => void {
  if (!channel.capabilities.canShowActivity) return () => {};
  let timer: Timer | undefined;
  let stopped = false;

  function repeat(): void {
    if (stopped) return;
    channel.activity(target, 'thinking').catch(() => {});
    timer = clock.after(repeatMs, repeat);
  }

  repeat();
  return () => {
    if (stopped) return;
    stopped = true;
    timer?.cancel();
    channel.activity(target, 'idle').catch(() => {});
  };
}
