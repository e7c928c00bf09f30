import type { BenchSize } from '../bench-report.ts';
import type { LoadRun } from './run-load.ts';

/** What is measured of a load, and what it is set beside. */
export interface Measure {
  readonly metric: string;
  readonly unit: string;
  readonly of: (run: LoadRun) => number;
  /** `added`: milliseconds that a direct call has too, with what comes on top of it; `rate`: beside the bare proxy’s. */
  readonly kind: 'added' | 'rate';
}

/** One way of asking. */
export interface Load {
  readonly name: string;
  /** What the stub is asked for. */
  readonly query: string;
  /** Bodies that ask for a stream. */
  readonly isStream: boolean;
  readonly atOnce: number;
  readonly measuredMs: number;
  readonly warmUpMs: number;
  /** Also with words that lead to no skill, and through Portkey: what it can do. */
  readonly isWide: boolean;
  readonly measures: readonly Measure[];
}

type Given = Pick<Load, 'name' | 'query' | 'atOnce' | 'measures'> & Partial<Load>;

const load = (given: Given): Load => ({
  isStream: given.query !== '',
  isWide: false,
  warmUpMs: 700,
  measuredMs: 2_000,
  ...given,
});

const totals: readonly Measure[] = [
  { metric: 'p50', unit: 'ms', of: ({ totalMs }) => totalMs.p50, kind: 'added' },
  { metric: 'p99', unit: 'ms', of: ({ totalMs }) => totalMs.p99, kind: 'added' },
  {
    metric: 'requests',
    unit: 'requests/s',
    of: ({ ended, tookMs }) => (ended * 1_000) / tookMs,
    kind: 'rate',
  },
  { metric: 'CPU of one', unit: 'µs', of: ({ cpuUs }) => cpuUs, kind: 'rate' },
];

const firstBytes: readonly Measure[] = [
  { metric: 'first byte p50', unit: 'ms', of: ({ firstByteMs }) => firstByteMs.p50, kind: 'added' },
  { metric: 'first byte p99', unit: 'ms', of: ({ firstByteMs }) => firstByteMs.p99, kind: 'added' },
];

const tokens: readonly Measure[] = [
  { metric: 'token p50', unit: 'ms', of: ({ tokenMs }) => tokenMs.p50, kind: 'added' },
  { metric: 'token p99', unit: 'ms', of: ({ tokenMs }) => tokenMs.p99, kind: 'added' },
];

const bursts: readonly Measure[] = [
  {
    metric: 'tokens',
    unit: 'tokens/s',
    of: ({ tokens: count, tookMs }) => (count * 1_000) / tookMs,
    kind: 'rate',
  },
];

const single = 'one request at a time';
/** As a model of today writes. */
const paced = '?tokens=25&everyMs=20';

const full: readonly Load[] = [
  load({ name: single, query: '', atOnce: 1, isWide: true, measures: totals }),
  load({ name: '32 requests at once', query: '', atOnce: 32, isWide: true, measures: totals }),
  load({ name: '500 requests at once', query: '', atOnce: 500, measures: totals }),
  load({ name: 'one stream at a time', query: '?tokens=1', atOnce: 1, measures: firstBytes }),
  load({ name: 'one paced stream', query: paced, atOnce: 1, measuredMs: 4_000, measures: tokens }),
  load({
    name: '32 paced streams',
    query: paced,
    atOnce: 32,
    measuredMs: 3_000,
    measures: [...firstBytes, ...tokens],
  }),
  load({
    name: '500 paced streams',
    query: '?tokens=50&everyMs=50',
    atOnce: 500,
    warmUpMs: 3_000,
    measuredMs: 3_000,
    measures: [...firstBytes, ...tokens],
  }),
  load({ name: '8 streams of 500', query: '?tokens=500', atOnce: 8, measures: bursts }),
  load({
    name: '8 streams of 500, each token by itself',
    query: '?tokens=500&everyMs=0',
    atOnce: 8,
    measures: bursts,
  }),
];

const brief = { warmUpMs: 20, measuredMs: 100 };
const smoke: readonly Load[] = [
  load({ name: single, query: '', atOnce: 1, isWide: true, measures: totals, ...brief }),
  load({ name: '2 paced streams', query: paced, atOnce: 2, measures: [...firstBytes, ...tokens], ...brief }),
];

export const loads: Readonly<Record<BenchSize, readonly Load[]>> = { full, smoke };
