import { expect, test } from 'vitest';
import type { Measured } from '../../../bench/lib/schedule/measure-community.ts';
import { otherRules } from '../../../bench/lib/schedule/rules.ts';
import { aimNote, communityResults } from '../../../bench/lib/schedule/schedule-results.ts';
import { type Summary, summarise } from '../../../bench/lib/schedule/summary.ts';
import { measure } from '../../../bench/schedule.ts';
import { DAY_MS, HOUR_MS } from '../../../core/domain/wall-clock.ts';

const hours = (from: number, to: number) => ({ from: from * HOUR_MS, to: to * HOUR_MS });
const twoDays = { from: 0, to: 2 * DAY_MS };

test('a summary counts what overlapped, who waited, and what was left', () => {
  const summary = summarise(
    {
      trained: [hours(0, 2), hours(5, 7)],
      lostMs: HOUR_MS,
      waitsMs: [0, 20_000, 0, 0],
      answers: [hours(1.75, 2.5), hours(1.9, 2.2), hours(6.75, 6.9), hours(9, 10)],
      interrupted: new Map([['sleep', 3]]),
      closed: [
        { ...hours(2, 3), bar: 'message' },
        { ...hours(3, 5), bar: 'awake' },
      ],
    },
    [hours(0, 1), hours(2.5, 7.5)],
    twoDays,
  );
  expect(summary).toMatchObject({
    trainedHoursADay: 2,
    arrivedPerThousand: 250,
    lostShare: 0.25,
    waitMs: { p50: 0, p99: 20_000, max: 20_000 },
    interruptedADay: { sleep: 1.5 },
  });
  expect(summary.overlapShare).toBeCloseTo(0.4 / 4, 10);
  expect(summary.overlapSecondsADay).toBeCloseTo(720, 6);
  expect(summary.oracleShare).toBeCloseTo(3.6 / 6, 10);
  expect(summary.leftBy['message']).toBeCloseTo(0.5 / 6, 10);
  expect(summary.leftBy['awake']).toBeCloseTo(2 / 6, 10);
});

test('where nobody could train there is no share of it, and of nothing nothing overlaps', () => {
  const none = { trained: [], lostMs: 0, waitsMs: [], answers: [], interrupted: new Map(), closed: [] };
  const summary = summarise(none, [], twoDays);
  expect(summary).not.toHaveProperty('oracleShare');
  expect(summary).toMatchObject({ overlapShare: 0, arrivedPerThousand: 0, lostShare: 0, leftBy: {} });
});

const summaryOf = (overlapShare: number, oracleShare?: number): Summary => ({
  trainedHoursADay: 10,
  overlapShare,
  overlapSecondsADay: 1,
  arrivedPerThousand: 1,
  ...(oracleShare === undefined ? {} : { oracleShare }),
  lostShare: 0,
  waitMs: { p50: 0, p95: 0, p99: 1, max: 2 },
  interruptedADay: { sleep: 0, idle: 2 },
  leftBy: { awake: 0.1 },
});

const measured = (overlap: number, oracleShare?: number): Measured => ({
  messagesADay: 5,
  oracleHoursADay: oracleShare === undefined ? 0 : 20,
  ours: summaryOf(overlap, oracleShare),
  reference: summaryOf(0.1, 0.9),
  referenceBlind: summaryOf(0.05, 0.9),
  others: otherRules.map(() => summaryOf(0.002, oracleShare)),
});

test('results are means beside the reference, and leave out what no run has', () => {
  const results = communityResults('x', [measured(0.001, 0.8), measured(0.003, 0.9)]);
  const of = (metric: string) => results.find((result) => result.metric === `x: ${metric}`);
  const overlap = of('overlap of training');
  expect(overlap?.value).toBeCloseTo(0.2, 10);
  expect(overlap?.spread?.map((value) => Math.round(value * 10) / 10)).toEqual([0.1, 0.3]);
  expect(overlap?.ratio).toBeCloseTo(0.02, 10);
  expect(of('share of the oracle’s training')?.value).toBeCloseTo(85, 10);
  expect(of('windows by idle ended by a message, a day')?.value).toBe(2);
  expect(of('windows by sleep ended by a message, a day')).toBeUndefined();
  expect(of('forecasts off by')).toBeUndefined();
  expect(results.filter(({ metric }) => metric.endsWith('overlap of training'))).toHaveLength(
    2 + otherRules.length,
  );
});

test('says plainly which aims were reached', () => {
  expect(aimNote('x', [measured(0.0005, 0.85)])).toBe(
    'x: overlap 0.50 % of the reference’s (aim: under 1, reached; 1.0 % of what it has without its calendar), 85 % of the oracle’s training (aim: 80, reached)',
  );
  expect(aimNote('x', [measured(0.002, 0.5)])).toMatch(
    /aim: under 1, not reached.*50 % .*aim: 80, not reached/,
  );
  expect(aimNote('x', [measured(0.002)])).toContain('not scored');
});

test('a smoke run tells all of every community, in numbers', async () => {
  const told: string[] = [];
  const { results, notes } = await measure((line) => told.push(line), 'smoke');
  expect(told).toHaveLength(4);
  for (const name of ['office team', 'global Discord', 'night owls', 'one person']) {
    const own = results.filter(({ metric }) => metric.startsWith(`${name}: `));
    expect(own.length).toBeGreaterThan(25);
    expect(notes.filter((note) => note.startsWith(`${name}: overlap`))).toHaveLength(1);
  }
  for (const { value } of results) expect(Number.isFinite(value)).toBe(true);
});
