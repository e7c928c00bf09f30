/** A time as Google writes it. */
export interface GoogleTime {
  readonly date?: string;
  readonly dateTime?: string;
  readonly timeZone?: string;
}

/** An event as it is kept; more than a calendar’s reader may see of it. */
export interface GoogleEvent {
  readonly id: string;
  readonly status: 'confirmed' | 'tentative' | 'cancelled';
  readonly summary: string;
  readonly description: string;
  readonly start: GoogleTime;
  readonly end: GoogleTime;
  readonly transparency?: 'opaque' | 'transparent';
  readonly eventType?: string;
  readonly recurringEventId?: string;
  readonly attendees?: readonly {
    readonly email: string;
    readonly displayName?: string;
    readonly self?: boolean;
    readonly responseStatus: string;
  }[];
}

export interface GoogleCalendar {
  readonly id: string;
  timeZone: string;
  /** Answers to `freeBusy` with these in place of times. */
  busyErrors: readonly string[];
  /** Puts an event in, or in the place of the one with its id. */
  put(event: Partial<GoogleEvent> & Pick<GoogleEvent, 'id' | 'start' | 'end'>): void;
  /** So many occurrences, one a day at the same time in UTC; each is an event of its own. Gives their ids. */
  putSeries(id: string, firstFrom: number, durationMs: number, count: number): readonly string[];
  /** An event, or one occurrence. */
  cancel(id: string): void;
  /** A series: only its own id is told, as Google does where it was made of one. */
  cancelSeries(id: string): void;
  events(): readonly GoogleEvent[];
  /** Those that changed after the given change, in the order of the changes. */
  changedAfter(change: number): readonly GoogleEvent[];
  /** The number of the last change. */
  lastChange(): number;
}

export function timed(from: number, to: number): { readonly start: GoogleTime; readonly end: GoogleTime } {
  return { start: { dateTime: new Date(from).toISOString() }, end: { dateTime: new Date(to).toISOString() } };
}

/** Instants of an event in a calendar whose all-day dates are read in UTC; good enough for a range that is asked for. */
export function roughSpan({ start, end }: GoogleEvent): { readonly from: number; readonly to: number } {
  const at = ({ date, dateTime }: GoogleTime): number => Date.parse(dateTime ?? `${date}T00:00:00Z`);
  return { from: at(start), to: at(end) };
}

export function createGoogleCalendar(id: string, timeZone: string): GoogleCalendar {
  const kept = new Map<string, { readonly event: GoogleEvent; readonly change: number }>();
  let changes = 0;

  function set(event: GoogleEvent): void {
    changes += 1;
    kept.delete(event.id);
    kept.set(event.id, { event, change: changes });
  }

  const put: GoogleCalendar['put'] = (event) =>
    set({
      status: 'confirmed',
      summary: `the secret title of ${event.id}`,
      description: 'secret words',
      ...event,
    });

  const calendar: GoogleCalendar = {
    id,
    timeZone,
    busyErrors: [],
    put,
    putSeries(seriesId, firstFrom, durationMs, count) {
      return Array.from({ length: count }, (_, day) => {
        const from = firstFrom + day * 86_400_000;
        const stamp = new Date(from).toISOString().replaceAll(/[-:]|\.\d+/g, '');
        const occurrenceId = `${seriesId}_${stamp}`;
        put({ id: occurrenceId, recurringEventId: seriesId, ...timed(from, from + durationMs) });
        return occurrenceId;
      });
    },
    cancel(eventId) {
      const found = kept.get(eventId);
      if (found === undefined) throw new Error(`no event ${eventId}`);
      set({ ...found.event, status: 'cancelled' });
    },
    cancelSeries(seriesId) {
      const own = [...kept.values()].filter(({ event }) => event.recurringEventId === seriesId);
      const [first] = own;
      if (first === undefined) throw new Error(`no series ${seriesId}`);
      for (const { event } of own) kept.delete(event.id);
      set({ ...first.event, id: seriesId, status: 'cancelled' });
    },
    events: () => [...kept.values()].map(({ event }) => event),
    changedAfter: (change) =>
      [...kept.values()].filter((entry) => entry.change > change).map(({ event }) => event),
    lastChange: () => changes,
  };
  return calendar;
}
