import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { calendarOf, eventOf, read, spring } from './feed-texts.ts';

/** It gives ordered spans within what was asked, or an `AppError`; and it ends. */
async function holds(text: string): Promise<void> {
  try {
    const { busy } = await read(text);
    let last = spring.from - 1;
    for (const { from, to } of busy) {
      expect(from).toBeGreaterThan(last);
      expect(to).toBeGreaterThan(from);
      last = to;
    }
    expect(last).toBeLessThanOrEqual(spring.to);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    expect(thrown.code).toBe('bad_reply');
  }
}

const sound = calendarOf(
  'X-WR-CALNAME:Team',
  'BEGIN:VTIMEZONE',
  'TZID:Ours',
  'BEGIN:STANDARD',
  'DTSTART:19701025T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'END:STANDARD',
  'END:VTIMEZONE',
  ...eventOf(
    'DTSTART;TZID=Ours:20260320T090000',
    'DTEND;TZID=Europe/Berlin:20260320T093000',
    'RRULE:FREQ=WEEKLY;BYDAY=MO,-1TU;INTERVAL=2;UNTIL=20260501T000000Z',
    'EXDATE;VALUE=DATE:20260401',
    'RDATE;VALUE=PERIOD:20260410T070000Z/PT2H',
  ),
  ...eventOf('RECURRENCE-ID:20260323T080000Z', 'DTSTART:20260324T080000Z', 'DURATION:P1DT1H'),
  'BEGIN:VFREEBUSY',
  'FREEBUSY;FBTYPE=BUSY:20260401T080000Z/PT1H',
  'END:VFREEBUSY',
);

test('a feed in which any characters were changed never breaks the reader', async () => {
  await read(sound);
  const edit = fc.record({
    place: fc.nat({ max: sound.length }),
    cut: fc.nat({ max: 12 }),
    put: fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom(
        '\r\n',
        ':',
        ';',
        '"',
        '99',
        '-',
        'T',
        'Z',
        'P',
        'SECONDLY',
        '\r\n ',
        '0000',
        'BEGIN:VEVENT\r\n',
      ),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let text = sound;
      for (const { place, cut, put } of edits) text = text.slice(0, place) + put + text.slice(place + cut);
      return holds(text);
    }),
    { numRuns: 1_500 },
  );
});

const few = (...words: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...words);
const numbers = fc.array(fc.integer({ min: -400, max: 400 }), { minLength: 1, maxLength: 4 }).map(String);
const small = fc.array(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 4 }).map(String);
const part = fc.oneof(
  numbers.map((list) => `BYMONTHDAY=${list}`),
  numbers.map((list) => `BYSETPOS=${list}`),
  numbers.map((list) => `BYYEARDAY=${list}`),
  small.map((list) => `BYWEEKNO=${list}`),
  small.map((list) => `BYMONTH=${list}`),
  small.map((list) => `BYHOUR=${list}`),
  small.map((list) => `BYMINUTE=${list}`),
  fc
    .array(few('MO', '1TU', '-1WE', '53TH', '-5FR', 'SA', 'SU'), { minLength: 1 })
    .map((list) => `BYDAY=${list}`),
  few('WKST=SU', 'COUNT=5', 'COUNT=9999999', 'INTERVAL=999999999', 'UNTIL=99991231', 'INTERVAL=0'),
);
const rule = fc
  .tuple(
    few('SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'),
    fc.array(part, { maxLength: 4 }),
  )
  .map(([frequency, parts]) => [`FREQ=${frequency}`, ...parts].join(';'));
const start = few(
  '20260320T090000Z',
  '19700101T000000',
  '16010101T000000',
  '99990101T000000Z',
  '20300101T000000',
);

test('no rule, however odd, keeps the reader busy', async () => {
  await fc.assert(
    fc.asyncProperty(start, few('PT1H', 'P3D', 'P900W'), rule, (from, length, text) =>
      holds(calendarOf(...eventOf(`DTSTART:${from}`, `DURATION:${length}`, `RRULE:${text}`))),
    ),
    { numRuns: 200 },
  );
});
