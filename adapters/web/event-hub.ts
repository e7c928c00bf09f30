import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import { type AccountStream, createAccountStream } from './account-stream.ts';
import type { WebLimits } from './options.ts';
import type { MessageView } from './outbound.ts';
import { createReplayLog, type ReplayLog } from './replay-log.ts';

/** What a page is told without asking. */
export type PageEvent =
  | { readonly type: 'message.shown'; readonly message: MessageView }
  | { readonly type: 'message.removed'; readonly messageId: string }
  | { readonly type: 'activity'; readonly isRunning: boolean }
  /** A passing word that is no message of the conversation. */
  | { readonly type: 'notice'; readonly text: string };

export interface EventHub {
  /** Tells every open page of the account. Never waits for a reader. */
  publish(account: string, event: PageEvent): void;
  /** A stream for one page; `undefined` when there are too many. It begins with `hello`, then what was missed since `lastEventId`. */
  open(
    account: string,
    lastEventId: string | undefined,
    expiresAt: number,
  ): ReadableStream<Uint8Array> | undefined;
  readonly streamCount: number;
  /** Ends the streams of one account: it has logged out. */
  close(account: string): void;
  /** Ends every stream. Safe to call twice. */
  stop(): void;
}

export interface EventHubOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: WebLimits;
}

/** Accounts without an open page that are remembered for pages coming back. */
const MAX_IDLE_ACCOUNTS = 200;

interface Listener {
  readonly stream: AccountStream;
  readonly expiresAt: number;
}

interface AccountState {
  readonly log: ReplayLog;
  readonly listeners: Set<Listener>;
}

export function createEventHub(options: EventHubOptions): EventHub {
  const { clock, ids, limits } = options;
  const accounts = new Map<string, AccountState>();
  let streamCount = 0;
  let heartbeat: Timer | undefined;
  let isStopped = false;

  const stateOf = (account: string): AccountState => {
    const known = accounts.get(account);
    const state = known ?? {
      log: createReplayLog(ids.code(8), limits.replayBytes),
      listeners: new Set<Listener>(),
    };
    // Moves it to the end: the map's order is the order of last use.
    accounts.delete(account);
    accounts.set(account, state);
    if (known === undefined) forgetIdle();
    return state;
  };
  const forgetIdle = (): void => {
    let idle = [...accounts.values()].filter((state) => state.listeners.size === 0).length;
    for (const [account, state] of accounts) {
      if (idle <= MAX_IDLE_ACCOUNTS) return;
      if (state.listeners.size > 0) continue;
      accounts.delete(account);
      idle -= 1;
    }
  };
  const beat = (): void => {
    for (const state of accounts.values()) {
      for (const { stream, expiresAt } of [...state.listeners]) {
        if (!stream.beat() || expiresAt <= clock.now()) stream.end();
      }
    }
    heartbeat = streamCount === 0 ? undefined : clock.after(limits.heartbeatMs, beat);
  };

  const close = (account: string): void => {
    for (const { stream } of [...(accounts.get(account)?.listeners ?? [])]) stream.end();
  };

  return {
    get streamCount() {
      return streamCount;
    },
    publish(account, event) {
      if (isStopped) return;
      const state = stateOf(account);
      const wireEvent = state.log.append(event.type, JSON.stringify(event), replacementKey(event));
      for (const { stream } of [...state.listeners]) stream.push(wireEvent);
    },
    open(account, lastEventId, expiresAt) {
      if (isStopped || streamCount >= limits.streams) return undefined;
      const state = stateOf(account);
      // A page that was closed without a word leaves a stream behind: the oldest gives way.
      if (state.listeners.size >= limits.streamsPerAccount) [...state.listeners][0]?.stream.end();
      const listener: Listener = {
        expiresAt,
        stream: createAccountStream({
          maxEvents: limits.streamEvents,
          maxBytes: limits.streamBytes,
          resync: 'event: resync\ndata: {}\n\n',
          onEnd() {
            if (state.listeners.delete(listener)) streamCount -= 1;
          },
        }),
      };
      state.listeners.add(listener);
      streamCount += 1;
      const missed = lastEventId === undefined ? undefined : state.log.since(lastEventId);
      listener.stream.push({
        text: `retry: 1000\nevent: hello\ndata: ${JSON.stringify({ resumed: missed !== undefined })}\n\n`,
      });
      for (const event of missed ?? []) listener.stream.push(event);
      heartbeat ??= clock.after(limits.heartbeatMs, beat);
      return listener.stream.body;
    },
    close,
    stop() {
      isStopped = true;
      heartbeat?.cancel();
      heartbeat = undefined;
      for (const account of accounts.keys()) close(account);
      accounts.clear();
    },
  };
}

/** A later state of the same thing makes the earlier one needless. */
function replacementKey(event: PageEvent): string {
  switch (event.type) {
    case 'message.shown':
      return `message ${event.message.id}`;
    case 'message.removed':
      return `message ${event.messageId}`;
    case 'activity':
    case 'notice':
      return event.type;
  }
}
