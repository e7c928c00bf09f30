import { expect, test } from 'vitest';
import type { SleepRange } from '../../../core/domain/sleep-hours.ts';
import { sleepInWords } from '../../../core/domain/sleep-words.ts';
import { isoWeekdays } from '../../../core/domain/wall-clock.ts';

const range = (days: SleepRange['days'], startMinute = 1380, endMinute = 420): SleepRange => ({
  days,
  startMinute,
  endMinute,
});

test.each<[string, readonly SleepRange[]]>([
  ['never', []],
  ['23:00–07:00 daily', [range(isoWeekdays)]],
  ['23:00–07:00 Mon–Fri', [range([1, 2, 3, 4, 5])]],
  ['23:00–07:00 Sat, Sun', [range([6, 7])]],
  ['23:00–07:00 Mon, Wed, Fri', [range([1, 3, 5])]],
  ['23:00–07:00 Fri–Mon', [range([1, 5, 6, 7])]],
  ['23:00–07:00 Wed, Sun, Mon', [range([1, 3, 7])]],
  ['23:00–07:00 Sun', [range([7])]],
  ['00:05–09:00 daily', [range(isoWeekdays, 5, 540)]],
  ['20:00–24:00 daily', [range(isoWeekdays, 1200, 0)]],
  ['all day Sat', [range([6], 0, 0)]],
  ['06:00–06:00 Sat', [range([6], 360, 360)]],
  ['23:00–07:00 Mon–Thu; all day Sun', [range([1, 2, 3, 4]), range([7], 0, 0)]],
])('says %s', (words, ranges) => {
  expect(sleepInWords({ ranges })).toBe(words);
});
