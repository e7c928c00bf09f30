import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchResult, BenchSize } from '../bench-report.ts';
import { startChild } from '../child.ts';
import { residentMb } from '../start/memory.ts';
import { resultOf } from '../statistics.ts';
import type { Contender, Contenders } from './contender.ts';
import type { LoadJob } from './load-job.ts';
import { chatPath, runLoad } from './run-load.ts';
import { stubCounts } from './stub-counts.ts';

interface Way {
  readonly name: string;
  readonly query: string;
}

const ways: readonly Way[] = [
  { name: 'at rest', query: '?tokens=2&everyMs=600000' },
  { name: 'five tokens a second', query: '?tokens=100000&everyMs=200' },
];

interface Size {
  readonly streams: number;
  readonly warmUpMs: number;
  readonly restMs: number;
  readonly ways: readonly Way[];
}

const sizes: Readonly<Record<BenchSize, Size>> = {
  full: { streams: 1_000, warmUpMs: 2_000, restMs: 4_000, ways },
  smoke: { streams: 5, warmUpMs: 20, restMs: 0, ways: ways.slice(0, 1) },
};

const patienceMs = 60_000;

/** Resident memory, MB: after some requests, and then with the streams open, by way. */
interface Weights {
  readonly before: number;
  readonly open: readonly number[];
}

async function untilOpen(stub: string, isEnough: (open: number) => boolean): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  while (!isEnough((await stubCounts(stub)).open)) {
    if (performance.now() > deadlineMs) throw new Error('The streams did not open, or did not end.');
    await sleep(50);
  }
}

async function weigh(contender: Contender, stub: string, bodiesFile: string, size: Size): Promise<Weights> {
  const { streams, warmUpMs, restMs } = size;
  const { address, headers, processId } = contender;
  await runLoad(contender, { query: '?tokens=5', bodiesFile, atOnce: 32, warmUpMs: 0, measuredMs: warmUpMs });
  await sleep(restMs);
  const before = residentMb(processId);
  const open: number[] = [];
  for (const { query } of size.ways) {
    const job: LoadJob = {
      ...{ address, headers, bodiesFile, path: `${chatPath}${query}` },
      ...{ atOnce: streams, warmUpMs, measuredMs: patienceMs },
    };
    const load = startChild(join(import.meta.dirname, 'load.ts'), [JSON.stringify(job)]);
    await untilOpen(stub, (count) => count >= streams);
    await sleep(restMs);
    open.push(residentMb(processId));
    await load.stop();
    await untilOpen(stub, (count) => count === 0);
  }
  return { before, open };
}

/** What streams that are open weigh, with a stub and proxies that do nothing else. */
export async function measureMemory(
  { direct: stub, bare, ours }: Pick<Contenders, 'direct' | 'bare' | 'ours'>,
  bodiesFile: string,
  benchSize: BenchSize,
): Promise<readonly BenchResult[]> {
  const size = sizes[benchSize];
  const bares = await weigh(bare, stub.address, bodiesFile, size);
  const own = await weigh(ours, stub.address, bodiesFile, size);
  const name = bare.name;
  const streams = `${size.streams.toLocaleString('en')} open streams`;
  const each = ({ before, open }: Weights, at: number): number =>
    (((open[at] ?? Number.NaN) - before) * 1_024) / size.streams;
  return [
    resultOf('memory after some streams', 'MB', [own.before], { name, runs: [bares.before] }),
    ...size.ways.flatMap((way, at) => [
      resultOf(`memory with ${streams}, ${way.name}`, 'MB', [own.open[at] ?? Number.NaN], {
        name,
        runs: [bares.open[at] ?? Number.NaN],
      }),
      resultOf(`each of ${streams}, ${way.name}`, 'KB more', [each(own, at)]),
    ]),
  ];
}
