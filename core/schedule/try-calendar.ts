import { AppError, toAppError } from '../domain/app-error.ts';
import type { CalendarFault, CalendarReading, LinkedCalendar } from '../domain/calendar.ts';
import type { CalendarStore } from '../ports/calendar-store.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import { faultOf } from './calendar-fault.ts';
import { askedServer, type CalendarServers } from './calendar-servers.ts';
import { type CalendarReaderDeps, calendarSecretContext, readCalendar } from './read-calendar.ts';

export interface TryCalendarDeps extends CalendarReaderDeps {
  readonly store: Pick<CalendarStore, 'sealed'>;
  readonly box: Pick<SecretBox, 'open'>;
  readonly servers: Pick<CalendarServers, 'inTurn'>;
}

/** How it went with a linked calendar. */
export type TriedCalendar =
  | { readonly kind: 'read'; readonly reading: CalendarReading }
  /** There is no such link any more. */
  | { readonly kind: 'gone' }
  /** Its server wants to be left alone for so long: it was not asked. */
  | { readonly kind: 'paused'; readonly forMs: number }
  /** The store has trouble, which is not the calendar's. */
  | { readonly kind: 'not_opened'; readonly error: AppError }
  | { readonly kind: 'failed'; readonly fault: CalendarFault; readonly error: AppError };

/** Opens the secret of a link and reads the calendar once, when it is its turn. Does not reject. */
export async function tryCalendar(
  deps: TryCalendarDeps,
  calendar: LinkedCalendar,
  signal: AbortSignal,
): Promise<TriedCalendar> {
  let sealed: string | undefined;
  try {
    sealed = await deps.store.sealed(calendar.linkId);
  } catch (thrown) {
    return { kind: 'not_opened', error: toAppError(thrown) };
  }
  if (sealed === undefined) return { kind: 'gone' };
  try {
    const secret = openSecret(deps, sealed, calendar);
    const asked = askedServer(deps.sources, calendar.source, secret);
    const answer = await deps.servers.inTurn(asked, () => readCalendar(deps, calendar, secret, signal));
    return answer.kind === 'paused' ? answer : { kind: 'read', reading: answer.value.reading };
  } catch (thrown) {
    const error = toAppError(thrown);
    return { kind: 'failed', fault: faultOf(error, calendar.fault, deps.clock.now()), error };
  }
}

function openSecret({ box }: TryCalendarDeps, sealed: string, { linkId }: LinkedCalendar): string {
  try {
    return box.open(sealed, calendarSecretContext(linkId));
  } catch (cause) {
    throw new AppError('config_invalid', 'Its secret was sealed with another key: connect it again.', {
      cause,
    });
  }
}
