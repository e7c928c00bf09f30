import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../core/domain/app-error.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, wallAt, type ZoneRules } from '../../core/domain/wall-clock.ts';
import type { TimeZonePort } from '../../core/ports/time-zones.ts';
import { changesFrom, changesOf, changesTo, printedOffset, type ZoneChange } from './zone-changes.ts';

export interface TimeZoneContract {
  readonly name: string;
  create(): TimeZonePort;
}

const utc = (text: string): number => Date.parse(`${text}Z`);

/** What every `TimeZonePort` promises, and the `ZoneRules` that it gives. */
export function timeZoneContract({ name, create }: TimeZoneContract): void {
  describe(`TimeZonePort: ${name}`, () => {
    test('lists every zone once by its canonical name, UTC too', () => {
      const zones = create();
      const names = zones.names();
      expect(names.length).toBeGreaterThan(400);
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((zone) => zones.canonical(zone) !== zone)).toEqual([]);
      expect(names).toEqual(expect.arrayContaining(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Europe/Kyiv']));
      expect(names).not.toContain('Asia/Calcutta');
    });

    test.each([
      ['europe/berlin', 'Europe/Berlin'],
      ['AMERICA/NEW_YORK', 'America/New_York'],
      [' Europe/Berlin ', 'Europe/Berlin'],
      ['utc', 'UTC'],
      ['Etc/UTC', 'UTC'],
      ['US/Pacific', 'America/Los_Angeles'],
      ['us/pacific', 'America/Los_Angeles'],
      ['Asia/Calcutta', 'Asia/Kolkata'],
      ['Europe/Kiev', 'Europe/Kyiv'],
      ['Europe/Kyiv', 'Europe/Kyiv'],
      ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
      ['america/port-au-prince', 'America/Port-au-Prince'],
      ['Etc/GMT+5', 'Etc/GMT+5'],
    ])('knows %s as %s, also the second time', (typed, canonical) => {
      const zones = create();
      expect(zones.canonical(typed)).toBe(canonical);
      expect(zones.canonical(typed)).toBe(canonical);
      expect(zones.rules(typed).zone).toBe(canonical);
    });

    test.each([
      '',
      ' ',
      '+02:00',
      '-05:00',
      '+0530',
      'UTC+2',
      'GMT+2',
      'PST',
      'BST',
      'IST',
      'SystemV/PST8',
      'local',
      'Z',
      'Berlin',
      'Europe/Atlantis',
      'Europe / Berlin',
      'Europe/Berlin\n[x]',
      '2026-01-01T00:00[Europe/Berlin]',
      'constructor',
    ])('knows no zone %j', (typed) => {
      const zones = create();
      expect(zones.canonical(typed)).toBeUndefined();
      expect(() => zones.rules(typed)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
      expect(() => zones.rules(typed)).toThrow(AppError);
    });

    test('tells the same offset as Intl, in every zone, from 2010 to 2035', { timeout: 60_000 }, () => {
      const zones = create();
      const wrong: unknown[] = [];
      for (const zone of zones.names()) {
        const rules = zones.rules(zone);
        const printed = printedOffset(zone);
        const around = changesOf(rules).flatMap(({ at }) => [at - 1, at]);
        const between = Array.from({ length: 180 }, (_, place) => changesFrom + place * 52 * DAY_MS);
        for (const at of [...around, ...between]) {
          if (rules.offsetMs(at) !== printed(at)) wrong.push([zone, new Date(at).toISOString()]);
        }
      }
      expect(wrong).toEqual([]);
    });

    test('tells the same whatever was asked before', () => {
      const zones = create();
      const zone = fc.constantFrom(
        'Europe/Berlin',
        'Africa/Casablanca',
        'Australia/Lord_Howe',
        'Pacific/Apia',
      );
      const instant = fc.integer({ min: utc('1970-01-01T00:00'), max: utc('2060-01-01T00:00') });
      const printed = new Map<string, (at: number) => number>();
      fc.assert(
        fc.property(zone, fc.array(instant, { minLength: 1, maxLength: 30 }), (name, instants) => {
          const oracle = printed.get(name) ?? printedOffset(name);
          printed.set(name, oracle);
          const fresh = create().rules(name);
          for (const rules of [fresh, zones.rules(name)]) {
            for (const at of instants) {
              expect(rules.offsetMs(at)).toBe(oracle(at));
              expect(rules.nextChange(at) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(at);
              expect(rules.instantOf(wallAt(rules, at))).toBeLessThanOrEqual(at);
            }
          }
        }),
        { numRuns: 40 },
      );
    });

    test.each([
      ['Europe/Berlin', '2024-01-01T00:00', '2025-01-01T00:00', 2],
      ['Africa/Casablanca', '2024-01-01T00:00', '2025-01-01T00:00', 2],
      ['Africa/Cairo', '2010-04-01T00:00', '2010-11-01T00:00', 4],
      ['Australia/Lord_Howe', '2024-01-01T00:00', '2025-01-01T00:00', 2],
      ['Pacific/Apia', '2011-09-01T00:00', '2012-05-01T00:00', 3],
      ['Asia/Pyongyang', '2018-01-01T00:00', '2018-12-01T00:00', 1],
      ['Asia/Tokyo', '2024-01-01T00:00', '2024-07-01T00:00', 0],
    ])('finds each change that a look at every half hour finds: %s', (zone, from, to, count) => {
      const rules = create().rules(zone);
      const printed = printedOffset(zone);
      const seen: number[] = [];
      let last = printed(utc(from));
      for (let at = utc(from); at < utc(to); at += 30 * MINUTE_MS) {
        const offset = printed(at);
        if (offset !== last) seen.push(at);
        last = offset;
      }
      const found: number[] = [];
      let at = rules.nextChange(utc(from));
      while (at !== undefined && at < utc(to)) {
        found.push(at);
        at = rules.nextChange(at);
      }
      expect(found).toEqual(seen);
      expect(seen).toHaveLength(count);
    });

    test('knows of no change where there is none any more', () => {
      const zones = create();
      expect(zones.rules('UTC').nextChange(0)).toBeUndefined();
      expect(zones.rules('Asia/Tokyo').nextChange(utc('2026-01-01T00:00'))).toBeUndefined();
      expect(zones.rules('Europe/Moscow').nextChange(utc('2014-10-25T22:00'))).toBeUndefined();
    });

    test('gives the first instant of what the wall clock shows, in every zone around every change', () => {
      const zones = create();
      const wrong: unknown[] = [];
      let changes = 0;
      for (const rules of zones.names().map((zone) => zones.rules(zone))) {
        for (const change of changesOf(rules)) {
          changes += 1;
          const instants = wrongInstants(rules, change);
          if (instants.length > 0) wrong.push([rules.zone, change, instants]);
        }
      }
      expect(wrong).toEqual([]);
      expect(changes).toBeGreaterThan(5_000);
    });

    test('takes fractions of a millisecond, and instants and walls beyond all dates', () => {
      const rules = create().rules('Europe/Berlin');
      expect(rules.offsetMs(utc('2026-07-01T00:00') + 0.5)).toBe(2 * HOUR_MS);
      expect(rules.offsetMs(utc('2026-03-29T01:00') - 0.5)).toBe(HOUR_MS);
      for (const far of [8.64e15, 1e18, Number.POSITIVE_INFINITY]) {
        expect(rules.nextChange(far)).toBeUndefined();
        expect(rules.instantOf(far)).toBeGreaterThan(changesTo);
        expect(rules.instantOf(-far)).toBeLessThan(changesFrom);
      }
      expect(() => rules.instantOf(Number.NaN)).toThrow(RangeError);
    });
  });
}

/** Those around a change that what the wall clock shows does not lead back to, and the change itself where it jumps elsewhere. */
function wrongInstants(rules: ZoneRules, { at: change, jumpMs }: ZoneChange): readonly number[] {
  const around = Array.from({ length: 36 }, (_, place) => change + (place - 18) * 10 * MINUTE_MS);
  const wrong = [...around, change - 1].filter((at) => {
    const isSecond = at >= change && at < change - jumpMs;
    return rules.instantOf(wallAt(rules, at)) !== (isSecond ? at + jumpMs : at);
  });
  const lastWall = change + rules.offsetMs(change - 1);
  for (let skippedMs = 0; skippedMs < jumpMs; skippedMs += 10 * MINUTE_MS) {
    if (rules.instantOf(lastWall + skippedMs) !== change) wrong.push(change);
  }
  return wrong;
}
