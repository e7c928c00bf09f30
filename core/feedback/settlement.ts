import type { TurnId } from '../domain/ids.ts';
import { foldReward } from '../domain/reward.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { DueTimes, LedgerStore, SettlementUse } from '../ports/ledger-store.ts';
import type { Logger } from '../ports/logger.ts';

/** How long a turn must be quiet before its reward counts, by use, milliseconds. */
export type QuietTimes = Readonly<Record<SettlementUse, number>>;

/** When the quiet times end that begin now. */
export function dueTimes(now: number, quietTimes: QuietTimes): DueTimes {
  return { skills: now + quietTimes.skills, weights: now + quietTimes.weights };
}

/** Somebody said something about a turn: its reward is open again until it has been quiet long enough. */
export async function restartQuietTime(
  turnId: TurnId,
  now: number,
  quietTimes: QuietTimes,
  ledger: Pick<LedgerStore, 'schedule'>,
): Promise<void> {
  await ledger.schedule(turnId, dueTimes(now, quietTimes));
}

export interface SettlerDeps {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

const batchSize = 200;
const longestPauseMs = 30_000;
const shortestPauseMs = 250;

/** Settles every reward that is due. Resolves with how many. A turn that was reopened meanwhile is left for its new time. */
export async function settleDue(deps: SettlerDeps): Promise<number> {
  let settled = 0;
  for (;;) {
    const due = await deps.ledger.due(deps.clock.now(), batchSize);
    let progress = 0;
    for (const { turnId, use, revision } of due) {
      const reward = foldReward(await deps.ledger.ofTurn(turnId));
      if (await deps.ledger.settle(turnId, use, revision, reward)) progress += 1;
    }
    settled += progress;
    if (due.length < batchSize || progress === 0) return settled;
  }
}

export interface Settler {
  start(): void;
  /** Resolves when a run under way is through. Safe to call twice. */
  stop(): Promise<void>;
}

/** Runs `settleDue` whenever something is due; a failing store is logged and tried again, and never stops it. */
export function createSettler(deps: SettlerDeps): Settler {
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = true;

  async function pauseMs(): Promise<number> {
    const nextDueAt = await deps.ledger.nextDueAt();
    if (nextDueAt === undefined) return longestPauseMs;
    return Math.min(longestPauseMs, Math.max(shortestPauseMs, nextDueAt - deps.clock.now()));
  }

  async function tick(): Promise<void> {
    let nextMs = longestPauseMs;
    try {
      await settleDue(deps);
      nextMs = await pauseMs();
    } catch (error) {
      deps.logger.error('settlement_failed', { error });
    }
    if (!stopped) arm(nextMs);
  }

  function arm(delayMs: number): void {
    timer = deps.clock.after(delayMs, () => {
      running = tick();
    });
  }

  return {
    start() {
      if (!stopped) return;
      stopped = false;
      arm(0);
    },
    async stop() {
      stopped = true;
      timer?.cancel();
      await running;
    },
  };
}
