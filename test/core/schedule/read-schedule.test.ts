import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptySchedule, readSchedule } from '../../../core/schedule/read-schedule.ts';
import { ann, anySchedule, bob } from './schedule-arbitrary.ts';

const night = { days: [1, 2], startMinute: 1380, endMinute: 420 };
const sound = {
  zone: 'Europe/Berlin',
  sleep: { ranges: [night] },
  people: [{ personId: ann, sleep: { ranges: [] } }],
  manual: { kind: 'open', until: 9, by: bob },
};

describe('readSchedule', () => {
  test('reads what was written', () => {
    fc.assert(
      fc.property(anySchedule, (schedule) => {
        expect(readSchedule(JSON.parse(JSON.stringify(schedule)))).toEqual(schedule);
      }),
    );
  });

  test('takes whatever it is given, and gives what it would read again', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          zone: fc.jsonValue(),
          sleep: fc.oneof(fc.jsonValue(), fc.record({ ranges: fc.jsonValue() })),
          people: fc.oneof(
            fc.jsonValue(),
            fc.array(fc.record({ personId: fc.constant(ann), zone: fc.jsonValue() })),
          ),
          manual: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(anything, (value) => {
        const read = readSchedule(value);
        expect(readSchedule(JSON.parse(JSON.stringify(read)))).toEqual(read);
      }),
    );
  });

  test.each([undefined, null, 7, 'x', [], [sound]])('of %j knows nothing', (value) => {
    expect(readSchedule(value)).toEqual(emptySchedule);
  });

  test.each([
    ['a zone that is no text', { zone: 7 }, 'zone'],
    ['an empty zone', { zone: '' }, 'zone'],
    ['sleep without ranges', { sleep: {} }, 'sleep'],
    ['sleep that is a list', { sleep: [night] }, 'sleep'],
    ['a word of no kind', { manual: { ...sound.manual, kind: 'ajar' } }, 'manual'],
    ['a word without its end', { manual: { kind: 'open', by: bob } }, 'manual'],
    ['a word of nobody', { manual: { ...sound.manual, by: 'bob' } }, 'manual'],
  ] as const)('of %s keeps the rest', (_, broken, part) => {
    const { [part]: gone, ...rest } = { ...sound };
    expect(gone).toBeDefined();
    expect(readSchedule({ ...sound, ...broken })).toEqual(rest);
  });

  test('leaves out people whom it cannot name, and of others only what it cannot read', () => {
    const people = [{ personId: 'ann' }, 7, null, { personId: ann, zone: 3, sleep: { ranges: [] } }];
    expect(readSchedule({ people }).people).toEqual([{ personId: ann, sleep: { ranges: [] } }]);
    expect(readSchedule({ ...sound, people: { 0: sound.people[0] } }).people).toEqual([]);
  });

  test.each([
    ['no days', { ...night, days: [] }],
    ['days that are none', { ...night, days: [0, 8, '1', 1.5] }],
    ['a start before midnight', { ...night, startMinute: -1 }],
    ['a start after the day', { ...night, startMinute: 1440 }],
    ['an end between two minutes', { ...night, endMinute: 0.5 }],
    ['an end that is no number', { ...night, endMinute: '420' }],
    ['no list of days', { ...night, days: '12' }],
  ])('leaves out a range with %s, and keeps the others', (_, broken) => {
    expect(readSchedule({ sleep: { ranges: [broken, night] } }).sleep).toEqual({ ranges: [night] });
  });

  test('puts days in order, each once', () => {
    const ranges = [{ ...night, days: [7, 2, 2, 9, 1] }];
    expect(readSchedule({ sleep: { ranges } }).sleep?.ranges[0]?.days).toEqual([1, 2, 7]);
  });
});
