import type { ApiKeyId } from '../domain/api-key.ts';
import { toAppError } from '../domain/app-error.ts';
import type { TurnId } from '../domain/ids.ts';
import type { ApiKeyStore, KeySpending } from '../ports/api-key-store.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { RecordedTurn, TurnStore } from '../ports/turn-store.ts';
import type { EnteredSession } from './sessions.ts';
import { utcMonthOf } from './utc-month.ts';

export interface ExchangeRecorderDeps {
  readonly turns: Pick<TurnStore, 'record'>;
  readonly keys: Pick<ApiKeyStore, 'spent'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How long the first waits for others. @default 10 */
  readonly flushAfterMs?: number;
  /** How many turns may wait for a store that fails; the oldest are given up. @default 10_000 */
  readonly mostWaiting?: number;
}

/**
 * Stores turns that are over, those of a few milliseconds in one commit with their sessions and with what keys have spent. A
 * storage failure is tried again for some minutes; what cannot be stored then is logged and counted as `exchanges_lost`.
 */
export interface ExchangeRecorder {
  /** Of the same turn only what was added last is stored. */
  add(recorded: RecordedTurn, session: Pick<EnteredSession, 'save'>): void;
  /** One request of a key, and what it cost; kept until it is stored, or `stop`. */
  spend(keyId: ApiKeyId, tokens: number): void;
  /** Resolves when all that was added before was tried to be stored, now. Never rejects. */
  flushed(): Promise<void>;
  /** Stores what waits, for at most so long; the rest is given up, as is what comes later. */
  stop(deadlineMs: number): Promise<void>;
}

interface Waiting {
  readonly recorded: RecordedTurn;
  readonly session: Pick<EnteredSession, 'save'>;
  readonly attempts: number;
}

interface Spent extends KeySpending {
  /** Of the last request, epoch milliseconds. */
  readonly at: number;
}

const defaultFlushAfterMs = 10;
const defaultMostWaiting = 10_000;
/** So that one commit does not keep everybody else waiting. */
const mostAtOnce = 500;
const pausesMs = [250, 1_000, 5_000, 15_000, 60_000] as const;
const longestPauseMs = 60_000;
const attemptsAllowed = 10;

export function createExchangeRecorder(deps: ExchangeRecorderDeps): ExchangeRecorder {
  const { turns, keys, clock, logger, metrics } = deps;
  const { flushAfterMs = defaultFlushAfterMs, mostWaiting = defaultMostWaiting } = deps;
  let waiting = new Map<TurnId, Waiting>();
  let spendings = new Map<string, Spent>();
  let timer: Timer | undefined;
  let running: Promise<boolean> | undefined;
  /** Flushes that failed in a row. */
  let failures = 0;
  let isStopped = false;

  const isEmpty = (): boolean => waiting.size === 0 && spendings.size === 0;
  const pauseMs = (): number => (failures === 0 ? flushAfterMs : (pausesMs[failures - 1] ?? longestPauseMs));

  function lose(turnId: TurnId, error?: unknown): void {
    metrics.count('exchanges_lost');
    logger.error('exchange_lost', { turnId, ...(error === undefined ? {} : { error }) });
  }

  function arm(): void {
    if (timer !== undefined || running !== undefined || isEmpty()) return;
    timer = clock.after(pauseMs(), () => void flush());
  }

  function put(one: Waiting): void {
    const { turnId } = one.recorded.turn;
    waiting.delete(turnId);
    waiting.set(turnId, one);
    const [oldest] = waiting.keys();
    if (oldest === undefined || waiting.size <= mostWaiting) return;
    waiting.delete(oldest);
    lose(oldest);
  }

  function addSpent({ keyId, month, tokens, requests, at }: Spent): void {
    const key = `${month} ${keyId}`;
    const before = spendings.get(key);
    spendings.set(key, {
      keyId,
      month,
      tokens: tokens + (before?.tokens ?? 0),
      requests: requests + (before?.requests ?? 0),
      at: Math.max(at, before?.at ?? at),
    });
  }

  /** Both at once, so that they are in one commit. False: it is to be tried again. */
  async function storeTurn({ recorded, session }: Waiting): Promise<'stored' | 'later' | 'lost'> {
    const { turnId } = recorded.turn;
    try {
      await Promise.all([session.save(), turns.record(recorded)]);
      return 'stored';
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code.startsWith('storage_')) return 'later';
      lose(turnId, error);
      return 'lost';
    }
  }

  async function storeSpent(spent: Spent): Promise<'stored' | 'later' | 'lost'> {
    const { at, ...spending } = spent;
    try {
      await keys.spent(spending, at);
      return 'stored';
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code.startsWith('storage_')) {
        addSpent(spent);
        return 'later';
      }
      logger.error('spending_lost', { keyId: spent.keyId, error });
      return 'lost';
    }
  }

  /** What failed goes before what came meanwhile; of one turn the newer stays. */
  function putBack(failed: readonly Waiting[]): void {
    const newer = waiting;
    waiting = new Map();
    for (const one of failed) {
      const { turnId } = one.recorded.turn;
      if (newer.has(turnId)) continue;
      if (one.attempts + 1 >= attemptsAllowed) lose(turnId);
      else put({ ...one, attempts: one.attempts + 1 });
    }
    for (const one of newer.values()) put(one);
  }

  async function storeNext(): Promise<boolean> {
    const batch = [...waiting.values()].slice(0, mostAtOnce);
    for (const { recorded } of batch) waiting.delete(recorded.turn.turnId);
    const spent = [...spendings.values()];
    spendings = new Map();
    const [ofTurns, ofKeys] = await Promise.all([
      Promise.all(batch.map(storeTurn)),
      Promise.all(spent.map(storeSpent)),
    ]);
    const failed = batch.filter((_, place) => ofTurns[place] === 'later');
    if (failed.length > 0) putBack(failed);
    return failed.length === 0 && !ofKeys.includes('later');
  }

  async function flush(): Promise<boolean> {
    timer?.cancel();
    timer = undefined;
    running ??= storeNext().then((isDone) => {
      running = undefined;
      if (isDone && failures > 0) logger.info('exchanges_stored_again', { waiting: waiting.size });
      if (!isDone && failures === 0) logger.warn('exchanges_not_stored', { waiting: waiting.size });
      failures = isDone ? 0 : failures + 1;
      arm();
      return isDone;
    });
    return running;
  }

  async function flushAll(): Promise<boolean> {
    if (running !== undefined) await running;
    const rounds = Math.ceil((waiting.size + 1) / mostAtOnce);
    for (let round = 0; round < rounds && !isEmpty(); round += 1) if (!(await flush())) return false;
    return true;
  }

  return {
    add(recorded, session) {
      if (isStopped) lose(recorded.turn.turnId);
      else put({ recorded, session, attempts: 0 });
      arm();
    },
    spend(keyId, tokens) {
      if (isStopped) return;
      const at = clock.now();
      addSpent({ keyId, month: utcMonthOf(at).name, tokens, requests: 1, at });
      arm();
    },
    flushed: async () => void (await flushAll()),
    async stop(deadlineMs) {
      const late = new AbortController();
      const deadline = clock.after(deadlineMs, () => late.abort());
      while (!isEmpty() || running !== undefined) {
        if (await flushAll()) continue;
        if (late.signal.aborted) break;
        await clock.sleep(pauseMs(), late.signal).catch(() => undefined);
      }
      deadline.cancel();
      timer?.cancel();
      isStopped = true;
      for (const turnId of waiting.keys()) lose(turnId);
      waiting = new Map();
      for (const { keyId, tokens } of spendings.values()) logger.error('spending_lost', { keyId, tokens });
      spendings = new Map();
    },
  };
}
