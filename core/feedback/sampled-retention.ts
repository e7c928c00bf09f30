import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import { createRecurringWork } from './recurring-work.ts';

export interface SampledRetentionDeps {
  readonly turns: Pick<TurnStore, 'keepsSampled' | 'forgetSampled'>;
  /** How long what engines read and wrote for a turn is kept, from the turn's beginning on. */
  readonly keepMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps what engines read and wrote no longer than it may be kept. */
export interface SampledRetention {
  start(): void;
  /** Resolves when nothing of it is under way any more; safe to call twice. */
  stop(): Promise<void>;
  /** Whether the store held anything of the kind when it was last looked at: at the beginning and after each time of forgetting. */
  wereAny(): boolean;
}

const everyMs = 24 * 60 * 60_000;
const afterFailureMs = 10 * 60_000;
/** A turn may have a megabyte: one commit must not keep the answers of people waiting. */
const turnsAtOnce = 20;
const pauseMs = 50;

/** Forgets at the start and once a day, in pieces with a pause between; a failing store is logged and tried again. Rejects with storage errors. */
export async function createSampledRetention(deps: SampledRetentionDeps): Promise<SampledRetention> {
  const { turns, keepMs, clock, logger } = deps;
  const recurring = createRecurringWork(clock, tick);
  let any = await turns.keepsSampled();

  async function forgetOld(): Promise<void> {
    const before = clock.now() - keepMs;
    let forgotten = 0;
    while (!recurring.signal.aborted) {
      const count = await turns.forgetSampled(before, turnsAtOnce);
      forgotten += count;
      if (count < turnsAtOnce) break;
      await clock.sleep(pauseMs, recurring.signal).catch(() => undefined);
    }
    if (forgotten > 0) logger.info('sampled_forgotten', { turns: forgotten, before });
    any = await turns.keepsSampled();
  }

  async function tick(): Promise<number> {
    try {
      await forgetOld();
      return everyMs;
    } catch (error) {
      logger.error('sampled_not_forgotten', { error });
      return afterFailureMs;
    }
  }

  return {
    start: recurring.start,
    stop: recurring.stop,
    wereAny: () => any,
  };
}
