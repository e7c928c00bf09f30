import { join } from 'node:path';
import type { BenchResult, BenchSize } from '../bench-report.ts';
import { startChild } from '../child.ts';
import { inTurn } from '../in-turn.ts';
import { resultOf } from '../statistics.ts';
import type { LimiterCost } from './limiter-cost.ts';
import { loadPlatform } from './platform.ts';
import { newHome, underLoad } from './under-load.ts';
import type { Taken } from './worker.ts';

interface Size {
  readonly warmUp: number;
  readonly messages: number;
  /** Absent: each message begins a conversation of its own. */
  readonly conversations?: number;
}

interface Task {
  /** As `worker.ts` knows it. */
  readonly name: string;
  readonly metric: string;
  readonly unit: string;
  /** Says nothing of a platform whose channel has no limiter of ours. */
  readonly byLimiter?: boolean;
  readonly sizes: { readonly full: Size; readonly smoke?: Size };
}

const tasks: readonly Task[] = [
  {
    name: 'intake',
    metric: 'intake',
    unit: 'events/s',
    sizes: {
      full: { warmUp: 2_000, messages: 20_000, conversations: 1_000 },
    },
  },
  {
    name: 'round trip',
    metric: 'round trip',
    unit: 'answers/s',
    byLimiter: true,
    sizes: { full: { warmUp: 200, messages: 1_000 }, smoke: { warmUp: 2, messages: 6 } },
  },
  {
    name: 'round trip without',
    metric: 'round trip without the limiter',
    unit: 'answers/s',
    sizes: { full: { warmUp: 500, messages: 3_000 } },
  },
];

const runs: Readonly<Record<BenchSize, number>> = { full: 3, smoke: 1 };
const limiterJobs: Readonly<Record<BenchSize, number>> = { full: 2_000, smoke: 20 };

function take(platform: string, kind: 'ours' | 'bare', task: Task, size: Size, folder: string) {
  const { warmUp, messages, conversations = warmUp + messages } = size;
  return underLoad(platform, conversations, async ({ platformAddress, controlAddress }) => {
    const words = [platform, kind, task.name, platformAddress, controlAddress, newHome(folder)];
    const counts = [warmUp, messages, conversations].map(String);
    const child = startChild(join(import.meta.dirname, 'worker.ts'), [...words, ...counts]);
    const taken: Taken = JSON.parse(await child.output);
    return taken;
  });
}

const rate = ({ messages, tookMs }: Taken): number => (messages * 1_000) / tookMs;
const cpuEach = ({ messages, cpuMs }: Taken): number => cpuMs / messages;

async function measureTask(
  platform: string,
  task: Task,
  size: BenchSize,
  folder: string,
): Promise<readonly BenchResult[]> {
  const counts = task.sizes[size];
  if (counts === undefined) return [];
  const pairs = Array.from({ length: runs[size] }, () => async () => {
    const kinds = (['ours', 'bare'] as const).map((kind) => () => take(platform, kind, task, counts, folder));
    return await inTurn(size, kinds);
  });
  const taken = await inTurn(size, pairs);
  const { bare: name } = await loadPlatform(platform);
  const compare = (what: string, unit: string, of: (taken: Taken) => number): BenchResult => {
    const ours = taken.flatMap(([first]) => (first === undefined ? [] : [of(first)]));
    const bare = taken.flatMap(([, second]) => (second === undefined ? [] : [of(second)]));
    return resultOf(`${platform}: ${what}`, unit, ours, { name, runs: bare });
  };
  return [compare(task.metric, task.unit, rate), compare(`${task.metric}, CPU of one`, 'ms', cpuEach)];
}

/** Our bot beside the bare SDK on one platform, each in a process of its own. */
export async function measurePlatform(
  platform: string,
  size: BenchSize,
  folder: string,
  progress: (line: string) => void,
): Promise<readonly BenchResult[]> {
  const { usesLimiter } = await loadPlatform(platform);
  const own = tasks.filter(({ byLimiter = false }) => usesLimiter || !byLimiter);
  const jobs = own.map((task) => () => {
    progress(`throughput: ${platform}, ${task.metric}`);
    return measureTask(platform, task, size, folder);
  });
  return (await inTurn(size, jobs)).flat();
}

/** What the limiter lets pass at most, beside the package that counts its rates. */
export async function measureLimiter(size: BenchSize): Promise<readonly BenchResult[]> {
  const costs: { readonly ours: LimiterCost; readonly bare: LimiterCost }[] = [];
  for (let run = 0; run < runs[size]; run += 1) {
    const words = [String(limiterJobs[size])];
    costs.push(JSON.parse(await startChild(join(import.meta.dirname, 'limiter-cost.ts'), words).output));
  }
  const compare = (metric: string, unit: string, of: (cost: LimiterCost) => number): BenchResult =>
    resultOf(
      metric,
      unit,
      costs.map(({ ours }) => of(ours)),
      { name: 'Bottleneck alone', runs: costs.map(({ bare }) => of(bare)) },
    );
  return [
    compare('the limiter', 'jobs/s', ({ jobs, tookMs }) => (jobs * 1_000) / tookMs),
    compare('the limiter, CPU of one', 'ms', ({ jobs, cpuMs }) => cpuMs / jobs),
  ];
}
