import type { ConversationAddress } from '../domain/conversation.ts';
import type { ChannelPort } from '../ports/channel.ts';
import type { Clock, Timer } from '../ports/clock.ts';

/** An answer that shows sooner needs no "typing", which is a call of its own on every platform. */
const firstAfterMs = 250;
/** Platforms let "typing" fade after five to ten seconds. */
const repeatMs = 4_000;

/**
 * Shows "typing" from a quarter of a second on until the returned function is called. Best effort: failures are
 * nobody's business.
 */
export function showThinking(channel: ChannelPort, target: ConversationAddress, clock: Clock): () => void {
  if (!channel.capabilities.canShowActivity) return () => {};
  let shown = false;
  let stopped = false;
  let timer: Timer = clock.after(firstAfterMs, show);

  function show(): void {
    shown = true;
    channel.activity(target, 'thinking').catch(() => {});
    timer = clock.after(repeatMs, show);
  }

  return () => {
    if (stopped) return;
    stopped = true;
    timer.cancel();
    if (shown) channel.activity(target, 'idle').catch(() => {});
  };
}
