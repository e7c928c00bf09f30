import type { BenchResult } from '../bench-report.ts';
import type { Measured } from './measure-community.ts';
import { otherRules } from './rules.ts';
import type { Summary } from './summary.ts';

const percent = 100;
const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** The mean with lowest and highest, of the runs that have it, beside that of another rule where given; none where no run has it. */
function meanResult(
  metric: string,
  unit: string,
  runs: readonly (number | undefined)[],
  vs?: { readonly name: string; readonly runs: readonly number[] },
): readonly BenchResult[] {
  const known = runs.filter((run) => run !== undefined);
  if (known.length === 0) return [];
  const value = mean(known);
  const spread = known.length > 1 ? { spread: [Math.min(...known), Math.max(...known)] as const } : {};
  if (vs === undefined) return [{ metric, unit, value, ...spread }];
  const other = mean(vs.runs);
  if (other === 0) return [{ metric, unit, value, ...spread }];
  return [{ metric, unit, value, ...spread, vs: { name: vs.name, value: other }, ratio: value / other }];
}

/** What one community came to over all seeds. */
export function communityResults(name: string, runs: readonly Measured[]): readonly BenchResult[] {
  const told = (metric: string, unit: string, of: (run: Measured) => number | undefined) =>
    meanResult(`${name}: ${metric}`, unit, runs.map(of));
  const beside = (metric: string, unit: string, of: (summary: Summary) => number) =>
    meanResult(
      `${name}: ${metric}`,
      unit,
      runs.map(({ ours }) => of(ours)),
      {
        name: 'reference',
        runs: runs.map(({ reference }) => of(reference)),
      },
    );
  const others = otherRules.flatMap(({ name: rule }, place) => [
    ...meanResult(
      `${name}: ${rule}: overlap of training`,
      '%',
      runs.map(({ others: all }) => overlapPercent(all[place])),
      { name: 'reference', runs: runs.map(({ reference }) => percent * reference.overlapShare) },
    ),
    ...told(`${rule}: share of the oracle’s training`, '%', ({ others: all }) => oraclePercent(all[place])),
  ]);
  return [
    ...told('messages a day', 'messages', ({ messagesADay }) => messagesADay),
    ...told('the oracle’s training a day', 'h', ({ oracleHoursADay }) => oracleHoursADay),
    ...told('share of the oracle’s training', '%', ({ ours }) => oraclePercent(ours)),
    ...beside('training a day', 'h', ({ trainedHoursADay }) => trainedHoursADay),
    ...beside('overlap of training', '%', ({ overlapShare }) => percent * overlapShare),
    ...beside('overlap a day', 's more', ({ overlapSecondsADay }) => overlapSecondsADay),
    ...beside(
      'messages that came during training',
      'of 1,000',
      ({ arrivedPerThousand }) => arrivedPerThousand,
    ),
    ...beside('wait added to a message p50', 's more', ({ waitMs }) => waitMs.p50 / 1000),
    ...beside('wait added to a message p95', 's more', ({ waitMs }) => waitMs.p95 / 1000),
    ...beside('wait added to a message p99', 's more', ({ waitMs }) => waitMs.p99 / 1000),
    ...beside('wait added to a message at most', 's more', ({ waitMs }) => waitMs.max / 1000),
    ...told('training lost with a step cut off', '%', ({ ours }) => percent * ours.lostShare),
    ...told('forecasts off by', '%', ({ forecastError }) =>
      forecastError === undefined ? undefined : percent * forecastError,
    ),
    ...told('reference without its calendar: overlap of training', '%', ({ referenceBlind }) =>
      overlapPercent(referenceBlind),
    ),
    ...named(runs, ({ interruptedADay }) => interruptedADay).flatMap((signal) =>
      told(`windows by ${signal} ended by a message, a day`, 'windows', ({ ours }) =>
        numberOf(ours.interruptedADay, signal),
      ),
    ),
    ...named(runs, ({ leftBy }) => leftBy).flatMap((bar) =>
      told(`the oracle’s training not done: ${bar}`, '%', ({ ours }) => percent * numberOf(ours.leftBy, bar)),
    ),
    ...others,
  ];
}

/** How near a community came to the aims. */
export function aimNote(name: string, runs: readonly Measured[]): string {
  const shares = runs.flatMap(({ ours }) => (ours.oracleShare === undefined ? [] : [ours.oracleShare]));
  if (shares.length === 0) return `${name}: the oracle finds no time to train; not scored`;
  const overlap = (of: (run: Measured) => Summary): number => mean(runs.map((run) => of(run).overlapShare));
  const ratioTo = (of: (run: Measured) => Summary): number =>
    (percent * overlap(({ ours }) => ours)) / overlap(of);
  const ratio = ratioTo(({ reference }) => reference);
  const blind = ratioTo(({ referenceBlind }) => referenceBlind);
  const share = percent * mean(shares);
  const verdict = (isReached: boolean): string => (isReached ? 'reached' : 'not reached');
  return `${name}: overlap ${ratio.toPrecision(2)} % of the reference’s (aim: under 1, ${verdict(ratio < 1)}; ${blind.toPrecision(2)} % of what it has without its calendar), ${share.toFixed(0)} % of the oracle’s training (aim: 80, ${verdict(share >= 80)})`;
}

function overlapPercent(summary: Summary | undefined): number | undefined {
  return summary === undefined ? undefined : percent * summary.overlapShare;
}

function oraclePercent(summary: Summary | undefined): number | undefined {
  return summary?.oracleShare === undefined ? undefined : percent * summary.oracleShare;
}

type Numbers = Readonly<Partial<Record<string, number>>>;

/** Those of ours that are more than nothing in some run. */
function named(runs: readonly Measured[], of: (summary: Summary) => Numbers): readonly string[] {
  const names = runs.flatMap(({ ours }) =>
    Object.entries(of(ours)).flatMap(([name, number = 0]) => (number > 0 ? [name] : [])),
  );
  return [...new Set(names)].toSorted();
}

const numberOf = (numbers: Numbers, name: string): number => numbers[name] ?? 0;
