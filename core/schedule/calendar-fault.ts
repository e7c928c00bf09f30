import { type AppError, type ErrorCode, toAppError } from '../domain/app-error.ts';
import type { CalendarFault } from '../domain/calendar.ts';

/** What no waiting mends: the right is gone, the calendar is, or what is stored is of no use. */
const finalCodes: ReadonlySet<ErrorCode> = new Set([
  'auth_failed',
  'not_found',
  'not_allowed',
  'invalid_input',
  'config_invalid',
  'unsupported',
]);

/** Why a calendar cannot be read: since the same began. What is no sentence for people is not shown to them. */
export function faultOf(thrown: unknown, before: CalendarFault | undefined, now: number): CalendarFault {
  const error: AppError = toAppError(thrown);
  const { code } = error;
  return {
    code,
    message:
      code === 'internal' ? 'This calendar could not be read. The log of the bot says why.' : error.message,
    since: before?.code === code ? before.since : now,
    isFinal: finalCodes.has(code),
  };
}
