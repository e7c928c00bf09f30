import { type AppError, type ErrorCode, toAppError } from '../../core/domain/app-error.ts';

/** What is answered in place of what was wanted. */
export interface Refusal {
  readonly status: number;
  /** A sentence for the person. */
  readonly message: string;
}

const statuses: ReadonlyMap<ErrorCode, number> = new Map([
  ['invalid_input', 400],
  ['not_allowed', 403],
  ['auth_failed', 403],
  ['not_found', 404],
  ['rate_limited', 503],
  ['overloaded', 503],
  ['storage_busy', 503],
  ['network', 502],
  ['peer_failed', 502],
  ['bad_reply', 502],
  ['timeout', 504],
]);

/** A bug or a broken store says nothing of itself to a browser. */
export function toRefusal(thrown: unknown): Refusal {
  const error: AppError = toAppError(thrown);
  const status = statuses.get(error.code) ?? 500;
  return {
    status,
    message: status === 500 ? 'Something went wrong. The log of the bot says what.' : error.message,
  };
}
