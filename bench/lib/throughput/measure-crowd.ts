import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchOutcome, BenchSize } from '../bench-report.ts';
import { startChild } from '../child.ts';
import { residentMb } from '../start/memory.ts';
import { median, percentile, resultOf } from '../statistics.ts';
import type { CrowdReport } from './crowd.ts';
import { isFlat, riseShare, type Sample } from './trend.ts';
import { type Load, newHome, underLoad } from './under-load.ts';

interface Size {
  readonly conversations: number;
  readonly modelMs: number;
  readonly settleMs: number;
  readonly sampleEveryMs: number;
}

const sizes: Readonly<Record<BenchSize, Size>> = {
  full: { conversations: 1_000, modelMs: 5_000, settleMs: 60_000, sampleEveryMs: 1_000 },
  smoke: { conversations: 10, modelMs: 50, settleMs: 300, sampleEveryMs: 100 },
};
const smokeMs = 500;
const graceMs = 20_000;
/** What a process takes in its first minutes says nothing about its tenth. */
const leastForTrendMs = 5 * 60_000;
/** A conversation with less than this of the median's answers was starved. */
const STARVED = 0.5;

async function tell(load: Load, order: string): Promise<CrowdReport> {
  const response = await fetch(`${load.controlAddress}/${order}`, { method: 'POST' });
  const report: CrowdReport = JSON.parse(await response.text());
  return report;
}

/** What was seen, once everybody was answered; a conversation that waits much longer is reported as it is. */
async function reportOf(load: Load, lookEveryMs: number): Promise<CrowdReport> {
  const startedMs = performance.now();
  for (;;) {
    const seen = await tell(load, 'report');
    if (Math.min(...seen.answersOf) > 0 || performance.now() - startedMs > graceMs) return seen;
    await sleep(lookEveryMs);
  }
}

async function watch(processId: number, forMs: number, everyMs: number): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const startedMs = performance.now();
  while (performance.now() - startedMs < forMs) {
    samples.push({ atMs: performance.now() - startedMs, value: residentMb(processId) });
    await sleep(everyMs);
  }
  return samples;
}

function outcomeOf(platform: string, size: Size, seen: CrowdReport, memory: readonly Sample[]): BenchOutcome {
  const { conversations, modelMs, sampleEveryMs } = size;
  const waits = seen.answersMs.map((answerMs) => Math.max(0, answerMs - modelMs));
  const served = median(seen.answersOf);
  const worst = Math.min(...seen.answersOf);
  const starved = seen.answersOf.filter((answers) => answers < served * STARVED).length;
  const of = (what: string): string => `${platform}: ${what}, ${conversations.toLocaleString('en')} at once`;
  const megabytes = memory.map(({ value }) => value);
  const results = [
    // Discord waits for none.
    ...(seen.acknowledgementsMs.length === 0
      ? []
      : [
          resultOf(of('acknowledgement p50'), 'ms', [percentile(seen.acknowledgementsMs, 0.5)]),
          resultOf(of('acknowledgement p99'), 'ms', [percentile(seen.acknowledgementsMs, 0.99)]),
        ]),
    resultOf(of('longest wait for an answer, less the model'), 'ms', [percentile(waits, 1)], {
      name: 'median wait',
      runs: [median(waits)],
    }),
    resultOf(of('answers of the conversation with the fewest'), 'answers', [worst], {
      name: 'median',
      runs: [served],
    }),
    // Where the system does not tell, there is nothing to say.
    ...(megabytes.some(Number.isNaN)
      ? []
      : [
          resultOf(of('resident memory'), 'MB', [median(megabytes)]),
          resultOf(of('rise of memory in ten minutes'), 'share', [riseShare(memory)]),
        ]),
  ];
  const lanes = starved === 0 ? 'no conversation starved' : `${starved} conversations starved`;
  const watchedMs = memory.at(-1)?.atMs ?? 0;
  const trend = isFlat(memory) ? 'memory flat' : 'memory not flat';
  const flat =
    watchedMs < leastForTrendMs - sampleEveryMs
      ? 'watched too short a time to call memory flat or not'
      : trend;
  return { results, notes: [`${platform}: ${lanes}; ${flat}`] };
}

/**
 * Our bot with a thousand conversations at once, each of which writes again when it is answered, for so many minutes
 * after one to settle.
 */
export function measureCrowd(
  platform: string,
  benchSize: BenchSize,
  minutes: number,
  folder: string,
  progress: (line: string) => void,
): Promise<BenchOutcome> {
  const size = sizes[benchSize];
  const { conversations, modelMs, settleMs, sampleEveryMs } = size;
  progress(`throughput: ${platform}, ${conversations} conversations at once`);
  return underLoad(platform, conversations, async (load) => {
    const counts = [conversations, modelMs].map(String);
    const words = [platform, load.platformAddress, newHome(folder), ...counts];
    const bot = startChild(join(import.meta.dirname, 'talker.ts'), words);
    try {
      await bot.firstLine;
      await tell(load, 'talk');
      await sleep(settleMs);
      await tell(load, 'forget');
      const forMs = benchSize === 'smoke' ? smokeMs : minutes * 60_000;
      const memory = await watch(bot.processId, forMs, sampleEveryMs);
      const seen = await reportOf(load, sampleEveryMs);
      return outcomeOf(platform, size, seen, memory);
    } finally {
      await bot.stop();
    }
  });
}
