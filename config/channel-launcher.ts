import { type AppError, toAppError } from '../core/domain/app-error.ts';
import type { ChannelPort, Sink } from '../core/ports/channel.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Logger } from '../core/ports/logger.ts';

/** How one platform fares. */
export interface ChannelReport {
  readonly platform: string;
  readonly state: 'starting' | 'ready' | 'degraded' | 'failed' | 'stopped';
  /** What is wrong and what to do. */
  readonly detail?: string;
}

export interface ChannelLauncher {
  /** Resolves when the first attempt is over, well or badly. Never rejects. */
  launch(): Promise<void>;
  report(): ChannelReport;
  /** No further attempt, and the channel is stopped: also one that is about to start. Again is fine. */
  stop(): Promise<void>;
}

export interface LauncherDeps {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Before each first start: the platform's unfinished work is queued. */
  readonly prepare: () => Promise<void>;
  /** After a start that went well. */
  readonly attach: () => Promise<void>;
  /** Told of every change of state, and of what keeps the channel from starting again and again, ever more seldom. */
  readonly changed: (report: ChannelReport) => void;
}

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 300_000;
/** While the reason stays the same it is said again after so long, then after four times as long, and so on. */
const FIRST_REMINDER_MS = 60_000;
const LONGEST_REMINDER_MS = 3_600_000;
const REMINDER_FACTOR = 4;

/**
 * Starts one channel without ever taking the others down with it: a failure that may pass is tried again with growing
 * waits, one that needs a person is reported and left.
 */
export function createChannelLauncher(channel: ChannelPort, deps: LauncherDeps): ChannelLauncher {
  const { clock, logger } = deps;
  const { platform } = channel;
  const stopping = new AbortController();
  let state: 'starting' | 'started' | 'failed' | 'stopped' = 'starting';
  let failure: AppError | undefined;
  let told: { readonly reason: string; readonly againAtMs: number; readonly afterMs: number } | undefined;
  let working: Promise<void> = Promise.resolve();
  let stopped: Promise<void> | undefined;

  function report(): ChannelReport {
    if (state === 'started') {
      const health = channel.health();
      return {
        platform,
        state: health.state,
        ...(health.detail === undefined ? {} : { detail: health.detail }),
      };
    }
    return { platform, state, ...(failure === undefined ? {} : { detail: failure.message }) };
  }

  /** Once, then ever more seldom: a platform that is away for a night must not fill the log. */
  function tell(error: AppError): void {
    const { message: reason, code, retryable } = error;
    logger.debug('channel_start_failed', { platform, error });
    const nowMs = clock.monotonicMs();
    const isNew = told?.reason !== reason || state === 'failed';
    if (!isNew && told !== undefined && nowMs < told.againAtMs) return;
    const afterMs =
      isNew || told === undefined
        ? FIRST_REMINDER_MS
        : Math.min(LONGEST_REMINDER_MS, told.afterMs * REMINDER_FACTOR);
    told = { reason, againAtMs: nowMs + afterMs, afterMs };
    // Where the fault is ours, the reason alone says nothing.
    const bug = code === 'internal' ? { error } : {};
    logger.error('channel_failed', { platform, retryable, code, reason, ...bug });
    deps.changed(report());
  }

  async function attempt(): Promise<boolean> {
    try {
      await channel.start(deps.sink);
      if (stopping.signal.aborted) {
        await channel.stop();
        return true;
      }
      state = 'started';
      failure = undefined;
      await deps.attach();
      logger.info('channel_started', { platform });
      deps.changed(report());
      return true;
    } catch (thrown) {
      if (stopping.signal.aborted) return true;
      failure = toAppError(thrown);
      state = failure.retryable ? 'starting' : 'failed';
      tell(failure);
      return state !== 'starting';
    }
  }

  async function retry(): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2)) {
      const pauseMs = Math.max(waitMs, failure?.retryAfterMs ?? 0);
      await new Promise<void>((resolve) => {
        const timer = clock.after(pauseMs, resolve);
        stopping.signal.addEventListener('abort', () => {
          timer.cancel();
          resolve();
        });
      });
      if (stopping.signal.aborted || (await attempt())) return;
    }
  }

  /** True when there is nothing left to try. */
  async function begin(): Promise<boolean> {
    try {
      await deps.prepare();
    } catch (thrown) {
      failure = toAppError(thrown);
      state = 'failed';
      tell(failure);
      return true;
    }
    return stopping.signal.aborted || (await attempt());
  }

  async function stop(): Promise<void> {
    stopping.abort();
    // First of all, so that a start which hangs is cut short.
    await channel.stop().catch((error: unknown) => logger.warn('channel_stop_failed', { platform, error }));
    await working;
    state = 'stopped';
  }

  return {
    async launch() {
      const first = begin();
      working = first.then((isOver) => (isOver ? undefined : retry()));
      await first;
    },
    report,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}
