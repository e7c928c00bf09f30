import { AppError } from '../../domain/app-error.ts';

/** Whether a change was rejected because another instance looks after training now: nothing is wrong with what was changed. */
export function isLeaseLost(thrown: unknown): boolean {
  return (
    thrown instanceof AppError && thrown.code === 'conflict' && thrown.details['reason'] === 'lease_lost'
  );
}
