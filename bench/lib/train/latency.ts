import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rigBaseModel } from '../../../test/flow/training-rig.ts';
import type { BenchResult, BenchSize } from '../bench-report.ts';
import { startChild } from '../child.ts';
import type { WorkerAddress } from '../engine/engine-worker.ts';
import type { Stamps } from '../overhead/bot-under-test.ts';
import { readProse } from '../prose.ts';
import { withScratchFolder } from '../scratch-folder.ts';
import { writeSkillBank } from '../skill-bank.ts';
import { median, percentile, resultOf } from '../statistics.ts';
import type { LatencyHalf, LatencySettings, LatencyTaken } from './latency-worker.ts';

export type LatencySize = Pick<
  LatencySettings,
  'runs' | 'warmUp' | 'messages' | 'steps' | 'batchSize' | 'tokens'
>;

const lib = join(import.meta.dirname, '..');
const skills = 40;

const ownPart = ({ enteredMs, askedMs, endedMs, storedMs, platformMs }: Stamps): number =>
  askedMs - enteredMs + storedMs - endedMs - platformMs;

/** What two halves of a run show, each line training beside idle. The last is their difference, by which training adds to the delay. */
export function latencyResults({ idle, training, steps }: LatencyTaken): readonly BenchResult[] {
  const beside = (metric: string, of: (half: LatencyHalf) => number): BenchResult =>
    resultOf(metric, 'ms', training.map(of), { name: 'idle', runs: idle.map(of) });
  const messages = (share: number) => (half: LatencyHalf) => percentile(half.stamps.map(ownPart), share);
  const added = training.map(({ delayP99Ms }, at) => delayP99Ms - (idle[at]?.delayP99Ms ?? Number.NaN));
  return [
    beside('our part of a message while training p50', messages(0.5)),
    beside('our part of a message while training p99', messages(0.99)),
    beside('event-loop delay while training p99', ({ delayP99Ms }) => delayP99Ms),
    beside('event-loop delay while training, the longest', ({ delayMaxMs }) => delayMaxMs),
    {
      metric: 'event-loop delay p99 that training adds',
      unit: 'ms more',
      value: median(added),
      ...(added.length > 1 ? { spread: [Math.min(...added), Math.max(...added)] as const } : {}),
    },
    { metric: 'optimiser steps made beside messages', unit: 'count', value: steps },
  ];
}

async function measureIn(
  folder: string,
  size: LatencySize,
  benchSize: BenchSize,
): Promise<readonly BenchResult[]> {
  const skillsFolder = join(folder, 'skills');
  const { messages } = writeSkillBank(skillsFolder, readProse(join(lib, '..', '..'), benchSize), skills);
  const textsFile = join(folder, 'texts.json');
  writeFileSync(textsFile, JSON.stringify(messages));
  const homeFolder = join(folder, 'home');
  mkdirSync(homeFolder);
  const api = startChild(join(lib, 'overhead', 'fake-bot-api.ts'), []);
  const engine = startChild(join(lib, 'engine', 'engine-worker.ts'), ['tinker', rigBaseModel]);
  try {
    const { baseUrl, apiKey }: WorkerAddress = JSON.parse(await engine.firstLine);
    const settings: LatencySettings = {
      ...size,
      apiRoot: await api.firstLine,
      homeFolder,
      skillsFolder,
      textsFile,
      engine: { baseUrl, apiKey },
    };
    const worker = startChild(join(import.meta.dirname, 'latency-worker.ts'), [JSON.stringify(settings)]);
    const taken: LatencyTaken = JSON.parse(await worker.output);
    return latencyResults(taken);
  } finally {
    await engine.stop();
    await api.stop();
  }
}

/** What training in the bot's own process adds to its messages; the engine computes in another. */
export function measureLatency(size: LatencySize, benchSize: BenchSize): Promise<readonly BenchResult[]> {
  return withScratchFolder((folder) => measureIn(folder, size, benchSize));
}
