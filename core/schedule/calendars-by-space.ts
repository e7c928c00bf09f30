import type { LinkedCalendar } from '../domain/calendar.ts';
import type { SpaceId } from '../domain/ids.ts';

/** Linked calendars by their space. Each look costs the same, however many there are elsewhere. */
export interface CalendarsBySpace {
  /** By number; the same value until something of them changes. */
  of(spaceId: SpaceId): readonly LinkedCalendar[];
  /** Adds it, or puts it in the place of the one with its link. */
  set(calendar: LinkedCalendar): void;
  remove(calendar: Pick<LinkedCalendar, 'spaceId' | 'linkId'>): void;
}

const none: readonly LinkedCalendar[] = [];

export function createCalendarsBySpace(): CalendarsBySpace {
  const lists = new Map<SpaceId, readonly LinkedCalendar[]>();

  const of = (spaceId: SpaceId): readonly LinkedCalendar[] => lists.get(spaceId) ?? none;
  const others = ({
    spaceId,
    linkId,
  }: Pick<LinkedCalendar, 'spaceId' | 'linkId'>): readonly LinkedCalendar[] =>
    of(spaceId).filter((other) => other.linkId !== linkId);

  return {
    of,
    set(calendar) {
      const list = [...others(calendar), calendar];
      lists.set(
        calendar.spaceId,
        list.toSorted((a, b) => a.number - b.number),
      );
    },
    remove(calendar) {
      const left = others(calendar);
      if (left.length > 0) lists.set(calendar.spaceId, left);
      else lists.delete(calendar.spaceId);
    },
  };
}
