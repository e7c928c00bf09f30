import { AppError } from '../../core/domain/app-error.ts';
import type {
  CalendarFault,
  CalendarLink,
  CalendarLinkId,
  CalendarReading,
  LinkedCalendar,
} from '../../core/domain/calendar.ts';
import type { PersonId, SpaceId } from '../../core/domain/ids.ts';
import type { CalendarStore } from '../../core/ports/calendar-store.ts';
import { isCalendarAccess, isCalendarReading } from './calendar-wire.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';
import { isErrorCode, parseColumn } from './wire.ts';

interface CalendarRow {
  readonly number: number;
  readonly link_id: CalendarLinkId;
  readonly space_id: SpaceId;
  readonly person_id: PersonId | null;
  readonly source: string;
  readonly calendar_id: string;
  readonly access: string;
  readonly label: string;
  readonly added_by: PersonId;
  readonly added_at: number;
  readonly reading: string | null;
  readonly fault_code: string | null;
  readonly fault_message: string | null;
  readonly fault_since: number | null;
  readonly fault_is_final: number | null;
}

const SELECT_CALENDAR = `SELECT number, link_id, space_id, person_id, source, calendar_id, access, label, added_by,
  added_at, reading, fault_code, fault_message, fault_since, fault_is_final FROM calendars`;

function toFault(row: CalendarRow): CalendarFault | undefined {
  const { fault_code: code, fault_message: message, fault_since: since, fault_is_final: isFinal } = row;
  if (code === null || message === null || since === null) return undefined;
  return { code: isErrorCode(code) ? code : 'internal', message, since, isFinal: isFinal === 1 };
}

/** What was read may be read again, where it is damaged; how to read it may not be guessed. */
function toCalendar(row: CalendarRow): LinkedCalendar | undefined {
  if (!isCalendarAccess(row.access)) return undefined;
  const reading = row.reading === null ? undefined : parseColumn(row.reading, isCalendarReading);
  const fault = toFault(row);
  return {
    linkId: row.link_id,
    number: row.number,
    spaceId: row.space_id,
    ...(row.person_id !== null && { personId: row.person_id }),
    source: row.source,
    calendarId: row.calendar_id,
    access: row.access,
    label: row.label,
    addedBy: row.added_by,
    addedAt: row.added_at,
    ...(reading !== undefined && { reading }),
    ...(fault !== undefined && { fault }),
  };
}

export function createCalendarStore(database: SqliteDatabase): CalendarStore {
  const one = database.statement<[string], CalendarRow>(`${SELECT_CALENDAR} WHERE link_id = ?`);
  const all = database.statement<[], CalendarRow>(`${SELECT_CALENDAR} ORDER BY ordinal`);
  const ofSpace = database.statement<[string], CalendarRow>(
    `${SELECT_CALENDAR} WHERE space_id = ? ORDER BY number`,
  );
  const nextNumber = database.statement<[string], { readonly last: number }>(`
    INSERT INTO calendar_numbers (space_id, last) VALUES (?, 1)
    ON CONFLICT (space_id) DO UPDATE SET last = last + 1 RETURNING last`);
  const insert = database.statement<readonly (string | number | null)[]>(`
    INSERT INTO calendars
      (link_id, space_id, number, person_id, source, calendar_id, access, label, added_by, added_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const insertSecret = database.statement<[number, string]>(
    'INSERT INTO calendar_secrets (ordinal, sealed) VALUES (?, ?)',
  );
  const sealed = database.statement<[string], { readonly sealed: string }>(
    'SELECT s.sealed FROM calendar_secrets s JOIN calendars c ON c.ordinal = s.ordinal WHERE c.link_id = ?',
  );
  const setReading = database.statement<[string, string]>(`
    UPDATE calendars SET reading = ?, fault_code = NULL, fault_message = NULL, fault_since = NULL, fault_is_final = NULL
    WHERE link_id = ?`);
  const setFault = database.statement<[string, number, string, string, number, string]>(`
    UPDATE calendars SET fault_since = CASE WHEN fault_code = ? THEN fault_since ELSE ? END,
      fault_code = ?, fault_message = ?, fault_is_final = ?
    WHERE link_id = ?`);
  // A deleted row’s bytes stay in the file until others need the place: the secret’s are overwritten first.
  const blank = database.statement<[string]>(`
    UPDATE calendar_secrets SET sealed = substr(hex(zeroblob(length(sealed))), 1, length(sealed))
    WHERE ordinal = (SELECT ordinal FROM calendars WHERE link_id = ?)`);
  const remove = database.statement<[string]>('DELETE FROM calendars WHERE link_id = ?');

  const read = (rows: readonly CalendarRow[]): readonly LinkedCalendar[] =>
    readRows(database.logger, 'calendars', rows, (row) => row.link_id, toCalendar);

  function add(link: Omit<CalendarLink, 'number'>, secret: string): LinkedCalendar {
    const { linkId, spaceId, personId, source, calendarId, access, label, addedBy, addedAt } = link;
    if (one.get(linkId) === undefined) {
      const owner = personId ?? null;
      const number = nextNumber.get(spaceId)?.last ?? null;
      const values = [linkId, spaceId, number, owner, source, calendarId, access, label, addedBy, addedAt];
      insertSecret.run(insert.insert(...values), secret);
    }
    const [added] = read(one.all(linkId));
    if (added === undefined) {
      throw new AppError(
        'storage_failed',
        'The calendar cannot be read back. Disconnect it and connect it again.',
      );
    }
    return added;
  }

  function readingText(reading: CalendarReading): string {
    const text = JSON.stringify(reading);
    if (parseColumn(text, isCalendarReading) !== undefined) return text;
    throw new AppError('invalid_input', 'What was read of a calendar holds a time that is none.');
  }

  return {
    add: async (link, secret) => database.transact(() => add(link, secret)),
    list: async (spaceId) =>
      read(database.attempt(() => (spaceId === undefined ? all.all() : ofSpace.all(spaceId)))),
    sealed: async (linkId) => database.attempt(() => sealed.get(linkId))?.sealed,
    setReading: async (linkId, reading) => {
      const text = readingText(reading);
      return database.attempt(() => setReading.run(text, linkId)) > 0;
    },
    setFault: async (linkId, { code, message, since, isFinal }) =>
      database.attempt(() => setFault.run(code, since, code, message, isFinal ? 1 : 0, linkId)) > 0,
    remove: async (linkId) =>
      database.transact(() => {
        blank.run(linkId);
        return remove.run(linkId) > 0;
      }),
  };
}
