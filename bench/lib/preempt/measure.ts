import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineProfileName } from '../../../adapters/tinker/profiles.ts';
import type { BenchResult } from '../bench-report.ts';
import { startChild } from '../child.ts';
import { withScratchFolder } from '../scratch-folder.ts';
import { percentile, resultOf } from '../statistics.ts';
import type { EnginePlace } from './engine.ts';
import type { MessageTimes, PreemptSettings, PreemptTaken } from './worker.ts';

export interface PreemptSize {
  readonly runs: number;
  readonly messages: number;
  readonly callMs: number;
}

const shares = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
] as const;

/** Each number while training runs beside the same bot that does not train; and how soon training holds still. */
export function preemptResults(engine: string, taken: readonly PreemptTaken[]): readonly BenchResult[] {
  const beside = (metric: string, of: (times: MessageTimes) => number): readonly BenchResult[] =>
    shares.map(([name, share]) => {
      const runs = (pick: (one: PreemptTaken) => readonly MessageTimes[]): readonly number[] =>
        taken.map((one) => percentile(pick(one).map(of), share));
      const idle = { name: 'idle', runs: runs((one) => one.idle) };
      return resultOf(
        `${metric} while training ${name}, ${engine}`,
        'ms',
        runs((one) => one.training),
        idle,
      );
    });
  const lastCalls = (pick: (numbers: readonly number[]) => number): readonly number[] =>
    taken.map(({ lastCallMs }) => pick(lastCallMs));
  return [
    ...beside('message in to engine asked', ({ askedMs }) => askedMs),
    ...beside('message in to answered', ({ answeredMs }) => answeredMs),
    resultOf(
      `last training call after a message, the latest, ${engine}`,
      'ms more',
      lastCalls((numbers) => Math.max(...numbers)),
    ),
    resultOf(
      `messages after which another training call was sent, ${engine}`,
      'share',
      lastCalls((numbers) => numbers.filter((ms) => ms > 0).length / numbers.length),
    ),
  ];
}

async function measureRun(
  folder: string,
  profile: EngineProfileName,
  seed: number,
  { messages, callMs }: PreemptSize,
): Promise<PreemptTaken> {
  const homeFolder = join(folder, `${profile}-${seed}`);
  mkdirSync(homeFolder);
  const engine = startChild(join(import.meta.dirname, 'engine.ts'), [profile]);
  try {
    const place: EnginePlace = JSON.parse(await engine.firstLine);
    const settings: PreemptSettings = { homeFolder, profile, engine: place, messages, callMs, seed };
    const worker = startChild(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(settings)]);
    const taken: PreemptTaken = JSON.parse(await worker.output);
    return taken;
  } finally {
    await engine.stop();
  }
}

/** Messages to a bot that trains on the engine that answers; the engine computes in another process. */
export function measurePreempt(
  profile: EngineProfileName,
  size: PreemptSize,
  progress: (line: string) => void,
): Promise<readonly PreemptTaken[]> {
  return withScratchFolder(async (folder) => {
    const taken: PreemptTaken[] = [];
    for (let run = 1; run <= size.runs; run += 1) {
      progress(`preempt: ${profile}, run ${run} of ${size.runs}`);
      taken.push(await measureRun(folder, profile, run, size));
    }
    return taken;
  });
}
