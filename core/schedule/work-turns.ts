import { AppError } from '../domain/app-error.ts';
import { HOUR_MS, MINUTE_MS } from '../domain/wall-clock.ts';
import type { Clock, Timer } from '../ports/clock.ts';

/** What is done beside the answering of people, the most important first. */
export const backgroundWork = ['training', 'proof', 'consolidation', 'embedding'] as const;
export type BackgroundWork = (typeof backgroundWork)[number];

/** Resolves when it is its turn, with what gives the turn back, once. Rejects with `aborted` when the signal fires before. */
export type TakeTurn = (signal: AbortSignal) => Promise<() => void>;

/** How long each waits for a window, milliseconds, and then no longer; infinite: for ever. */
export type WorkPatience = Readonly<Record<BackgroundWork, number>>;

export const defaultPatienceMs: WorkPatience = {
  training: Number.POSITIVE_INFINITY,
  proof: 60 * 60_000,
  consolidation: 24 * 60 * 60_000,
  embedding: 2 * 60_000,
};

/**
 * How much longer than its patience something waits for people to be answered, milliseconds: as long again, but ten minutes at least and
 * six hours at most. Infinite where its patience is.
 */
export function answersPatienceMs(patienceMs: number): number {
  if (!Number.isFinite(patienceMs)) return patienceMs;
  return Math.min(6 * HOUR_MS, Math.max(10 * MINUTE_MS, patienceMs));
}

export interface WorkTurnsDeps {
  readonly window: {
    isOpen(): boolean;
    /** Called whenever that changes. */
    onChange(listener: () => void): () => void;
  };
  /** Whether a person is being answered. */
  readonly isAnswering: () => boolean;
  /** Called whenever that changes. */
  readonly onAnswering: (listener: () => void) => () => void;
  /** Whether work makes people wait for their answers; where not, it does not wait for these. @default always */
  readonly disturbs?: () => boolean;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  readonly patienceMs: WorkPatience;
  /** What is less important leaves a window that has just opened to training for so long, which has to look first what it has to do, milliseconds. @default 0 */
  readonly graceMs?: number;
}

/** What has its turn, and how much waits for one; for `status`. */
export interface WorkTurnsReport {
  readonly working?: BackgroundWork;
  readonly waiting: Readonly<Partial<Record<BackgroundWork, number>>>;
}

/**
 * Lets background work be done one piece at a time. In a window the most important has its turn first, and within a kind who came first;
 * outside of one only what has waited as long as its patience lasts. What has waited so long goes before what has not, so that nothing
 * waits for ever behind what is more important. Where it would disturb them, no turn begins while a person is being answered; but where somebody
 * always is, what has waited longer by `answersPatienceMs` has its turn all the same. A turn that has begun lasts until it is given back: who has one watches for people by itself.
 */
export interface WorkTurns {
  take(kind: BackgroundWork, signal: AbortSignal): ReturnType<TakeTurn>;
  report(): WorkTurnsReport;
  /** Whether something has waited as long as its patience lasts: whoever has the turn gives it back soon. */
  isOverdue(): boolean;
  /** Ends the waiting of all that wait, and of all that come, with `aborted`. */
  stop(): void;
}

interface Waiting {
  readonly kind: BackgroundWork;
  /** By `monotonicMs`. */
  readonly sinceMs: number;
  begin(): void;
  abort(): void;
}

export function createWorkTurns(deps: WorkTurnsDeps): WorkTurns {
  const { window, isAnswering, disturbs = () => true, clock, patienceMs, graceMs = 0 } = deps;
  /** In the order in which they came. */
  const waiting = new Set<Waiting>();
  let working: BackgroundWork | undefined;
  let timer: Timer | undefined;
  let isStopped = false;
  /** By `monotonicMs`. */
  let openSinceMs: number | undefined;

  const leftMs = ({ kind, sinceMs }: Waiting): number => sinceMs + patienceMs[kind] - clock.monotonicMs();
  const leftWithAnswersMs = (one: Waiting): number => leftMs(one) + answersPatienceMs(patienceMs[one.kind]);

  /** Until the less important ones have their turn in this window; none while it is closed. */
  function graceLeftMs(): number {
    if (!window.isOpen()) openSinceMs = undefined;
    else openSinceMs ??= clock.monotonicMs();
    return openSinceMs === undefined ? Number.POSITIVE_INFINITY : openSinceMs + graceMs - clock.monotonicMs();
  }

  function nextOf(): Waiting | undefined {
    const isForAll = graceLeftMs() <= 0;
    if (working !== undefined) return undefined;
    const isHeldUp = disturbs() && isAnswering();
    const overdueMs = isHeldUp ? leftWithAnswersMs : leftMs;
    const overdue = [...waiting].filter((one) => overdueMs(one) <= 0);
    if (overdue.length > 0) return mostImportant(overdue);
    if (!window.isOpen() || isHeldUp) return undefined;
    return mostImportant([...waiting].filter(({ kind }) => isForAll || kind === 'training'));
  }

  function look(): void {
    timer?.cancel();
    timer = undefined;
    const next = nextOf();
    if (next !== undefined) {
      waiting.delete(next);
      working = next.kind;
      next.begin();
    } else if (working === undefined) lookWhenNextIsOverdue();
  }

  function lookWhenNextIsOverdue(): void {
    const coming = [...waiting]
      .flatMap((one) => [leftMs(one), leftWithAnswersMs(one), graceLeftMs()])
      .filter((ms) => ms > 0 && Number.isFinite(ms));
    if (coming.length > 0) timer = clock.after(Math.max(1, Math.min(...coming)), look);
  }

  function createGiveBack(): () => void {
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      working = undefined;
      look();
    };
  }

  const endings = [window.onChange(look), deps.onAnswering(look)];

  return {
    take(kind, signal) {
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(one);
          one.abort();
          look();
        };
        const one: Waiting = {
          kind,
          sinceMs: clock.monotonicMs(),
          begin() {
            signal.removeEventListener('abort', leave);
            resolve(createGiveBack());
          },
          abort() {
            signal.removeEventListener('abort', leave);
            reject(new AppError('aborted', 'The work was stopped before it had its turn.'));
          },
        };
        if (signal.aborted || isStopped) {
          one.abort();
          return;
        }
        signal.addEventListener('abort', leave, { once: true });
        waiting.add(one);
        look();
      });
    },
    isOverdue: () => [...waiting].some((one) => leftMs(one) <= 0),
    report() {
      const counts: Partial<Record<BackgroundWork, number>> = {};
      for (const { kind } of waiting) counts[kind] = (counts[kind] ?? 0) + 1;
      return { ...(working === undefined ? {} : { working }), waiting: counts };
    },
    stop() {
      isStopped = true;
      timer?.cancel();
      timer = undefined;
      for (const end of endings) end();
      for (const one of waiting) one.abort();
      waiting.clear();
    },
  };
}

function mostImportant(waiting: readonly Waiting[]): Waiting | undefined {
  const rank = ({ kind }: Waiting): number => backgroundWork.indexOf(kind);
  return waiting.toSorted((a, b) => rank(a) - rank(b))[0];
}
