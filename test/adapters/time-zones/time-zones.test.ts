import { describe, expect, test } from 'vitest';
import { createTimeZones } from '../../../adapters/time-zones/time-zones.ts';
import { nearestZones } from '../../../core/domain/zone-suggest.ts';
import { timeZoneContract } from '../../contract/time-zones.ts';

timeZoneContract({ name: 'time-zones', create: createTimeZones });

test('gives the same rules for all names of a zone, so that what was looked up is known', () => {
  const zones = createTimeZones();
  expect(zones.rules('us/pacific')).toBe(zones.rules('America/Los_Angeles'));
  expect(zones.rules('US/Pacific')).toBe(zones.rules('us/pacific'));
  expect(zones.names()).toBe(zones.names());
});

describe('a name without a place', () => {
  test.each(['UTC', 'gmt', 'UCT', 'Zulu', 'universal', 'Greenwich', 'GMT0', 'GMT+0', 'gmt-0'])(
    'is UTC: %s',
    (typed) => {
      expect(createTimeZones().canonical(typed)).toBe('UTC');
    },
  );

  test.each([
    ['EST', 'America/Panama'],
    ['MST', 'America/Phoenix'],
    ['HST', 'Pacific/Honolulu'],
    ['CET', 'Europe/Brussels'],
    ['met', 'Europe/Brussels'],
    ['EET', 'Europe/Athens'],
    ['WET', 'Europe/Lisbon'],
    ['EST5EDT', 'America/New_York'],
    ['Japan', 'Asia/Tokyo'],
  ])('is none that somebody could mean, but has its rules: %s', (typed, zone) => {
    const zones = createTimeZones();
    expect(zones.canonical(typed)).toBeUndefined();
    expect(zones.rules(typed).zone).toBe(zone);
    expect(zones.canonical(typed)).toBeUndefined();
  });

  test.each(['EST', 'MST', 'CET', 'EET'])('somebody who types one is asked which is meant: %s', (typed) => {
    const zones = createTimeZones();
    const nearest = nearestZones(typed, zones.names());
    expect(nearest.length).toBeGreaterThan(0);
    expect(nearest.map((name) => zones.canonical(name))).toEqual(nearest);
  });
});
