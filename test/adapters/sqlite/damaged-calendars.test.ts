import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isCalendarReading } from '../../../adapters/sqlite/calendar-wire.ts';
import { calendarLinkId } from '../../../core/domain/calendar.ts';
import { sampleLink } from '../../contract/calendar-store.ts';
import { makeFolder, type OpenStores, openAt } from './rig.ts';

let open: OpenStores;
beforeEach(async () => {
  open = openAt(':memory:');
  for (const name of ['a', 'b']) await open.stores.calendars.add(sampleLink(name), `sealed ${name}`);
});
afterEach(() => open.database.close());

const damage = (sql: string): unknown =>
  open.database.attempt(() => open.database.statement<[]>(`${sql} WHERE link_id = 'a'`).run());
const reading = { busy: [{ from: 1, to: 2 }], asked: { from: 0, to: 9 }, readAt: 3 };

test('a row that does not say how to read the calendar is left out with a log entry', async () => {
  damage(`UPDATE calendars SET access = 'all'`);
  expect((await open.stores.calendars.list()).map(({ linkId }) => linkId)).toEqual(['b']);
  expect(open.logger.of('storage_row_skipped').map(({ fields }) => fields)).toEqual([
    { table: 'calendars', id: 'a' },
  ]);
});

test.each(['{', '{}', '[]', '{"busy":[{"from":2,"to":1}],"asked":{"from":0,"to":1},"readAt":1}'])(
  'a damaged reading is as none: %s',
  async (text) => {
    const { calendars } = open.stores;
    await calendars.setReading(calendarLinkId('a'), reading);
    damage(`UPDATE calendars SET reading = '${text}'`);
    expect((await calendars.list())[0]).toEqual({ ...sampleLink('a'), number: 1 });
  },
);

test('a fault of a kind that is not known is still a fault', async () => {
  const { calendars } = open.stores;
  const fault = { code: 'network', message: 'No.', since: 5, isFinal: false } as const;
  await calendars.setFault(calendarLinkId('a'), fault);
  damage(`UPDATE calendars SET fault_code = 'magic'`);
  expect((await calendars.list())[0]?.fault).toEqual({ ...fault, code: 'internal' });
});

test('nothing that JSON can hold breaks the guard', () => {
  for (const name of Object.keys(reading)) {
    const rest = Object.fromEntries(Object.entries(reading).filter(([key]) => key !== name));
    expect(isCalendarReading(rest)).toBe(false);
  }
  expect(isCalendarReading({ ...reading, cursor: 1 })).toBe(false);
  fc.assert(fc.property(fc.jsonValue(), (value) => !isCalendarReading(value)));
});

test('the bytes of a removed secret are not left in the file', async () => {
  const folder = makeFolder();
  const path = folder.file('state.db');
  const disk = openAt(path);
  const secret = 'sealed-text-that-nobody-should-find';
  const { calendars } = disk.stores;
  await calendars.add(sampleLink('a'), secret);
  await calendars.setReading(calendarLinkId('a'), { ...reading, cursor: 'x'.repeat(20_000) });
  await calendars.setReading(calendarLinkId('a'), reading);
  const holds = (): boolean => readFileSync(path).includes(secret);
  disk.database.close();
  expect(holds()).toBe(true);
  const again = openAt(path);
  await again.stores.calendars.remove(calendarLinkId('a'));
  again.database.close();
  expect(holds()).toBe(false);
  folder.remove();
});
