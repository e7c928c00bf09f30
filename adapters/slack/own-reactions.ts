import type { MessageRef } from '../../core/domain/message-ref.ts';

const REMEMBERED = 2_000;

/** The bot's own reactions, so that one can take the place of another; as far back as it remembers. */
export interface OwnReactions {
  of(ref: MessageRef): string | undefined;
  set(ref: MessageRef, emoji: string | undefined): void;
}

export function createOwnReactions(): OwnReactions {
  const emojis = new Map<string, string>();
  const keyOf = ({ channelId, messageId }: MessageRef): string => `${channelId}/${messageId}`;
  return {
    of: (ref) => emojis.get(keyOf(ref)),
    set(ref, emoji) {
      emojis.delete(keyOf(ref));
      if (emoji === undefined) return;
      emojis.set(keyOf(ref), emoji);
      const oldest = emojis.size > REMEMBERED ? emojis.keys().next().value : undefined;
      if (oldest !== undefined) emojis.delete(oldest);
    },
  };
}
