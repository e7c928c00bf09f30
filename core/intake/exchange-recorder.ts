import type { ApiKeyId } from '../domain/api-key.ts';
import { type AppError, toAppError } from '../domain/app-error.ts';
import type { TurnId } from '../domain/ids.ts';
import type { ApiKeyStore, KeySpending } from '../ports/api-key-store.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { RecordedTurn, TurnStore } from '../ports/turn-store.ts';
import { createBackPressure } from './back-pressure.ts';
import type { EnteredSession } from './sessions.ts';
import { utcMonthOf } from './utc-month.ts';
import { createWaitingTurns } from './waiting-turns.ts';

export interface ExchangeRecorderDeps {
  readonly turns: Pick<TurnStore, 'record'>;
  readonly keys: Pick<ApiKeyStore, 'spent'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How long the first waits for others, at least. @default 10 */
  readonly flushAfterMs?: number;
  /** How many turns may wait for a store that fails; the oldest are given up. @default 10_000 */
  readonly mostWaiting?: number;
  /** How many characters may wait, in all of them together. @default 50_000_000 */
  readonly mostWaitingChars?: number;
}

/**
 * Stores turns that are over, those of a few milliseconds in one commit with their sessions and with what keys have spent. A
 * storage failure is tried again for as long as it lasts; what is given up all the same, as too much waits, is logged and counted
 * as `exchanges_lost`.
 */
export interface ExchangeRecorder {
  /** Of the same turn only what was added last is stored. */
  add(recorded: RecordedTurn, session: Pick<EnteredSession, 'save'>): void;
  /** One request of a key, and what it cost; kept until it is stored, or `stop`. */
  spend(keyId: ApiKeyId, tokens: number): void;
  /**
   * Absent while storing keeps pace. Else resolves when half of what was behind is stored, after two seconds at most, or when
   * storing fails: nobody waits for a store that is away.
   */
  caughtUp(): Promise<void> | undefined;
  /**
   * Resolves when all that was added before is stored. Rejects with the storage error that keeps it from being stored: while it is
   * to be tried again after a pause, at once and without another try.
   */
  flushed(): Promise<void>;
  /** Why nothing can be stored now, a sentence; undefined while it can. */
  problem(): string | undefined;
  /** Stores what waits, for at most so long; the rest is given up, as is what comes later. */
  stop(deadlineMs: number): Promise<void>;
}

interface Waiting {
  readonly recorded: RecordedTurn;
  readonly session: Pick<EnteredSession, 'save'>;
}

interface Spent extends KeySpending {
  /** Of the last request, epoch milliseconds. */
  readonly at: number;
}

const defaultFlushAfterMs = 10;
const defaultMostWaiting = 10_000;
const defaultMostWaitingChars = 50_000_000;
/** So that one commit does not keep those who write beside it waiting for more than some milliseconds. */
const mostAtOnce = 128;
const mostCharsAtOnce = 1_000_000;
/** So many may wait before those who bring more wait for them, or so much of what may wait at all. */
const mostBehind = 2_000;
const shareBehind = 0.2;
/** Nobody waits longer. */
const longestBehindMs = 2_000;
const pausesMs = [250, 1_000, 5_000, 15_000, 60_000] as const;
const longestPauseMs = 60_000;

/** The storage error for which something is to be tried again; undefined where nothing is. */
type Fault = AppError | undefined;

async function faultOf(write: Promise<unknown>): Promise<Fault> {
  try {
    await write;
    return undefined;
  } catch (thrown) {
    return toAppError(thrown);
  }
}

const isOfStorage = ({ code }: AppError): boolean => code.startsWith('storage_');

export function createExchangeRecorder(deps: ExchangeRecorderDeps): ExchangeRecorder {
  const { turns, keys, clock, logger, metrics } = deps;
  const { flushAfterMs = defaultFlushAfterMs } = deps;
  const { mostWaiting = defaultMostWaiting, mostWaitingChars = defaultMostWaitingChars } = deps;
  const waiting = createWaitingTurns<Waiting>({ most: mostWaiting, mostChars: mostWaitingChars }, lose);
  let spendings = new Map<string, Spent>();
  let timer: Timer | undefined;
  let running: Promise<Fault> | undefined;
  /** Flushes that failed in a row. */
  let failures = 0;
  /** Of the last flush. */
  let lastFault: Fault;
  let isStopped = false;

  const pressure = createBackPressure({
    clock,
    load: () => Math.max(waiting.size() / mostBehind, waiting.chars() / (shareBehind * mostWaitingChars)),
    longestMs: longestBehindMs,
  });
  const isEmpty = (): boolean => waiting.size() === 0 && spendings.size === 0;

  function pauseMs(): number {
    if (failures > 0) return pausesMs[failures - 1] ?? longestPauseMs;
    return waiting.size() > mostAtOnce ? 0 : flushAfterMs;
  }

  function lose(turnId: TurnId, error?: unknown): void {
    metrics.count('exchanges_lost');
    logger.error('exchange_lost', { turnId, ...(error === undefined ? {} : { error }) });
  }

  function arm(): void {
    if (timer !== undefined || running !== undefined || isEmpty()) return;
    timer = clock.after(pauseMs(), () => void flush());
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

  /** Both at once, so that they are in one commit. */
  async function storeTurn({ recorded, session }: Waiting): Promise<Fault> {
    const { turnId } = recorded.turn;
    const [ofSession, ofTurn] = await Promise.all([faultOf(session.save()), faultOf(turns.record(recorded))]);
    const fault = [ofSession, ofTurn].find((error) => error !== undefined && isOfStorage(error));
    if (fault !== undefined) return fault;
    if (ofTurn !== undefined) lose(turnId, ofTurn);
    // The turn stands all the same.
    else if (ofSession !== undefined) logger.error('exchange_session_lost', { turnId, error: ofSession });
    return undefined;
  }

  async function storeSpent(spent: Spent): Promise<Fault> {
    const { at, ...spending } = spent;
    try {
      await keys.spent(spending, at);
      return undefined;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (isOfStorage(error) && !isStopped) {
        addSpent(spent);
        return error;
      }
      logger.error('spending_lost', { keyId: spent.keyId, error });
      return undefined;
    }
  }

  async function storeNext(): Promise<Fault> {
    const batch = waiting.take(mostAtOnce, mostCharsAtOnce);
    const spent = [...spendings.values()];
    spendings = new Map();
    const [ofTurns, ofKeys] = await Promise.all([
      Promise.all(batch.map(storeTurn)),
      Promise.all(spent.map(storeSpent)),
    ]);
    const failed = batch.filter((_, place) => ofTurns[place] !== undefined);
    if (isStopped) for (const { recorded } of failed) lose(recorded.turn.turnId);
    else if (failed.length > 0) waiting.putBack(failed);
    return [...ofTurns, ...ofKeys].find((error) => error !== undefined);
  }

  async function flush(): Promise<Fault> {
    timer?.cancel();
    timer = undefined;
    running ??= storeNext().then((error) => {
      running = undefined;
      lastFault = error;
      const left = { waiting: waiting.size() };
      if (error === undefined && failures > 0) logger.info('exchanges_stored_again', left);
      if (error !== undefined && failures === 0) logger.warn('exchanges_not_stored', { ...left, error });
      failures = error === undefined ? 0 : failures + 1;
      if (error === undefined) pressure.look();
      else pressure.release();
      arm();
      return error;
    });
    return running;
  }

  async function flushAll(): Promise<Fault> {
    if (running !== undefined) {
      const error = await running;
      if (error !== undefined) return error;
    }
    // One that many characters end is, with the next, longer than they may be.
    const byChars = 2 * Math.ceil(waiting.chars() / mostCharsAtOnce);
    const rounds = Math.ceil((waiting.size() + 1) / mostAtOnce) + byChars;
    for (let round = 0; round < rounds && !isEmpty(); round += 1) {
      const error = await flush();
      if (error !== undefined) return error;
    }
    return undefined;
  }

  return {
    add(recorded, session) {
      if (isStopped) lose(recorded.turn.turnId);
      else waiting.add({ recorded, session });
      arm();
    },
    spend(keyId, tokens) {
      if (isStopped) return;
      const at = clock.now();
      addSpent({ keyId, month: utcMonthOf(at).name, tokens, requests: 1, at });
      arm();
    },
    caughtUp() {
      return failures > 0 || isStopped ? undefined : pressure.wait();
    },
    async flushed() {
      // A try for each that asks would be no pause.
      const error = running === undefined && lastFault !== undefined ? lastFault : await flushAll();
      if (error !== undefined) throw error;
    },
    problem() {
      if (lastFault === undefined) return undefined;
      return `What passes through the proxy cannot be stored, and waits: ${lastFault.message}`;
    },
    async stop(deadlineMs) {
      const late = new AbortController();
      const { promise: isLate, resolve: end } = Promise.withResolvers<void>();
      const deadline = clock.after(deadlineMs, () => {
        late.abort();
        end();
      });
      while (!late.signal.aborted && (!isEmpty() || running !== undefined)) {
        const fault = await Promise.race([flushAll(), isLate]);
        if (fault === undefined || late.signal.aborted) continue;
        await clock.sleep(pauseMs(), late.signal).catch(() => undefined);
      }
      deadline.cancel();
      timer?.cancel();
      isStopped = true;
      pressure.release();
      for (const { recorded } of waiting.clear()) lose(recorded.turn.turnId);
      for (const { keyId, tokens } of spendings.values()) logger.error('spending_lost', { keyId, tokens });
      spendings = new Map();
    },
  };
}
