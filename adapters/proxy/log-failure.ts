import { toAppError } from '../../core/domain/app-error.ts';
import type { Logger } from '../../core/ports/logger.ts';

/** Faults of this machine or of ours are for the operator; what a caller did wrong, and what a model server did, it is told itself. */
export function logFailure(
  logger: Logger,
  event: string,
  error: unknown,
  status: number,
  path: string,
): void {
  const isOurs = status === 500 || toAppError(error).code.startsWith('storage_');
  logger[isOurs ? 'error' : 'debug'](event, { path, error });
}
