import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { mostSleepRanges, parseSleep } from '../../../core/domain/parse-sleep.ts';
import { sleepInWords } from '../../../core/domain/sleep-words.ts';
import { anySleepRange } from './sleep-hours-arbitrary.ts';

describe('parseSleep', () => {
  test.each([
    ['23:00-07:00', '23:00–07:00 daily'],
    ['23-7', '23:00–07:00 daily'],
    ['23.00 - 7.00', '23:00–07:00 daily'],
    ['2300-0700', '23:00–07:00 daily'],
    ['23h30-7h', '23:30–07:00 daily'],
    ['23:00—07:00', '23:00–07:00 daily'],
    ['２３：００～０７：００', '23:00–07:00 daily'],
    ['11pm-7am', '23:00–07:00 daily'],
    ['11PM–7:30AM', '23:00–07:30 daily'],
    ['11 p.m. to 7 a.m. every day', '23:00–07:00 daily'],
    ['11:15p-7a', '23:15–07:00 daily'],
    ['12am-12pm', '00:00–12:00 daily'],
    ['midnight until noon', '00:00–12:00 daily'],
    ['midnight-8', '00:00–08:00 daily'],
    ['23-7am', '23:00–07:00 daily'],
    ['07:00-3pm', '07:00–15:00 daily'],
    ['1-9', '01:00–09:00 daily'],
    ['10:30-6:30', '10:30–06:30 daily'],
    ['20-24 tue', '20:00–24:00 Tue'],
    ['0-24 sun', 'all day Sun'],
    ['24h sat', 'all day Sat'],
    ['24 hours on sat and sun', 'all day Sat, Sun'],
    ['all day sat', 'all day Sat'],
    ['6-6:00 sat', '06:00–06:00 Sat'],
    ['22-6, 13-14', '22:00–06:00 daily; 13:00–14:00 daily'],
  ])('reads hours: %s', (typed, words) => {
    expect(sleepInWords(parseSleep(typed))).toBe(words);
  });

  test.each([
    ['23-7 daily.', '23:00–07:00 daily'],
    ['every night 23-7', '23:00–07:00 daily'],
    ['23-7 mon', '23:00–07:00 Mon'],
    ['23-7 Mondays', '23:00–07:00 Mon'],
    ['mo we fr 23-7', '23:00–07:00 Mon, Wed, Fri'],
    ['tues, thurs & Sat 1-2', '01:00–02:00 Tue, Thu, Sat'],
    ['mon/wed 23-7', '23:00–07:00 Mon, Wed'],
    ['sun mon sun 23-7', '23:00–07:00 Sun, Mon'],
    ['Fri-Mon 23-7', '23:00–07:00 Fri–Mon'],
    ['fri through mon 23-7', '23:00–07:00 Fri–Mon'],
    ['mon-mon 23-7', '23:00–07:00 Mon'],
    ['mon-sun 23-7', '23:00–07:00 daily'],
    ['fri nights 23-7', '23:00–07:00 Fri'],
    ['workdays 23-7', '23:00–07:00 Mon–Fri'],
    ['mon - 23:00-07:00', '23:00–07:00 Mon'],
  ])('reads days: %s', (typed, words) => {
    expect(sleepInWords(parseSleep(typed))).toBe(words);
  });

  test.each([
    ['23:00–07:00 mon-fri, 00:00-09:00 sat sun', '23:00–07:00 Mon–Fri; 00:00–09:00 Sat, Sun'],
    ['weekdays 22:30-6:30; weekends 0-10', '22:30–06:30 Mon–Fri; 00:00–10:00 Sat, Sun'],
    ['weekdays: 22:30-6:30\n\n weekends: 0-10\n', '22:30–06:30 Mon–Fri; 00:00–10:00 Sat, Sun'],
    ['weekdays, 22-6, weekends, 0-10', '22:00–06:00 Mon–Fri; 00:00–10:00 Sat, Sun'],
    ['22-6, weekdays', '22:00–06:00 Mon–Fri'],
    ['sat, sun 0-10', '00:00–10:00 Sat, Sun'],
    ['0-9 sat, sun, 22-6 mon', '00:00–09:00 Sat, Sun; 22:00–06:00 Mon'],
    ['mon, tue 22-6, sat, sun 0-10', '22:00–06:00 Mon, Tue; 00:00–10:00 Sat, Sun'],
    ['22-6 and 13-14 mon-fri', '22:00–06:00 Mon–Fri; 13:00–14:00 Mon–Fri'],
    ['mon, tue 22-6 13-14', '22:00–06:00 Mon, Tue; 13:00–14:00 Mon, Tue'],
    ['mon-fri 22-6 13-14', '22:00–06:00 Mon–Fri; 13:00–14:00 Mon–Fri'],
    [
      'from 11pm to 7am on weekdays and from midnight to 10am on sat and sun',
      '23:00–07:00 Mon–Fri; 00:00–10:00 Sat, Sun',
    ],
  ])('sees which days belong to which hours: %s', (typed, words) => {
    expect(sleepInWords(parseSleep(typed))).toBe(words);
  });

  test.each(['never', ' None ', 'no'])('reads that there are none: %s', (typed) => {
    expect(parseSleep(typed)).toEqual({ ranges: [] });
  });

  test.each([
    ['', 'Hours of sleep are missing.'],
    [' ,;\n', 'Hours of sleep are missing.'],
    ['daily', 'There are days without hours.'],
    ['23-7 mon; tue', 'There are days without hours.'],
    ['mon-fri 22-6, 13-14', 'Say the days of all hours or of none; every day is `daily`.'],
    ['23-7, sat 0-10', 'Say the days of all hours or of none; every day is `daily`.'],
    ['23-7; sat 0-10', 'Say the days of all hours or of none; every day is `daily`.'],
    ['11-7', 'Is it morning or evening in “11-7”?'],
    ['12-8', 'Is it morning or evening in “12-8”?'],
    ['9-9', 'Is it morning or evening in “9-9”?'],
    ['11pm-7', 'Is it morning or evening in “11pm-7”?'],
    ['11pm-7:00', 'Is it morning or evening in “11pm-7:00”?'],
    ['9-5pm', 'Is it morning or evening in “9-5pm”?'],
    ['24-8', 'Hours begin at 00:00, not at 24:00.'],
    ['25-7', '“25” is no time of day.'],
    ['24:30-7', '“24:30” is no time of day.'],
    ['20-24:01', '“24:01” is no time of day.'],
    ['7:77-8', '“7:77” is no time of day.'],
    ['13pm-8am', '“13pm” is no time of day.'],
    ['0am-8am', '“0am” is no time of day.'],
    ['23-7 wensday', '“wensday” is no day of the week that I know.'],
    ['23-7 m', '“m” is no day of the week that I know.'],
    ['23-7 mon-foo', '“foo” is no day of the week that I know.'],
    ['23-7-9', 'I do not understand “9” in these hours of sleep.'],
    ['230-7', 'I do not understand “230” in these hours of sleep.'],
    ['23:00', 'I do not understand “23:00” in these hours of sleep.'],
    ['23:00:00-07:00:00', 'I do not understand “23:00:00” in these hours of sleep.'],
    ['23-7 [mon](http://example.com)', 'I do not understand “mon” in these hours of sleep.'],
    ['***', 'I do not understand these hours of sleep.'],
    [`23-7 ${'x'.repeat(1_000)}`, 'These hours of sleep are too long to read.'],
    [Array.from({ length: 21 }, () => '1-2').join(' '), 'That is too much: at most 20 ranges.'],
  ])('refuses with what is wrong and how to say it: %j', (typed, problem) => {
    const how = 'Say it like `23:00-07:00`, `11pm-7am weekdays; 0-10 sat sun`, `24h sun` or `never`.';
    expect(() => parseSleep(typed)).toThrow(new AppError('invalid_input', `${problem} ${how}`));
    expect(() => parseSleep(typed)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });

  test('takes its own advice', () => {
    for (const typed of ['23:00-07:00', '11pm-7am weekdays; 0-10 sat sun', '24h sun', 'never']) {
      expect(() => parseSleep(typed)).not.toThrow();
    }
  });

  test('reads back what sleepInWords says', () => {
    fc.assert(
      fc.property(fc.array(anySleepRange, { maxLength: mostSleepRanges }), (ranges) => {
        const words = sleepInWords({ ranges });
        expect(parseSleep(words)).toEqual({ ranges });
        expect(parseSleep(words.toUpperCase().replaceAll('–', ' - '))).toEqual({ ranges });
      }),
      { numRuns: 500 },
    );
  });

  test('gives proper ranges or a refusal, whatever is typed', () => {
    const piece = fc.constantFrom(
      ...['23', '7', '12', '24', ':', '-', ' ', ',', ';', 'am', 'pm', 'mon', 'sun', 'daily', 'h', 'all day'],
      ...['to', 'and', '23-7', '\n', '.', '0', 'every', 'night', '–', 'x', '*'],
    );
    const typed = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(' ')),
    );
    const minute = expect.toSatisfy((value: number) => Number.isInteger(value) && value >= 0 && value < 1440);
    fc.assert(
      fc.property(typed, (text) => {
        try {
          const { ranges } = parseSleep(text);
          for (const range of ranges) {
            expect(range).toEqual({
              days: [...new Set(range.days)].toSorted(),
              startMinute: minute,
              endMinute: minute,
            });
            expect(range.days.length).toBeGreaterThan(0);
          }
          expect(parseSleep(sleepInWords({ ranges }))).toEqual({ ranges });
        } catch (thrown) {
          expect(thrown).toMatchObject({ name: 'AppError', code: 'invalid_input' });
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
