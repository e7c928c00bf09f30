/** What an event says of how much it takes of a person; words in upper case, empty where nothing is said. */
export interface EventWeight {
  readonly status: string;
  readonly transparency: string;
  /** `X-MICROSOFT-CDO-BUSYSTATUS`: BUSY, FREE, TENTATIVE, OOF, WORKINGELSEWHERE. */
  readonly busyStatus: string;
  readonly isAllDay: boolean;
}

/**
 * Whether somebody with this event is away from the chat, as a person would say. Cancelled and tentative events are not in the way, nor is what
 * is marked as free; where one works is no absence. An all-day event counts only when it says “out of office”: most of the others are birthdays,
 * holidays of a country and notes for the day, which calendars mark as busy all the same.
 */
export function countsAsBusy({ status, transparency, busyStatus, isAllDay }: EventWeight): boolean {
  if (status === 'CANCELLED' || status === 'TENTATIVE') return false;
  if (busyStatus === 'OOF') return true;
  if (busyStatus === 'FREE' || busyStatus === 'TENTATIVE' || busyStatus === 'WORKINGELSEWHERE') return false;
  return transparency !== 'TRANSPARENT' && !isAllDay;
}

/** Whether a time of a `VFREEBUSY` with that `FBTYPE` is busy; without one, it is. */
export function isBusyType(type: string): boolean {
  return type !== 'FREE' && type !== 'BUSY-TENTATIVE';
}
