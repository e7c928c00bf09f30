import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTimeZones } from '../../../adapters/time-zones/time-zones.ts';
import { zoneBywords } from '../../../core/domain/zone-bywords.ts';
import { nearestZones } from '../../../core/domain/zone-suggest.ts';

const names = createTimeZones().names();

test.each([
  ['berlin', ['Europe/Berlin']],
  ['New York', ['America/New_York']],
  ['new-york', ['America/New_York']],
  ['são paulo', ['America/Sao_Paulo']],
  ['St. Johns', ['America/St_Johns']],
  ['Europe/Berln', ['Europe/Berlin']],
  ['Europ/Berlin', ['Europe/Berlin']],
  ['europe berlin', ['Europe/Berlin']],
  ['Berln', ['Europe/Berlin']],
  ['Sidney', ['Australia/Sydney']],
  ['Dhakar', ['Africa/Dakar', 'Asia/Dhaka']],
  ['Los Angelas', ['America/Los_Angeles']],
  ['louisville', ['America/Kentucky/Louisville']],
  ['los', ['America/Los_Angeles']],
  ['indiana', ['America/Indiana/Indianapolis', 'America/Indiana/Knox', 'America/Indiana/Marengo']],
  ['PST', ['America/Los_Angeles']],
  ['IST', ['Asia/Kolkata', 'Europe/Dublin', 'Asia/Jerusalem']],
  ['San Francisco', ['America/Los_Angeles']],
  ['America/San_Francisco', ['America/Los_Angeles']],
  ['Kiev', ['Europe/Kyiv']],
  ['+02:00', []],
  ['UTC+2', []],
  ['UTC-5', []],
  ['', []],
  ['a', []],
  ['xyzzy', []],
  ['x'.repeat(5_000), []],
])('suggests for %j', (typed, zones) => {
  expect(nearestZones(typed, names)).toEqual(zones);
});

test('suggests only zones that there are', () => {
  expect(nearestZones('PST', ['Europe/Berlin'])).toEqual([]);
  expect([...zoneBywords.values()].flat().filter((zone) => !names.includes(zone))).toEqual([]);
});

test('suggests each zone first for its city, or one whose city has the same name', () => {
  const cityOf = (zone: string): string => zone.slice(zone.lastIndexOf('/') + 1);
  for (const zone of names) {
    const city = cityOf(zone);
    const [first] = nearestZones(city.replaceAll('_', ' ').toLowerCase(), names);
    expect([city, first === undefined ? '' : cityOf(first)]).toEqual([city, city]);
  }
});

test('gives at most three, each once, whatever is typed', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'aeinorst/_ ') })), (typed) => {
      const zones = nearestZones(typed, names);
      expect(zones.length).toBeLessThanOrEqual(3);
      expect(new Set(zones).size).toBe(zones.length);
      expect(names).toEqual(expect.arrayContaining([...zones]));
    }),
  );
});
