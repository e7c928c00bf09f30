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
  /** Told of every change of state. */
  readonly changed: (report: ChannelReport) => void;
}

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 300_000;

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
    } catch (thrown) {
      if (stopping.signal.aborted) return true;
      failure = toAppError(thrown);
      state = failure.retryable ? 'starting' : 'failed';
      logger.error('channel_failed', { platform, retryable: failure.retryable, error: failure });
    }
    deps.changed(report());
    return state !== 'starting';
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
      logger.error('channel_failed', { platform, error: failure });
      deps.changed(report());
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
