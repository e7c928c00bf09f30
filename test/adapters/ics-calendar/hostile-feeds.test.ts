import { describe, expect, test } from 'vitest';
import { readFeed } from '../../../adapters/ics-calendar/read-feed.ts';
import { occurrences } from '../../../adapters/ics-calendar/recurrence.ts';
import { readRule } from '../../../adapters/ics-calendar/recurrence-rule.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { at, busyOf, calendarOf, eventOf, read, spring, zones } from './feed-texts.ts';
import { watchedFeed } from './watched-feed.ts';

const times = (count: number, line: (place: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, place) => line(place));
const tooMuch = (why: RegExp) => ({
  name: 'AppError',
  code: 'bad_reply',
  message: expect.stringMatching(why),
});

const hour = ['DTSTART:20260401T080000Z', 'DTEND:20260401T090000Z'] as const;
const thatHour = ['2026-04-01T08:00:00Z/2026-04-01T09:00:00Z'];
/** Ten to eleven of a zone with that name. */
const inZone = (tzid: string, ...lines: readonly string[]): readonly string[] =>
  eventOf(`DTSTART;TZID=${tzid}:20260401T100000`, 'DURATION:PT1H', ...lines);
/** A zone twelve hours ahead of UTC, with further lines. */
const describedZone = (tzid: string, ...lines: readonly string[]): readonly string[] => [
  'BEGIN:VTIMEZONE',
  `TZID:${tzid}`,
  'BEGIN:STANDARD',
  'DTSTART:19700101T000000',
  'TZOFFSETFROM:+1200',
  'TZOFFSETTO:+1200',
  ...lines,
  'END:STANDARD',
  'END:VTIMEZONE',
];

describe('names of zones', () => {
  test('one of more than 100 characters is not looked up, and goes by what the feed says of it', async () => {
    const long = `${'a/'.repeat(20_000)}Europe/Berlin`;
    const { busy, lookUps } = await watchedFeed(calendarOf(...inZone(long)), 'Asia/Tokyo');
    expect(busy).toEqual([{ from: at('2026-04-01T01:00:00Z'), to: at('2026-04-01T02:00:00Z') }]);
    // That of the one who looks.
    expect(lookUps).toBe(1);
    const described = await watchedFeed(calendarOf(...describedZone(long), ...inZone(long)));
    expect(described.busy).toEqual([{ from: at('2026-03-31T22:00:00Z'), to: at('2026-03-31T23:00:00Z') }]);
    expect(described.lookUps).toBe(1);
  });

  test('of one of 100 characters three forms are looked up at most, once a feed', async () => {
    const name = `/${'a/'.repeat(43)}Europe/Berlin`.slice(-100);
    expect(await busyOf(calendarOf(...inZone(name)), 'UTC')).toEqual(thatHour);
    expect(await busyOf(calendarOf(...inZone(`${'x'.repeat(87)}/Europe/Berlin`)), 'UTC')).toEqual([
      '2026-04-01T10:00:00Z/2026-04-01T11:00:00Z',
    ]);
    const events = times(200, (place) => `UID:${place}`).flatMap((uid) => inZone('a/b/c/d/e/f/g', uid));
    expect((await watchedFeed(calendarOf(...events))).lookUps).toBeLessThanOrEqual(1 + 3);
  });

  test('those of three parts, with something before them, are found', async () => {
    const name = '/example.org/20250101/America/Argentina/Salta';
    expect(await busyOf(calendarOf(...inZone(name)), 'UTC')).toEqual([
      '2026-04-01T13:00:00Z/2026-04-01T14:00:00Z',
    ]);
  });

  test('those of the database that no person types mean what they mean there, unless the feed says', async () => {
    expect(await busyOf(calendarOf(...inZone('EST')), 'UTC')).toEqual([
      '2026-04-01T15:00:00Z/2026-04-01T16:00:00Z',
    ]);
    expect(await busyOf(calendarOf(...inZone('CET')), 'UTC')).toEqual(thatHour);
    expect(await busyOf(calendarOf(...describedZone('EST'), ...inZone('EST')), 'UTC')).toEqual([
      '2026-03-31T22:00:00Z/2026-03-31T23:00:00Z',
    ]);
  });

  test('more than 1,000 are too much', async () => {
    const events = times(1_500, (place) => `UID:${place}`).flatMap((uid, place) =>
      inZone(`x/y${place}`, uid),
    );
    const { failure, lookUps } = await watchedFeed(calendarOf(...events));
    expect(failure).toMatchObject(tooMuch(/1,000 time zones/));
    expect(lookUps).toBeLessThanOrEqual(1 + 3 * 1_000);
  });
});

describe('zones that a feed describes', () => {
  const rdates = (count: number): readonly string[] =>
    times(
      count,
      (place) =>
        `RDATE:${new Date(at('1980-01-01') + place * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')}T000000`,
    );

  test.each([
    ['2,001 changes by date', rdates(2_000)],
    ['changes by date and by rule', [...rdates(1_500), 'RRULE:FREQ=DAILY']],
    ['a rule that takes long to go through', ['RRULE:FREQ=DAILY;COUNT=90000;BYMONTH=2;BYMONTHDAY=30']],
  ])('%s are too much', async (_, lines) => {
    const feed = calendarOf(...describedZone('Ours', ...lines), ...inZone('Ours'));
    await expect(read(feed)).rejects.toMatchObject(tooMuch(/A time zone/));
  });

  test('2,000 are not, and one that nothing goes by is not gone through', async () => {
    const ours = ['2026-03-31T22:00:00Z/2026-03-31T23:00:00Z'];
    expect(await busyOf(calendarOf(...describedZone('Ours', ...rdates(1_999)), ...inZone('Ours')))).toEqual(
      ours,
    );
    const feed = calendarOf(...describedZone('Ours', 'RRULE:FREQ=SECONDLY'), ...eventOf(...hour));
    expect(await busyOf(feed)).toEqual(thatHour);
  });

  test('more than 1,000 of them are too much', async () => {
    const feed = calendarOf(
      ...times(1_001, (place) => `Zone${place}`).flatMap((name) => describedZone(name)),
    );
    await expect(read(feed)).rejects.toMatchObject(tooMuch(/1,000 time zones/));
  });

  test('what is nested in their parts means nothing', async () => {
    const nested = ['BEGIN:STANDARD', 'TZOFFSETTO:+0300', 'DTSTART:x', 'END:STANDARD'];
    expect(await busyOf(calendarOf(...describedZone('Ours', ...nested), ...inZone('Ours')))).toEqual([
      '2026-03-31T22:00:00Z/2026-03-31T23:00:00Z',
    ]);
  });
});

describe('components', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['lines', times(4_990, () => 'EXDATE:20260101T000000Z'), times(5_000, () => 'EXDATE:20260101T000000Z')],
    [
      'characters in a line',
      [`EXDATE:${times(3_000, () => '20260101T000000Z').join(',')}`.slice(0, 17 * 2_900 + 6)],
      [`EXDATE:${times(3_000, () => '20260101T000000Z').join(',')}`],
    ],
    [
      'characters in all',
      times(20, () => `EXDATE:${times(600, () => '20260101T000000Z').join(',')}`),
      times(25, () => `EXDATE:${times(600, () => '20260101T000000Z').join(',')}`),
    ],
    [
      'parameters',
      [`EXDATE;${times(50, (place) => `X-${place}=1`).join(';')}:20260101T000000Z`],
      [`EXDATE;${times(51, (place) => `X-${place}=1`).join(';')}:20260101T000000Z`],
    ],
  ])('one with too many %s is left out, one with fewer is read', async (_, fine, tooMany) => {
    const other = eventOf('UID:other', 'DTSTART:20260402T080000Z', 'DURATION:PT1H');
    const both = [...thatHour, '2026-04-02T08:00:00Z/2026-04-02T09:00:00Z'];
    expect(await busyOf(calendarOf(...eventOf(...hour, ...fine), ...other))).toEqual(both);
    expect(await busyOf(calendarOf(...eventOf(...hour, ...tooMany), ...other))).toEqual(both.slice(1));
    await expect(read(calendarOf(...eventOf(...hour, ...tooMany)))).rejects.toMatchObject(
      tooMuch(/None of the events/),
    );
  });

  test('the parts of a zone count for the whole: of one with too many nothing is gone through', async () => {
    const part = ['BEGIN:DAYLIGHT', 'END:DAYLIGHT'];
    const parts = (count: number): readonly string[] => times(count, () => '').flatMap(() => part);
    const [head, tail] = [describedZone('Ours').slice(0, -1), ['END:VTIMEZONE']];
    const feed = (count: number): string => calendarOf(...head, ...parts(count), ...tail, ...inZone('Ours'));
    const [some, more] = [await watchedFeed(feed(4_900)), await watchedFeed(feed(5_000))];
    expect(more.chances).toBeLessThan(some.chances);
  });
});

describe('work grows no faster than the feed', () => {
  const ofOneUid = (count: number): string =>
    calendarOf(
      ...times(count, () => '').flatMap(() => inZone('Europe/Berlin', 'UID:a')),
      ...times(count, (place) => String(100_000 + place).slice(1)).flatMap((clock) =>
        inZone('Europe/Berlin', 'UID:a', `RECURRENCE-ID;TZID=Europe/Berlin:20260301T0${clock}`),
      ),
    );
  const exceptions = (count: number): string =>
    calendarOf(
      ...inZone('Europe/Berlin', ...times(count, () => 'EXDATE;TZID=Europe/Berlin:20260101T000000')),
    );

  test.each([
    ['replacements in events of one uid', ofOneUid],
    ['exceptions', exceptions],
  ])('%s', async (_, feedOf) => {
    const [some, twice] = [await watchedFeed(feedOf(50)), await watchedFeed(feedOf(100))];
    expect(some.questions).toBeGreaterThan(100);
    expect(twice.questions).toBeLessThan(2.2 * some.questions);
    expect(twice.chances).toBeLessThan(2.2 * some.chances);
  });

  test('a part of a rule that says the same many times says it once', () => {
    const many = (value: unknown): readonly unknown[] => times(5_000, () => '').map(() => value);
    const rule = readRule({ freq: 'DAILY', byday: many('MO'), bymonth: many(3), byhour: [9, 3, 9] });
    expect([rule?.days.size, rule?.months.size]).toEqual([1, 1]);
    expect([...(rule?.hours ?? [])]).toEqual([3, 9]);
    // Nor does what many rules leave out take room in each.
    expect(readRule({ freq: 'DAILY' })?.weeks).toBe(readRule({ freq: 'YEARLY' })?.days);
    // Places of a weekday mean nothing in a day.
    const places = times(99, (place) => `${place + 1}MO`);
    expect(readRule({ freq: 'DAILY', byday: places })?.days.size).toBe(1);
    expect(readRule({ freq: 'MONTHLY', byday: places })?.days.size).toBe(99);
  });
});

describe('it can rest', () => {
  const date = 'TZID=Europe/Berlin:20260101T000000';
  const list = (count: number): string => times(count, () => '20260101T000000').join(',');
  test.each<[string, readonly string[]]>([
    ['exceptions in lines', inZone('Europe/Berlin', ...times(500, () => `EXDATE;${date}`))],
    ['exceptions in a line', inZone('Europe/Berlin', `EXDATE;TZID=Europe/Berlin:${list(2_000)}`)],
    ['further dates', inZone('Europe/Berlin', `RDATE;TZID=Europe/Berlin:${list(2_000)}`)],
    [
      'further periods',
      inZone(
        'Europe/Berlin',
        `RDATE;VALUE=PERIOD;TZID=Europe/Berlin:${times(1_000, () => '20260101T000000/PT1H').join(',')}`,
      ),
    ],
    ['many rules', inZone('Europe/Berlin', ...times(500, () => 'RRULE:FREQ=YEARLY;UNTIL=20200401T100000Z'))],
    ['many occurrences', inZone('Europe/Berlin', 'RRULE:FREQ=MINUTELY;INTERVAL=10')],
    ['many events', times(500, (place) => `UID:${place}`).flatMap((uid) => inZone('Europe/Berlin', uid))],
    [
      'many replacements',
      times(500, (place) => String(100_000 + place).slice(1)).flatMap((clock) =>
        inZone('Europe/Berlin', `RECURRENCE-ID;TZID=Europe/Berlin:20260301T0${clock}`),
      ),
    ],
    [
      'free and busy times',
      [
        'BEGIN:VFREEBUSY',
        `FREEBUSY;TZID=Europe/Berlin:${times(1_000, () => '20260101T000000/PT1H').join(',')}`,
        'END:VFREEBUSY',
      ],
    ],
  ])('after little work: %s', async (_, lines) => {
    const { failure, questions, atOnce } = await watchedFeed(calendarOf(...lines));
    expect(failure).toBeUndefined();
    expect(questions).toBeGreaterThan(300);
    expect(atOnce).toBeLessThanOrEqual(60);
  });

  test('after each component, also where there is nothing in it', async () => {
    const nothing = ['VEVENT', 'VFREEBUSY', 'VTIMEZONE'].flatMap((name) =>
      times(300, () => '').flatMap(() => [`BEGIN:${name}`, `END:${name}`]),
    );
    const { busy, chances } = await watchedFeed(calendarOf(...nothing, ...eventOf(...hour)));
    expect(busy).toHaveLength(1);
    expect(chances).toBeGreaterThanOrEqual(900);
  });

  test.each([
    ['empty lines', '\n'],
    ['short lines', 'A\n'],
    ['folded lines', ' \n'],
    ['words of events', 'DESCRIPTION:So it goes.\r\n'],
  ])('after 20,000 characters: %s', async (_, piece) => {
    const text = `BEGIN:VCALENDAR\nX-A:\n${piece.repeat(1_000_000 / piece.length)}END:VCALENDAR\n`;
    const { busy, chances } = await watchedFeed(text);
    expect(busy).toEqual([]);
    expect(chances).toBeGreaterThanOrEqual(text.length / 20_100);
  });

  test.each([
    'DAILY;COUNT=999999;BYDAY=MO,TU,WE,TH,FR,SA',
    'DAILY;COUNT=999999;BYMONTH=2;BYMONTHDAY=30',
    'SECONDLY;COUNT=999999;BYMONTH=2;BYMONTHDAY=30',
    `HOURLY;COUNT=999999;BYMINUTE=${times(60, String)};BYSECOND=${times(60, String)}`,
    `YEARLY;BYDAY=MO;BYHOUR=${times(24, String)};BYMINUTE=${times(60, String)};BYSECOND=0;BYSETPOS=1`,
    `DAILY;BYHOUR=${times(24, String)};BYMINUTE=${times(60, String)};BYSECOND=${times(60, String)}`,
  ])('within a rule, after 4,000 steps: %s', (text) => {
    const parts = text
      .split(';')
      .slice(1)
      .map((part) => part.split('='));
    const rule = readRule({
      freq: text.split(';')[0],
      ...Object.fromEntries(parts.map(([name = '', value = '']) => [name.toLowerCase(), value.split(',')])),
    });
    if (rule === undefined) throw new Error('no rule');
    let [steps, before, most] = [0, 0, 0];
    const enough = new Error('enough');
    const budget = {
      step() {
        steps += 1;
        if (steps === 100_000) throw enough;
      },
      occurrence() {},
    };
    const { until, ...rest } = rule;
    expect(until).toBeUndefined();
    const going = occurrences(rest, at('1601-01-01T00:00:00Z'), spring, budget);
    expect(() => {
      for (const wall of going) {
        if (wall !== undefined) continue;
        most = Math.max(most, steps - before);
        before = steps;
      }
    }).toThrow(enough);
    expect(Math.max(most, steps - before)).toBeLessThanOrEqual(4_000);
  });

  test('and breathes then, and can be stopped, in every part of its work', async () => {
    const stop = new Error('stop');
    const lines = times(2_000, () => 'EXDATE:20260101T000000Z');
    const text = calendarOf(...eventOf(...hour, ...lines), ...eventOf('UID:b', ...hour, 'RRULE:FREQ=DAILY'));
    const reading = (most: number): Promise<unknown> => {
      let [elapsedMs, breaths] = [0, 0];
      return readFeed(text, {
        ...{ zones, zone: 'UTC', within: spring },
        monotonicMs: () => (elapsedMs += 1),
        async breathe() {
          breaths += 1;
          if (breaths === most) throw stop;
        },
      }).then(() => breaths);
    };
    const inAll = Number(await reading(Number.POSITIVE_INFINITY));
    expect(inAll).toBeGreaterThan(400);
    for (const most of [1, Math.floor(inAll / 2), inAll]) {
      await expect(reading(most)).rejects.toBe(stop);
    }
    await expect(reading(inAll + 1)).resolves.toBe(inAll);
  });
});

test('more than 10,000 busy times apart from each other are too much', async () => {
  const utc = (instant: number): string => new Date(instant).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const busy = times(10_001, (place) => `FREEBUSY:${utc(at('2026-03-21') + place * 300_000)}/PT1M`);
  const parts = [busy.slice(0, 4_000), busy.slice(4_000, 8_000), busy.slice(8_000)];
  const feed = parts.flatMap((lines) => ['BEGIN:VFREEBUSY', ...lines, 'END:VFREEBUSY']);
  const failure: unknown = await read(calendarOf(...feed)).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(AppError);
  expect(failure).toMatchObject(tooMuch(/10,000 busy times/));
});
