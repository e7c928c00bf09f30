import { closeSync, openSync } from 'node:fs';
import process from 'node:process';
import type { Logger } from '../core/ports/logger.ts';

export interface ProcessWatch {
  /** Resolves with the name of the first signal to stop. A second one ends the process at once. */
  readonly stopAsked: Promise<string>;
  /** Ends the process now, as an error that nobody caught does. */
  fail(error: unknown): void;
  end(): void;
}

export interface ProcessWatchOptions {
  readonly logger: Logger;
  /** Another look at what may have changed: SIGHUP, but for the one that says that the terminal was closed, which asks to stop. */
  readonly reload: () => void;
  /** The process cannot go on: closes what must be closed, at once. */
  readonly abandon: () => void;
}

const FAULT_EXIT_CODE = 70;
const SECOND_SIGNAL_EXIT_CODE = 130;

/** Watches this process's signals and the errors that nobody caught. */
export function watchProcess({ logger, reload, abandon }: ProcessWatchOptions): ProcessWatch {
  const asked = Promise.withResolvers<string>();
  let signals = 0;

  const onSignal = (name: NodeJS.Signals): void => {
    signals += 1;
    asked.resolve(name);
    if (signals > 1) process.exit(SECOND_SIGNAL_EXIT_CODE);
  };
  const onHangUp = (): void => {
    // Some shells say it a second time, so it never counts as the second signal.
    if (terminalIsGone()) asked.resolve('SIGHUP');
    else reload();
  };
  const onFault = (error: unknown): void => {
    logger.error('process_fault', { error });
    try {
      abandon();
    } finally {
      process.exit(FAULT_EXIT_CODE);
    }
  };

  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onHangUp);
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);

  return {
    stopAsked: asked.promise,
    fail: onFault,
    end() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      process.off('SIGHUP', onHangUp);
      process.off('uncaughtException', onFault);
      process.off('unhandledRejection', onFault);
    },
  };
}

/** True when this process was started in a terminal that is no longer there. */
function terminalIsGone(): boolean {
  if (!process.stdin.isTTY) return false;
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return false;
  } catch {
    return true;
  }
}
