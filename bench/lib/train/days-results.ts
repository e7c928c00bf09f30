import type { BenchResult } from '../bench-report.ts';
import { type Estimate, meanOf } from '../evolve/intervals.ts';
import { everServed } from './play-ours.ts';
import type { DaysResult } from './stage.ts';

/** So many parts of the days are told. */
export const dayParts = 6;

function result(metric: string, unit: string, { value, interval }: Estimate): BenchResult {
  return { metric, unit, value, ...(interval === undefined ? {} : { spread: interval }) };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Share of right answers in each part of the days, in order. */
export function rightByPart(rightByDay: readonly number[]): readonly number[] {
  return Array.from({ length: dayParts }, (_, at) => {
    const edge = (part: number): number => Math.round((part * rightByDay.length) / dayParts);
    return mean(rightByDay.slice(edge(at), edge(at + 1)));
  });
}

/** Of the answers that were rated in one stream, by how they ended: shares that add up to 1. */
export function shareOfFates({
  fates,
  rated,
}: Pick<DaysResult, 'fates' | 'rated'>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(fates).map(([fate, count]) => [fate, rated === 0 ? 0 : count / rated]),
  );
}

/** What one rule came to over all seeds. */
export function daysResults(name: string, streams: readonly DaysResult[]): readonly BenchResult[] {
  const over = (metric: string, unit: string, of: (stream: DaysResult) => number): BenchResult =>
    result(`${name}: ${metric}`, unit, meanOf(streams.map(of)));
  const fates = [...new Set(streams.flatMap((stream) => Object.keys(stream.fates)))];
  const trains = streams.some(({ fates: of }) => of['trained'] !== undefined || of['waiting'] !== undefined);
  const hasPolicies = streams.some(({ policies }) => policies.length > 0);
  return [
    ...Array.from({ length: dayParts }, (_, at) =>
      over(
        `right answers in sixth ${at + 1} of the days`,
        'share',
        ({ rightByDay }) => rightByPart(rightByDay)[at] ?? 0,
      ),
    ),
    ...(trains ? fates : []).map((fate) =>
      over(`rated answers: ${fate}`, 'share', (stream) => shareOfFates(stream)[fate] ?? 0),
    ),
    ...(trains
      ? [
          over('optimiser steps', 'count', ({ steps }) => steps.done),
          over('steps skipped, or of equal rewards', 'count', ({ steps }) => steps.skipped),
        ]
      : []),
    ...(hasPolicies
      ? [
          over('candidates made', 'count', ({ policies }) => policies.length),
          over('of these put into service', 'count', ({ policies }) => everServed(policies).length),
          over(
            'taken back from service',
            'count',
            ({ policies }) => policies.filter(({ state }) => state === 'rolled_back').length,
          ),
          over(
            'discarded as worse or harmful',
            'count',
            ({ policies }) =>
              policies.filter(
                ({ state, reason }) => state === 'discarded' && reason?.startsWith('inconclusive') !== true,
              ).length,
          ),
          over(
            'discarded undecided',
            'count',
            ({ policies }) =>
              policies.filter(
                ({ state, reason }) => state === 'discarded' && reason?.startsWith('inconclusive') === true,
              ).length,
          ),
        ]
      : []),
  ];
}
