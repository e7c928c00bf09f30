import { AppError } from '../../core/domain/app-error.ts';
import type { RunId } from '../../core/domain/policy.ts';

export function unknownRun(runId: RunId): AppError {
  return new AppError('not_found', `The run ${runId} is not stored. Begin it first.`);
}
