import type { AppError, ErrorCode } from '../../core/domain/app-error.ts';

/** What `metaclaw` ends with. docs/operating.md lists them. */
export const exitCodes = {
  ok: 0,
  /** Something that was looked at is wrong: settings, data folder, a token. */
  problem: 1,
  /** The command line itself. */
  usage: 2,
  /** What the command needs is not there: no bot runs, a server does not answer. */
  unavailable: 69,
  /** A fault in MetaClaw. */
  bug: 70,
  /** Another process has the data folder. */
  alreadyRunning: 75,
} as const;

const byCode: Partial<Record<ErrorCode, number>> = {
  already_running: exitCodes.alreadyRunning,
  network: exitCodes.unavailable,
  timeout: exitCodes.unavailable,
  overloaded: exitCodes.unavailable,
  internal: exitCodes.bug,
};

export function exitCodeOf(error: AppError): number {
  return byCode[error.code] ?? exitCodes.problem;
}
