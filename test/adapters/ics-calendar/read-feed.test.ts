import { describe, expect, test } from 'vitest';
import { at, busyOf, calendarOf, eventOf, read } from './feed-texts.ts';

const hour = ['DTSTART:20260401T080000Z', 'DTEND:20260401T090000Z'] as const;
const thatHour = ['2026-04-01T08:00:00Z/2026-04-01T09:00:00Z'];

describe('what counts', () => {
  test.each<[string, readonly string[], boolean]>([
    ['an event', [], true],
    ['a confirmed one', ['STATUS:CONFIRMED', 'TRANSP:OPAQUE'], true],
    ['cancelled', ['STATUS:CANCELLED'], false],
    ['cancelled and away', ['STATUS:CANCELLED', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF'], false],
    ['tentative', ['STATUS:TENTATIVE'], false],
    ['free', ['TRANSP:TRANSPARENT'], false],
    ['free, in small letters', ['transp:transparent'], false],
    ['Outlook: busy', ['X-MICROSOFT-CDO-BUSYSTATUS:BUSY'], true],
    ['Outlook: free', ['X-MICROSOFT-CDO-BUSYSTATUS:FREE'], false],
    ['Outlook: tentative', ['X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE'], false],
    ['Outlook: elsewhere', ['X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE'], false],
    ['Outlook: out of office', ['X-MICROSOFT-CDO-BUSYSTATUS:OOF', 'TRANSP:TRANSPARENT'], true],
    ['an all-day event with times', ['X-MICROSOFT-CDO-ALLDAYEVENT:TRUE'], false],
    [
      'an all-day absence with times',
      ['X-MICROSOFT-CDO-ALLDAYEVENT:TRUE', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF'],
      true,
    ],
  ])('%s', async (_, lines, isBusy) => {
    expect(await busyOf(calendarOf(...eventOf(...hour, ...lines)))).toEqual(isBusy ? thatHour : []);
  });

  test.each([
    ['a birthday', ['TRANSP:OPAQUE'], []],
    ['one marked busy', ['X-MICROSOFT-CDO-BUSYSTATUS:BUSY'], []],
    [
      'an absence, in the zone of whoever asks, over the night when clocks change',
      ['X-MICROSOFT-CDO-BUSYSTATUS:OOF'],
      ['2026-03-27T23:00:00Z/2026-03-29T22:00:00Z'],
    ],
  ])('an all-day event: %s', async (_, lines, busy) => {
    const days = ['DTSTART;VALUE=DATE:20260328', 'DTEND;VALUE=DATE:20260330'];
    expect(await busyOf(calendarOf(...eventOf(...days, ...lines)))).toEqual(busy);
  });

  test('an all-day absence without an end is one day; one that repeats is as many days each time', async () => {
    const lines = ['DTSTART;VALUE=DATE:20260328', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF'];
    expect(await busyOf(calendarOf(...eventOf(...lines)))).toEqual([
      '2026-03-27T23:00:00Z/2026-03-28T23:00:00Z',
    ]);
    const twice = eventOf(...lines, 'DTEND;VALUE=DATE:20260330', 'RRULE:FREQ=WEEKLY;COUNT=2');
    expect(await busyOf(calendarOf(...twice))).toEqual([
      '2026-03-27T23:00:00Z/2026-03-29T22:00:00Z',
      '2026-04-03T22:00:00Z/2026-04-05T22:00:00Z',
    ]);
  });

  test('free and busy times: all but the free and the tentative', async () => {
    const lines = [
      'BEGIN:VFREEBUSY',
      'FREEBUSY:20260401T080000Z/20260401T090000Z,20260402T080000Z/PT30M',
      'FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260403T080000Z/PT1H',
      'FREEBUSY;FBTYPE=FREE:20260404T080000Z/PT1H',
      'FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260405T080000Z/PT1H',
      'END:VFREEBUSY',
    ];
    expect(await busyOf(calendarOf(...lines))).toEqual([
      ...thatHour,
      '2026-04-02T08:00:00Z/2026-04-02T08:30:00Z',
      '2026-04-03T08:00:00Z/2026-04-03T09:00:00Z',
    ]);
  });

  test('tasks, notes and alarms do not', async () => {
    const alarm = ['BEGIN:VALARM', 'TRIGGER:-PT10M', 'DURATION:PT9H', 'STATUS:CANCELLED', 'END:VALARM'];
    const task = ['BEGIN:VTODO', 'DTSTART:20260405T080000Z', 'DUE:20260405T090000Z', 'END:VTODO'];
    expect(await busyOf(calendarOf(...task, ...eventOf(...hour, ...alarm)))).toEqual(thatHour);
  });
});

describe('when', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['a duration', ['DTSTART:20260401T080000Z', 'DURATION:PT1H'], thatHour],
    ['no end: no time', ['DTSTART:20260401T080000Z'], []],
    ['an end before the start', ['DTSTART:20260401T080000Z', 'DTEND:20260401T070000Z'], []],
    [
      'a zone of the database that is not described',
      ['DTSTART;TZID=America/New_York:20260401T040000', 'DTEND;TZID=America/New_York:20260401T050000'],
      thatHour,
    ],
    [
      'its name in a path',
      ['DTSTART;TZID=/citadel.org/20250101_1/Europe/Berlin:20260401T100000', 'DURATION:PT1H'],
      thatHour,
    ],
    ['another name of the database', ['DTSTART;TZID=Zulu:20260401T080000', 'DURATION:PT1H'], thatHour],
    ['a floating time', ['DTSTART:20260401T100000', 'DTEND:20260401T110000'], thatHour],
    ['a zone that nobody describes', ['DTSTART;TZID=Mittel:20260401T100000', 'DURATION:PT1H'], thatHour],
    [
      'an end in another zone',
      ['DTSTART;TZID=Asia/Tokyo:20260401T170000', 'DTEND;TZID=Europe/London:20260401T100000'],
      thatHour,
    ],
    [
      'a time that the clock jumps over is as late as by the old time',
      ['DTSTART;TZID=Europe/Berlin:20260329T023000', 'DTEND:20260329T040000Z'],
      ['2026-03-29T01:30:00Z/2026-03-29T04:00:00Z'],
    ],
    [
      'a day is until the same time of the next, hours are hours',
      ['DTSTART;TZID=Europe/Berlin:20260328T120000', 'DURATION:P1DT1H'],
      ['2026-03-28T11:00:00Z/2026-03-29T11:00:00Z'],
    ],
    [
      'what reaches in from before',
      ['DTSTART:20250101T000000Z', 'DTEND:20260320T010000Z'],
      ['2026-03-20T00:00:00Z/2026-03-20T01:00:00Z'],
    ],
    [
      'what reaches out',
      ['DTSTART:20260518T230000Z', 'DURATION:P9W'],
      ['2026-05-18T23:00:00Z/2026-05-19T00:00:00Z'],
    ],
    [
      'folded and with quotes',
      ['DTSTART;TZID="Europe/Ber\r\n lin":202604\r\n\t01T100000', 'DURATION:PT1H'],
      thatHour,
    ],
  ])('%s', async (_, lines, busy) => {
    expect(await busyOf(calendarOf(...eventOf(...lines)))).toEqual(busy);
  });

  test('a time that the clock shows twice is the first', async () => {
    const autumn = { from: at('2026-10-20T00:00:00Z'), to: at('2026-11-20T00:00:00Z') };
    const lines = eventOf('DTSTART;TZID=Europe/Berlin:20261025T023000', 'DURATION:PT15M');
    expect(await busyOf(calendarOf(...lines), 'UTC', autumn)).toEqual([
      '2026-10-25T00:30:00Z/2026-10-25T00:45:00Z',
    ]);
  });

  const windows = [
    'BEGIN:VTIMEZONE',
    'TZID:W. Europe Standard Time',
    'BEGIN:STANDARD',
    'DTSTART:16010101T030000',
    'TZOFFSETFROM:+0200',
    'TZOFFSETTO:+0100',
    'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10',
    'END:STANDARD',
    'BEGIN:DAYLIGHT',
    'DTSTART:16010101T020000',
    'TZOFFSETFROM:+0100',
    'TZOFFSETTO:+0200',
    'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3',
    'END:DAYLIGHT',
    'END:VTIMEZONE',
  ];

  test('a zone as the feed describes it', async () => {
    const lines = eventOf(
      'DTSTART;TZID=W. Europe Standard Time:20260328T100000',
      'DURATION:PT1H',
      'RRULE:FREQ=DAILY;COUNT=2',
    );
    for (const text of [calendarOf(...windows, ...lines), calendarOf(...lines, ...windows)]) {
      expect(await busyOf(text, 'Asia/Tokyo')).toEqual([
        '2026-03-28T09:00:00Z/2026-03-28T10:00:00Z',
        '2026-03-29T08:00:00Z/2026-03-29T09:00:00Z',
      ]);
    }
  });

  test('a description with a name of its own may say which zone it means; a broken one says nothing', async () => {
    const lines = eventOf('DTSTART;TZID=Ours:20260401T100000', 'DURATION:PT1H');
    const named = ['BEGIN:VTIMEZONE', 'TZID:Ours', 'X-LIC-LOCATION:Europe/Berlin', 'END:VTIMEZONE'];
    expect(await busyOf(calendarOf(...named, ...lines), 'UTC')).toEqual(thatHour);
    const broken = windows.map((line) => line.replace(/W\. Europe.*/, 'Ours').replace('+0100', 'x'));
    expect(await busyOf(calendarOf(...broken, ...lines), 'Europe/Berlin')).toEqual(thatHour);
  });

  test('a zone that kept one time since its clocks last changed', async () => {
    const moved = windows.map((line) =>
      line.replace('W. Europe Standard Time', 'Moved').replace(/(BYMONTH=\d+)/, '$1;UNTIL=20101101T000000Z'),
    );
    const lines = eventOf('DTSTART;TZID=Moved:20260401T090000', 'DURATION:PT1H');
    expect(await busyOf(calendarOf(...moved, ...lines), 'UTC')).toEqual(thatHour);
  });
});

describe('repeating', () => {
  const daily = ['DTSTART;TZID=Europe/Berlin:20260327T090000', 'DTEND;TZID=Europe/Berlin:20260327T100000'];
  const days = async (...lines: readonly string[]): Promise<readonly string[]> =>
    (await busyOf(calendarOf(...lines))).map((span) => span.slice(5, 16));

  test('keeps the time of the wall clock over a change', async () => {
    expect(await days(...eventOf(...daily, 'RRULE:FREQ=DAILY;COUNT=4'))).toEqual([
      '03-27T08:00',
      '03-28T08:00',
      '03-29T07:00',
      '03-30T07:00',
    ]);
  });

  test('until an instant, that one included, or until a day', async () => {
    const last = ['03-27T08:00', '03-28T08:00', '03-29T07:00'];
    expect(await days(...eventOf(...daily, 'RRULE:FREQ=DAILY;UNTIL=20260329T070000Z'))).toEqual(last);
    expect(await days(...eventOf(...daily, 'RRULE:FREQ=DAILY;UNTIL=20260329T065959Z'))).toEqual(
      last.slice(0, 2),
    );
    expect(await days(...eventOf(...daily, 'RRULE:FREQ=DAILY;UNTIL=20260329'))).toEqual(last);
  });

  test('a long one that began before reaches in', async () => {
    const lines = eventOf('DTSTART:20260308T000000Z', 'DURATION:P6D', 'RRULE:FREQ=WEEKLY;COUNT=2');
    expect(await busyOf(calendarOf(...lines))).toEqual(['2026-03-20T00:00:00Z/2026-03-21T00:00:00Z']);
  });

  test('exceptions, by time, in another zone, or by day; further dates, and periods with their own length', async () => {
    const lines = eventOf(
      ...daily,
      'RRULE:FREQ=DAILY;COUNT=6',
      'EXDATE;TZID=Europe/Berlin:20260328T090000,20260330T090100',
      'EXDATE:20260330T070000Z',
      'EXDATE;VALUE=DATE:20260331',
      'RDATE;TZID=America/New_York:20260410T030000',
      'RDATE;VALUE=PERIOD:20260411T070000Z/PT2H',
    );
    expect(await days(...lines)).toEqual([
      '03-27T08:00',
      '03-29T07:00',
      '04-01T07:00',
      '04-10T07:00',
      '04-11T07:00',
    ]);
    expect((await busyOf(calendarOf(...lines))).at(-1)).toBe('2026-04-11T07:00:00Z/2026-04-11T09:00:00Z');
  });

  test('the first can be an exception too', async () => {
    expect(
      await days(
        ...eventOf(...daily, 'RRULE:FREQ=DAILY;COUNT=2', 'EXDATE;TZID=Europe/Berlin:20260327T090000'),
      ),
    ).toEqual(['03-28T08:00']);
  });

  test('one moved, one cancelled, one marked as free; each by its time in any zone', async () => {
    const series = eventOf(...daily, 'RRULE:FREQ=DAILY;COUNT=5');
    const moved = eventOf(
      'RECURRENCE-ID:20260328T080000Z',
      'DTSTART:20260328T150000Z',
      'DTEND:20260328T160000Z',
    );
    const cancelled = eventOf(
      'RECURRENCE-ID;TZID=Europe/Berlin:20260329T090000',
      'STATUS:CANCELLED',
      'DTSTART:20260329T070000Z',
      'DURATION:PT1H',
    );
    const free = eventOf(
      'RECURRENCE-ID:20260330T070000Z',
      'TRANSP:TRANSPARENT',
      'DTSTART:20260330T070000Z',
      'DURATION:PT1H',
    );
    expect(await days(...free, ...moved, ...series, ...cancelled)).toEqual([
      '03-27T08:00',
      '03-28T15:00',
      '03-31T07:00',
    ]);
  });

  test('one of several of a day goes alone; of an all-day event whatever the day of its replacement is', async () => {
    const often = eventOf(
      'DTSTART:20260327T080000Z',
      'DURATION:PT1H',
      'RRULE:FREQ=HOURLY;INTERVAL=3;COUNT=3',
    );
    const free = (when: string): readonly string[] =>
      eventOf(`RECURRENCE-ID:${when}`, 'TRANSP:TRANSPARENT', `DTSTART:${when}`, 'DURATION:PT1H');
    expect(await days(...often, ...free('20260327T110000Z'))).toEqual(['03-27T08:00', '03-27T14:00']);
    const away = eventOf(
      'DTSTART;VALUE=DATE:20260401',
      'RRULE:FREQ=DAILY;COUNT=2',
      'X-MICROSOFT-CDO-BUSYSTATUS:OOF',
    );
    expect(await days(...away, ...free('20260401T110000Z'))).toEqual(['04-01T22:00']);
  });

  test('of a replacement in two versions the newer stands, and a replacement without its series stands alone', async () => {
    const replacement = (sequence: number, hours: string): readonly string[] =>
      eventOf(
        'RECURRENCE-ID:20260328T080000Z',
        `SEQUENCE:${sequence}`,
        `DTSTART:20260328T${hours}0000Z`,
        'DURATION:PT1H',
        'RRULE:FREQ=DAILY',
      );
    expect(await days(...replacement(2, '15'), ...replacement(1, '12'))).toEqual(['03-28T15:00']);
  });

  test('a series that is no longer busy keeps those of its occurrences that are', async () => {
    const series = eventOf(...daily, 'RRULE:FREQ=DAILY', 'TRANSP:TRANSPARENT');
    const busy = eventOf('RECURRENCE-ID:20260328T080000Z', 'DTSTART:20260328T080000Z', 'DURATION:PT1H');
    expect(await days(...series, ...busy)).toEqual(['03-28T08:00']);
  });

  test('of an event in two versions the newer counts; the same uid for all events is no version', async () => {
    const version = (sequence: number, hours: string): readonly string[] =>
      eventOf(`SEQUENCE:${sequence}`, `DTSTART:20260328T${hours}0000Z`, 'DURATION:PT1H');
    expect(await days(...version(3, '10'), ...version(1, '12'))).toEqual(['03-28T10:00']);
    expect(await days(...version(0, '10'), ...version(0, '12'))).toEqual(['03-28T10:00', '03-28T12:00']);
  });

  test('old series that go on are found at once, whatever they began with', async () => {
    const old = ['DTSTART;TZID=Europe/Berlin:19700101T090000', 'DURATION:PT1H'];
    expect(
      await days(...eventOf(...old, 'RRULE:FREQ=WEEKLY;BYDAY=SA;INTERVAL=2;UNTIL=20260420')),
    ).toHaveLength(2);
    expect(await days(...eventOf(...old, 'RRULE:FREQ=DAILY;COUNT=20544'))).toEqual([
      ...Array.from({ length: 9 }, (_, day) => `03-${20 + day}T08:00`),
      ...['29', '30', '31'].map((day) => `03-${day}T07:00`),
    ]);
  });
});

describe('a feed', () => {
  test('says what it is called, in one line', async () => {
    const name = async (line: string): Promise<string | undefined> => (await read(calendarOf(line))).name;
    expect(await name('X-WR-CALNAME:Ann\\, at\\nwork')).toBe('Ann, at work');
    expect(await name('NAME;LANGUAGE=de:Büro')).toBe('Büro');
    expect(await name(`X-WR-CALNAME:${'x'.repeat(500)}`)).toHaveLength(100);
    expect(await name('X-WR-CALNAME: ')).toBeUndefined();
    expect(await name('PRODID:x')).toBeUndefined();
  });

  test('without events is free', async () => {
    expect(await read(calendarOf())).toEqual({ busy: [] });
    expect(await read(`\u{feff}${calendarOf().replaceAll('\r\n', '\n')}`)).toEqual({ busy: [] });
  });

  test('an event that is broken is left out, and words that are broken break nothing', async () => {
    const broken = [
      ['DTSTART:gestern', 'DURATION:PT1H'],
      ['DTSTART:20260230T080000Z', 'DURATION:PT1H'],
      ['DTSTART:20260401T250000Z', 'DURATION:PT1H'],
      ['DTSTART:20260401T100000Z', 'DURATION:-PT1H'],
      ['DTSTART:20260401T100000Z', 'DTEND:morgen'],
      ['DTSTART:20260401T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=OFTEN'],
      ['DTSTART:20260401T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;BYHOUR=30'],
      ['DTSTART:20260401T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=MONTHLY;BYDAY=0MO'],
      ['DTSTART:20260401T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;UNTIL=never'],
      ['DTSTART:20260401T100000Z', 'DURATION:PT1H', 'EXDATE:gestern'],
      ['DTSTART:20260401T100000Z', 'DURATION:PT1H', 'RDATE;VALUE=PERIOD:x/y'],
      ['DTSTART;TZID="x:20260401T100000', 'DURATION:PT1H'],
      ['DURATION:PT1H'],
    ].map((lines, at) => eventOf(`UID:${at}`, ...lines));
    const odd = eventOf(...hour, 'DESCRIPTION;X="open:ah', 'no colon here', 'ATTENDEE;CN="x:mailto:a');
    expect(await busyOf(calendarOf(...broken.flat(), ...odd))).toEqual(thatHour);
    for (const one of broken) {
      expect(await busyOf(calendarOf(...one, ...eventOf('UID:good', ...hour)))).toEqual(thatHour);
    }
  });

  test.each([
    ['', /no calendar/],
    ['<!DOCTYPE html><html>Sign in</html>', /no calendar/],
    ['BEGIN:VCARD\r\nFN:Ann\r\nEND:VCARD', /no calendar/],
    ['BEGIN:VEVENT\r\nEND:VEVENT', /no calendar/],
    ['hello\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR', /no calendar/],
    ['BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\nEND:VEVENT', /too early/],
    [calendarOf(...eventOf(...hour)).slice(0, -20), /too early/],
    [calendarOf(...eventOf(...hour)).slice(0, -40), /too early/],
    [calendarOf(...eventOf('DTSTART:x')), /None of the events/],
    [calendarOf(...Array.from({ length: 20_001 }, () => ['BEGIN:VEVENT', 'END:VEVENT']).flat()), /20,000/],
    [calendarOf(...eventOf(...hour, 'RRULE:FREQ=SECONDLY')), /too often/],
    [
      calendarOf(
        ...eventOf(...hour, `RRULE:FREQ=HOURLY;BYMINUTE=${Array.from({ length: 12 }, (_, at) => at * 5)}`),
      ),
      /too often/,
    ],
    [calendarOf(...eventOf(...hour, 'RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30')), /too often/],
    [
      calendarOf(
        ...eventOf(
          'DTSTART:20100101T080000Z',
          'DURATION:PT1H',
          'RRULE:FREQ=DAILY;COUNT=999999;BYHOUR=1,2,3;BYMINUTE=1,2,3,4;BYSECOND=1,2,3',
        ),
      ),
      /too often/,
    ],
    [
      calendarOf(
        ...eventOf(
          `DTSTART:16010101T000000Z`,
          'DURATION:PT1H',
          'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3',
        ),
      ),
      /too often/,
    ],
  ])('that cannot be read is a bad reply: %#', async (text, why) => {
    await expect(read(text)).rejects.toMatchObject({
      name: 'AppError',
      code: 'bad_reply',
      message: expect.stringMatching(why),
    });
  });

  test('a rule that never comes true ends', async () => {
    for (const rule of [
      'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5',
      'FREQ=MONTHLY;BYDAY=6MO',
      'FREQ=WEEKLY;BYDAY=MO;BYSETPOS=3',
    ]) {
      expect(await busyOf(calendarOf(...eventOf(...hour, `RRULE:${rule}`)))).toEqual(thatHour);
    }
  });

  test('many that ask for much each are too much together', async () => {
    const much = (at: number): readonly string[] =>
      eventOf(
        `UID:${at}`,
        'DTSTART:20260320T000000Z',
        'DURATION:PT1M',
        'RRULE:FREQ=MINUTELY;INTERVAL=2;BYHOUR=1;BYDAY=MO',
      );
    await expect(
      read(calendarOf(...Array.from({ length: 60 }, (_, at) => much(at)).flat())),
    ).rejects.toMatchObject({
      code: 'bad_reply',
    });
  });
});
