import type { CalendarAccess } from '../../core/domain/calendar.ts';

const root = 'https://www.googleapis.com/auth/';

/**
 * The least that each access needs: `freebusy.query` is content with `calendar.freebusy`, `events.list` with `calendar.events.readonly`.
 * https://developers.google.com/workspace/calendar/api/auth
 */
export const neededScope: Readonly<Record<CalendarAccess, string>> = {
  freebusy: `${root}calendar.freebusy`,
  events: `${root}calendar.events.readonly`,
};

/** With it Google says who agreed: by nothing else can one see that two consents are of the same account. */
export function askedScope(access: CalendarAccess): string {
  return `openid ${neededScope[access]}`;
}

/** Google may give more than was asked for, where the person gave it to the same app before. */
const sufficient: Readonly<Record<CalendarAccess, ReadonlySet<string>>> = {
  freebusy: new Set([
    neededScope.freebusy,
    `${root}calendar.events.freebusy`,
    `${root}calendar.readonly`,
    `${root}calendar`,
  ]),
  events: new Set([
    neededScope.events,
    `${root}calendar.events`,
    `${root}calendar.readonly`,
    `${root}calendar`,
  ]),
};

/** Whether what was granted, separated by spaces, is enough. */
export function scopeSuffices(granted: string, access: CalendarAccess): boolean {
  return granted.split(/\s+/).some((scope) => sufficient[access].has(scope));
}
