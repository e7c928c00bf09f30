import { toAppError } from '../../domain/app-error.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { createOneAtATime } from './one-at-a-time.ts';

/** Rounds that come again and again, and whatever else must not happen beside one. */
export interface TrainingRounds {
  start(): void;
  /** No round begins any more. Resolves when what has begun or waits for its turn is over. */
  stop(): Promise<void>;
  /** A round shall come soon, whatever the one under way finds. */
  ask(): void;
  /** One after another, in the order asked. Rejects as the work does. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Why the last round failed, a sentence. */
  problem(): string | undefined;
}

export interface TrainingRoundsDeps {
  /** Gives the milliseconds after which there may be something to do again. */
  readonly work: () => Promise<number>;
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: Logger;
}

const shortestPauseMs = 1_000;
const retryMs = 5 * 60_000;

/** A round that fails is told, and made again after five minutes. Between two is a second at least. */
export function createTrainingRounds({ work, clock, logger }: TrainingRoundsDeps): TrainingRounds {
  let timer: Timer | undefined;
  const lane = createOneAtATime();
  let isOn = false;
  let isAtWork = false;
  let isWanted = false;
  let fault: string | undefined;

  function arm(delayMs: number): void {
    timer?.cancel();
    if (isOn) timer = clock.after(Math.max(shortestPauseMs, delayMs), () => void lane.run(round));
  }

  async function round(): Promise<void> {
    if (!isOn) return;
    let nextMs = retryMs;
    isAtWork = true;
    isWanted = false;
    try {
      nextMs = await work();
      fault = undefined;
    } catch (thrown) {
      const error = toAppError(thrown);
      logger.error('training_failed', { error });
      fault = `Training stands still: ${error.message}`;
    }
    isAtWork = false;
    arm(isWanted ? 0 : nextMs);
  }

  return {
    start() {
      if (isOn) return;
      isOn = true;
      arm(0);
    },
    async stop() {
      isOn = false;
      timer?.cancel();
      await lane.whenOver();
    },
    ask() {
      // The end of the round under way would push the timer away.
      if (isAtWork) isWanted = true;
      else arm(0);
    },
    inTurn: lane.run,
    problem: () => fault,
  };
}
