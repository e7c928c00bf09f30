import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type CalendarFault,
  type CalendarLink,
  type CalendarReading,
  calendarLinkId,
} from '../../core/domain/calendar.ts';
import { personId, spaceId } from '../../core/domain/ids.ts';
import type { CalendarStore } from '../../core/ports/calendar-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt } from './store-samples.ts';

interface Stores {
  readonly calendars: CalendarStore;
}

type NewLink = Omit<CalendarLink, 'number'>;

const team = spaceId('web', 'team');
const away = spaceId('web', 'away');
const id = calendarLinkId;

export function sampleLink(name: string, changes: Partial<NewLink> = {}): NewLink {
  return {
    linkId: id(name),
    spaceId: team,
    personId: personId('web', 'ann'),
    source: 'ics',
    calendarId: '',
    access: 'freebusy',
    label: `Ann's "days" '); DROP TABLE calendars; -- 👩‍🚀`,
    addedBy: personId('web', 'bob'),
    addedAt: sampleAt + 0.5,
    ...changes,
  };
}

const reading: CalendarReading = {
  busy: [
    { from: sampleAt, to: sampleAt + 5.5 },
    { from: sampleAt + 10, to: sampleAt + 20 },
  ],
  asked: { from: sampleAt - 100, to: sampleAt + 100 },
  readAt: sampleAt + 1,
  cursor: '{"etag":"\\"x\\""}',
};

const fault = (changes: Partial<CalendarFault> = {}): CalendarFault => ({
  code: 'auth_failed',
  message: 'Connect it again.',
  since: sampleAt + 7,
  isFinal: true,
  ...changes,
});

/** What every `CalendarStore` promises. */
export function calendarStoreContract(contract: StoreContract<Stores>): void {
  describe(`CalendarStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const calendars = (): CalendarStore => subject.stores.calendars;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    test('keeps every part of a link and its secret', async () => {
      const added = await calendars().add(sampleLink('a'), 'sealed a');
      expect(added).toEqual({ ...sampleLink('a'), number: 1 });
      const { personId: _, ...ofSpace } = sampleLink('b', {
        access: 'events',
        calendarId: 'room@example.org',
      });
      await calendars().add(ofSpace, 'sealed b');
      await subject.reopen();
      expect(await calendars().list()).toEqual([added, { ...ofSpace, number: 2 }]);
      expect(await calendars().sealed(id('a'))).toBe('sealed a');
      expect(await calendars().sealed(id('b'))).toBe('sealed b');
    });

    test('adding again changes nothing', async () => {
      const added = await calendars().add(sampleLink('a'), 'sealed');
      expect(await calendars().add(sampleLink('a', { label: 'other' }), 'other')).toEqual(added);
      expect(await calendars().list()).toEqual([added]);
      expect(await calendars().sealed(id('a'))).toBe('sealed');
    });

    test('lists those of a space, or all, by number', async () => {
      for (const [name, of] of [
        ['c', team],
        ['a', away],
        ['b', team],
      ] as const) {
        await calendars().add(sampleLink(name, { spaceId: of }), 'x');
      }
      const names = async (of?: typeof team): Promise<readonly string[]> =>
        (await calendars().list(of)).map(({ linkId }) => linkId);
      expect(await names()).toEqual(['c', 'a', 'b']);
      expect((await calendars().list()).map(({ number }) => number)).toEqual([1, 1, 2]);
      expect(await names(team)).toEqual(['c', 'b']);
      expect(await names(away)).toEqual(['a']);
      expect(await names(spaceId('web', 'nobody'))).toEqual([]);
    });

    test('a reading takes a fault away, and the next takes its place', async () => {
      await calendars().add(sampleLink('a'), 'x');
      await calendars().setFault(id('a'), fault());
      expect(await calendars().setReading(id('a'), reading)).toBe(true);
      await subject.reopen();
      expect(await calendars().list()).toEqual([{ ...sampleLink('a'), number: 1, reading }]);
      const { cursor: _, ...next } = { ...reading, busy: [], readAt: sampleAt + 9 };
      await calendars().setReading(id('a'), next);
      expect((await calendars().list())[0]?.reading).toEqual(next);
    });

    test('a fault keeps the reading, and since when it is while it is the same', async () => {
      await calendars().add(sampleLink('a'), 'x');
      await calendars().setReading(id('a'), reading);
      expect(await calendars().setFault(id('a'), fault())).toBe(true);
      const later = fault({ message: 'Still.', since: sampleAt + 50, isFinal: false });
      await calendars().setFault(id('a'), later);
      await subject.reopen();
      const expected = { ...sampleLink('a'), number: 1, reading, fault: { ...later, since: sampleAt + 7 } };
      expect(await calendars().list()).toEqual([expected]);
      await calendars().setFault(id('a'), fault({ code: 'network', since: sampleAt + 60 }));
      expect((await calendars().list())[0]?.fault).toEqual(fault({ code: 'network', since: sampleAt + 60 }));
      await calendars().setReading(id('a'), reading);
      await calendars().setFault(id('a'), fault({ code: 'network', since: sampleAt + 70 }));
      expect((await calendars().list())[0]?.fault?.since).toBe(sampleAt + 70);
    });

    test('what is told of one changes no other', async () => {
      for (const name of ['a', 'b']) await calendars().add(sampleLink(name), `sealed ${name}`);
      await calendars().setReading(id('a'), reading);
      await calendars().setFault(id('a'), fault());
      await calendars().remove(id('a'));
      expect(await calendars().list()).toEqual([{ ...sampleLink('b'), number: 2 }]);
      expect(await calendars().sealed(id('b'))).toBe('sealed b');
    });

    test('what is removed is gone with its secret and reading, and a late reading finds nothing', async () => {
      await calendars().add(sampleLink('a'), 'x');
      await calendars().setReading(id('a'), reading);
      expect(await calendars().remove(id('a'))).toBe(true);
      expect(await calendars().remove(id('a'))).toBe(false);
      expect(await calendars().setReading(id('a'), reading)).toBe(false);
      expect(await calendars().setFault(id('a'), fault())).toBe(false);
      await subject.reopen();
      expect(await calendars().list()).toEqual([]);
      expect(await calendars().sealed(id('a'))).toBeUndefined();
      expect(await calendars().add(sampleLink('a'), 'new')).toEqual({ ...sampleLink('a'), number: 2 });
    });

    test('a number is never given twice in a space, and tells nothing of others', async () => {
      for (const name of ['a', 'b']) await calendars().add(sampleLink(name), 'x');
      for (const name of ['a', 'b']) await calendars().remove(id(name));
      await subject.reopen();
      expect((await calendars().add(sampleLink('c'), 'x')).number).toBe(3);
      expect((await calendars().add(sampleLink('d', { spaceId: away }), 'x')).number).toBe(1);
      expect((await calendars().add(sampleLink('e'), 'x')).number).toBe(4);
    });

    test.each([
      { busy: [{ from: Number.NaN, to: 1 }] },
      { busy: [{ from: 2, to: 1 }] },
      { asked: { from: 0, to: Number.POSITIVE_INFINITY } },
      { readAt: Number.NaN },
    ])('refuses a reading with a time that is none and keeps what it had: %o', async (changes) => {
      await calendars().add(sampleLink('a'), 'x');
      await calendars().setReading(id('a'), reading);
      await expect(calendars().setReading(id('a'), { ...reading, ...changes })).rejects.toMatchObject({
        name: 'AppError',
        code: 'invalid_input',
      });
      expect((await calendars().list())[0]?.reading).toEqual(reading);
    });
  });
}
