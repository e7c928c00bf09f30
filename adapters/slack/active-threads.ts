const REMEMBERED = 5_000;

/** Threads that are known to have answers, as far back as it remembers. */
export interface ActiveThreads {
  note(channelId: string, threadId: string): void;
  has(channelId: string, threadId: string): boolean;
}

export function createActiveThreads(): ActiveThreads {
  /** Least lately noted first. */
  const threads = new Set<string>();
  const keyOf = (channelId: string, threadId: string): string => `${channelId}/${threadId}`;
  return {
    note(channelId, threadId) {
      const key = keyOf(channelId, threadId);
      threads.delete(key);
      threads.add(key);
      const oldest = threads.size > REMEMBERED ? threads.values().next().value : undefined;
      if (oldest !== undefined) threads.delete(oldest);
    },
    has: (channelId, threadId) => threads.has(keyOf(channelId, threadId)),
  };
}
