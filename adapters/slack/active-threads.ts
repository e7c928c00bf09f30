import { createLatestMap } from '../../core/domain/latest-map.ts';

const REMEMBERED = 5_000;

/** Threads that are known to have answers, as far back as it remembers. */
export interface ActiveThreads {
  note(channelId: string, threadId: string): void;
  has(channelId: string, threadId: string): boolean;
}

export function createActiveThreads(): ActiveThreads {
  const threads = createLatestMap<string, true>(REMEMBERED);
  const keyOf = (channelId: string, threadId: string): string => `${channelId}/${threadId}`;
  return {
    note(channelId, threadId) {
      threads.set(keyOf(channelId, threadId), true);
    },
    has: (channelId, threadId) => threads.has(keyOf(channelId, threadId)),
  };
}
