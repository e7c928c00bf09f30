import type { Clock, Timer } from '../../core/ports/clock.ts';

/** Whether an answer is being written for an account, from what core says and from the messages it sends. */
export interface ActivityBoard {
  set(account: string, activity: 'thinking' | 'idle'): void;
  /** A message was shown: one with `isFinal` false runs until it is shown final or removed. */
  shown(account: string, messageId: string, isFinal: boolean): void;
  isRunning(account: string): boolean;
  stop(): void;
}

export interface ActivityBoardOptions {
  readonly clock: Clock;
  /** After this long without a word an account is idle again. */
  readonly expireMs: number;
  readonly onChange: (account: string, isRunning: boolean) => void;
}

interface Running {
  isThinking: boolean;
  readonly messageIds: Set<string>;
  expiry: Timer;
}

export function createActivityBoard(options: ActivityBoardOptions): ActivityBoard {
  const { clock, expireMs, onChange } = options;
  const running = new Map<string, Running>();

  const end = (account: string): void => {
    const entry = running.get(account);
    if (entry === undefined) return;
    entry.expiry.cancel();
    running.delete(account);
    onChange(account, false);
  };
  const touch = (account: string): Running => {
    const known = running.get(account);
    known?.expiry.cancel();
    const expiry = clock.after(expireMs, () => end(account));
    if (known !== undefined) {
      known.expiry = expiry;
      return known;
    }
    const entry: Running = { isThinking: false, messageIds: new Set(), expiry };
    running.set(account, entry);
    onChange(account, true);
    return entry;
  };

  const settle = (account: string, change: (entry: Running) => void): void => {
    const entry = running.get(account);
    if (entry === undefined) return;
    change(entry);
    if (!entry.isThinking && entry.messageIds.size === 0) end(account);
  };

  return {
    set(account, activity) {
      if (activity === 'thinking') touch(account).isThinking = true;
      else
        settle(account, (entry) => {
          entry.isThinking = false;
        });
    },
    shown(account, messageId, isFinal) {
      if (!isFinal) {
        touch(account).messageIds.add(messageId);
        return;
      }
      settle(account, (entry) => entry.messageIds.delete(messageId));
    },
    isRunning: (account) => running.has(account),
    stop() {
      for (const entry of running.values()) entry.expiry.cancel();
      running.clear();
    },
  };
}
