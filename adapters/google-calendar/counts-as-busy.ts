/** What is read of an event: never its words or who else is in it. Absent: as Google’s default says. */
export interface EventFacts {
  /** `confirmed` (default), `tentative`, `cancelled`. */
  readonly status?: string;
  /** `opaque` (default) or `transparent`: “free”. */
  readonly transparency?: string;
  /** `default`, `outOfOffice`, `focusTime`, `workingLocation`, `birthday`, `fromGmail`, or what Google adds. */
  readonly eventType?: string;
  /** What the calendar’s owner answered: `accepted`, `declined`, `tentative`, `needsAction`. Absent: nobody had to be asked. */
  readonly ownResponse?: string;
  readonly isAllDay: boolean;
}

const notDone: ReadonlySet<string> = new Set(['workingLocation', 'birthday']);

/**
 * Whether somebody who looks at the event would say “then they are away”. What counts opens a window for work, so that in doubt it does not:
 * - cancelled, “free”, declined, working locations and birthdays do not;
 * - a *maybe* does not, of the event or of its guest; nor does an invitation that nobody has answered;
 * - out of office and focus time do: both say “do not expect me”;
 * - what lasts all day does only when it is out of office. Other all-day entries are notes on a day (“Berlin trip”, “Anna’s birthday”,
 *   “release week”), and people make them opaque without a thought, but answer on such days as on any other.
 */
export function countsAsBusy(event: EventFacts): boolean {
  const {
    status = 'confirmed',
    transparency = 'opaque',
    eventType = 'default',
    ownResponse,
    isAllDay,
  } = event;
  if (status !== 'confirmed' || transparency === 'transparent') return false;
  if (ownResponse !== undefined && ownResponse !== 'accepted') return false;
  if (notDone.has(eventType)) return false;
  return !isAllDay || eventType === 'outOfOffice';
}
