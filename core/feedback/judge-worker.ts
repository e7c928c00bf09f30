import type { AppError } from '../domain/app-error.ts';
import type { JudgeJob, JudgeQueue, JudgeView } from '../ports/judge-queue.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import { createCallBudget } from './call-budget.ts';
import { createCallPause } from './call-pause.ts';
import { type Calibration, createCalibrationBook } from './judge-calibration.ts';
import { type JudgeLookDeps, type LookEnd, lookAt } from './judge-look.ts';
import { judgeRule } from './judge-rows.ts';
import { leastVotes } from './judge-vote.ts';
import { createRecurringWork } from './recurring-work.ts';

export interface JudgeWorkerDeps
  extends Omit<JudgeLookDeps, 'calibrations' | 'reserve' | 'rule' | 'queue' | 'ledger'> {
  readonly queue: JudgeQueue;
  readonly ledger: Pick<LedgerStore, 'ofTurn' | 'has' | 'append' | 'schedule' | 'judgedAndRated'>;
  /** The model's name, for the rule of its rows. */
  readonly modelName: string;
  /** The most calls in one day of UTC. */
  readonly dailyCalls: number;
  /** How many turns it looks at side by side. */
  readonly concurrency: number;
}

/** The judge as it is, for `status`. */
export interface JudgeReport {
  /** `down`: it does not answer; it is asked again by and by. `budget_spent`: it goes on tomorrow, UTC. */
  readonly state: 'working' | 'down' | 'budget_spent';
  /** Why it is down, as a sentence. */
  readonly detail?: string;
  /** It answers, but of its last five looks or more no verdict could be read. */
  readonly isUnreadable: boolean;
  /** As `ModelPort.description`. */
  readonly model: string;
  /** Turns that wait, and since when the longest that is due: epoch milliseconds. */
  readonly waiting: number;
  readonly oldestDueAt?: number;
  readonly spentToday: number;
  readonly dailyCalls: number;
  readonly views: Readonly<Record<JudgeView, Calibration>>;
}

export interface JudgeWorker {
  start(): void;
  /** Cuts off what is under way: its turns wait for the next start. Resolves when all has ended; safe to call twice. */
  stop(): Promise<void>;
  report(): Promise<JudgeReport>;
}

const lookEveryMs = 30_000;
const jobsAtOnce = 50;
const answeredAtOnce = 200;
const firstWaitMs = 60_000;
const longestWaitMs = 6 * 60 * 60_000;
/** A turn over which the judge fails this often for no passing reason is left without a verdict. */
const looksAllowed = 5;
/** After so many one after the other whose votes could not be read, the judge is said to be unfit. */
const looksUnreadable = 5;

/** How long a turn waits after a failed look: longer after each. */
function waitMs({ attempts }: JudgeJob): number {
  return Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempts, 10));
}

/**
 * Works off the judge's queue beside everything else: what waits longest first, a few at a time, within the day's budget. A judge
 * that does not answer is left alone for a minute and then ever longer, and asked with a single call first. A failing
 * store is logged and tried again.
 */
export function createJudgeWorker(deps: JudgeWorkerDeps): JudgeWorker {
  const { queue, clock, logger } = deps;
  const rule = judgeRule(deps.modelName);
  const budget = createCallBudget(deps);
  const pause = createCallPause(clock);
  const calibrations = createCalibrationBook({ ...deps, rule });
  const look: JudgeLookDeps = { ...deps, rule, calibrations, reserve: budget.reserve };
  const recurring = createRecurringWork(clock, tick);
  let isBudgetSpent = false;
  /** Looks one after the other of which too few votes could be read. */
  let unreadable = 0;

  const mayGoOn = (): boolean => !recurring.signal.aborted && !isBudgetSpent && pause.remainingMs() === 0;

  function answered(validVotes: number): void {
    if (pause.why() !== undefined) logger.info('judge_up');
    pause.answered();
    unreadable = validVotes < leastVotes ? unreadable + 1 : 0;
    if (unreadable === looksUnreadable) logger.warn('judge_unreadable', { looks: unreadable });
  }

  async function failed(job: JudgeJob, error: AppError): Promise<void> {
    if (pause.why() === undefined) logger.warn('judge_down', { error });
    pause.failed(error);
    const isItsOwn = error.code === 'bad_reply' || error.details['reason'] === 'bad_request';
    if (isItsOwn && job.attempts + 1 >= looksAllowed) {
      logger.warn('judge_gave_up', { turnId: job.turnId, error });
      await queue.done(job.turnId, 'with_next');
      return;
    }
    await queue.postpone(job.turnId, clock.now() + Math.max(pause.remainingMs(), waitMs(job)));
  }

  /** A turn that cannot be read, or whose rows cannot be written, must not keep the others from their turn. */
  async function lookOrPostpone(job: JudgeJob, isProbe: boolean): Promise<LookEnd | undefined> {
    try {
      return await lookAt(job, isProbe, look, recurring.signal);
    } catch (error) {
      logger.error('judge_look_failed', { turnId: job.turnId, error });
      await queue.postpone(job.turnId, clock.now() + waitMs(job));
      return undefined;
    }
  }

  /** True when the turn no longer waits, or waits for later. */
  async function work(job: JudgeJob): Promise<boolean> {
    const isProbe = pause.why() !== undefined;
    const end = await lookOrPostpone(job, isProbe);
    switch (end?.kind) {
      case undefined:
        return true;
      case 'seen':
        if (end.validVotes !== undefined) answered(end.validVotes);
        return true;
      case 'unavailable':
        await failed(job, end.error);
        return true;
      case 'no_budget':
        isBudgetSpent = true;
        return false;
      case 'stopped':
        return false;
    }
  }

  /** Side by side, each taking the next of the queue's order. */
  async function workOff(jobs: readonly JudgeJob[]): Promise<number> {
    const waiting = [...jobs];
    let ended = 0;
    const lane = async (): Promise<void> => {
      while (mayGoOn()) {
        const job = waiting.shift();
        if (job === undefined) return;
        if (await work(job)) ended += 1;
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: deps.concurrency }, lane));
    const broken = ends.find((end) => end.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    return ended;
  }

  async function drain(): Promise<void> {
    isBudgetSpent = false;
    await queue.putAnswered(clock.now(), answeredAtOnce);
    while (mayGoOn()) {
      // One alone while it is not known whether the judge answers.
      const jobs = await queue.due(clock.now(), pause.why() === undefined ? jobsAtOnce : 1);
      if (jobs.length === 0 || (await workOff(jobs)) === 0) return;
    }
  }

  async function tick(): Promise<number> {
    try {
      await drain();
    } catch (error) {
      logger.error('judge_failed', { error });
    }
    return lookEveryMs;
  }

  return {
    start: recurring.start,
    stop: recurring.stop,
    async report() {
      const [{ waiting, oldestDueAt }, spentToday, alone, withNext] = await Promise.all([
        queue.backlog(),
        budget.spentToday(),
        calibrations.of('alone'),
        calibrations.of('with_next'),
      ]);
      const why = pause.why();
      // A look needs all its votes: fewer calls than that are as good as none.
      const isSpent = spentToday + deps.votes > deps.dailyCalls;
      return {
        state: why !== undefined ? 'down' : isSpent ? 'budget_spent' : 'working',
        ...(why === undefined ? {} : { detail: why.message }),
        isUnreadable: unreadable >= looksUnreadable,
        model: deps.model.description,
        waiting,
        ...(oldestDueAt === undefined ? {} : { oldestDueAt }),
        spentToday,
        dailyCalls: deps.dailyCalls,
        views: { alone, with_next: withNext },
      };
    },
  };
}
