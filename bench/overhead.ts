import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOutcome, BenchResult, BenchSize } from './lib/bench-report.ts';
import { startChild } from './lib/child.ts';
import type { Stamps } from './lib/overhead/bot-under-test.ts';
import { measureCommit, measureLimiter } from './lib/overhead/spare-costs.ts';
import { readProse } from './lib/prose.ts';
import { withRamFolder, withScratchFolder } from './lib/scratch-folder.ts';
import { writeSkillBank } from './lib/skill-bank.ts';
import { percentile, resultOf } from './lib/statistics.ts';

interface Size {
  readonly skills: readonly number[];
  readonly runs: number;
  readonly warmUp: number;
  readonly messages: number;
  readonly spareCosts: number;
}

const sizes: Readonly<Record<BenchSize, Size>> = {
  full: { skills: [1, 40, 10_000], runs: 5, warmUp: 200, messages: 600, spareCosts: 100 },
  smoke: { skills: [1, 3], runs: 1, warmUp: 2, messages: 5, spareCosts: 2 },
};

const echo = 'bare telegraf echo bot';
const lib = join(import.meta.dirname, 'lib', 'overhead');

/** What is measured of each message, milliseconds. */
interface Part {
  readonly metric: string;
  readonly of: (stamps: Stamps) => number;
  /** The echo bot has no such part. */
  readonly alone?: boolean;
}

const toModel = (stamps: Stamps): number => stamps.askedMs - stamps.enteredMs;
const toStored = (stamps: Stamps): number => stamps.storedMs - stamps.endedMs;
const bothParts = (stamps: Stamps): number => toModel(stamps) + toStored(stamps) - stamps.platformMs;
const together = 'both together, without the send call';
const parts: readonly Part[] = [
  { metric: 'message in to model asked', of: toModel },
  { metric: 'model end to turn stored', of: toStored },
  {
    metric: 'model end to turn stored, without the send call',
    of: (stamps) => toStored(stamps) - stamps.platformMs,
  },
  { metric: together, of: bothParts },
  {
    metric: 'message in to platform answered',
    of: (stamps) => stamps.acknowledgedMs - stamps.enteredMs,
    alone: true,
  },
];

const shares = [
  ['p50', 0.5],
  ['p99', 0.99],
] as const;

interface Setting {
  readonly apiRoot: string;
  readonly folder: string;
  readonly size: Size;
}

async function runWorker(
  kind: 'echo' | 'ours',
  skills: number,
  { apiRoot, folder, size }: Setting,
  homes: string = folder,
): Promise<readonly Stamps[]> {
  const home = join(homes, `home-${process.hrtime.bigint()}`);
  mkdirSync(home);
  const counts = [size.warmUp, size.messages].map(String);
  const args = [kind, apiRoot, home, join(folder, String(skills)), join(folder, `${skills}.json`), ...counts];
  const stamps: readonly Stamps[] = JSON.parse(await startChild(join(lib, 'worker.ts'), args).output);
  return stamps;
}

const atSkills = (skills: number): string => `${skills.toLocaleString('en')} skill${skills === 1 ? '' : 's'}`;

function resultsOf(
  skills: number,
  ours: readonly (readonly Stamps[])[],
  others: readonly (readonly Stamps[])[],
): readonly BenchResult[] {
  return parts.flatMap(({ metric, of, alone }) =>
    shares.map(([name, share]) => {
      const runs = (all: readonly (readonly Stamps[])[]): readonly number[] =>
        all.map((stamps) => percentile(stamps.map(of), share));
      const vs = alone === true ? undefined : { name: echo, runs: runs(others) };
      return resultOf(`${metric} ${name}, ${atSkills(skills)}`, 'ms', runs(ours), vs);
    }),
  );
}

async function measureIn(
  folder: string,
  benchSize: BenchSize,
  progress: (line: string) => void,
): Promise<BenchOutcome> {
  const size = sizes[benchSize];
  const prose = readProse(join(import.meta.dirname, '..'), benchSize);
  for (const skills of size.skills) {
    const { messages } = writeSkillBank(join(folder, String(skills)), prose, skills);
    writeFileSync(join(folder, `${skills}.json`), JSON.stringify(messages));
  }
  const api = startChild(join(lib, 'fake-bot-api.ts'), []);
  try {
    const setting: Setting = { apiRoot: await api.firstLine, folder, size };
    const others: (readonly Stamps[])[] = [];
    const withoutDisk: (readonly Stamps[])[] = [];
    const mostSkills = Math.max(...size.skills);
    const ours = new Map<number, (readonly Stamps[])[]>(size.skills.map((skills) => [skills, []]));
    for (let run = 1; run <= size.runs; run += 1) {
      progress(`overhead: run ${run} of ${size.runs}`);
      others.push(await runWorker('echo', mostSkills, setting));
      for (const [skills, runs] of ours) runs.push(await runWorker('ours', skills, setting));
      const stamps = await withRamFolder((homes) => runWorker('ours', mostSkills, setting, homes));
      if (stamps !== undefined) withoutDisk.push(stamps);
    }
    const limiter = await measureLimiter(size.spareCosts);
    const commits: (readonly number[])[] = [];
    for (let run = 0; run < size.runs; run += 1) {
      const place = join(folder, `commits-${run}`);
      mkdirSync(place);
      commits.push(await measureCommit(place, size.spareCosts * 3));
    }
    return {
      results: [
        ...[...ours].flatMap(([skills, runs]) => resultsOf(skills, runs, others)),
        ...(withoutDisk.length === 0 ? [] : shares).map(([name, share]) =>
          resultOf(
            `${together} and without the disk ${name}, ${atSkills(mostSkills)}`,
            'ms',
            withoutDisk.map((stamps) => percentile(stamps.map(bothParts), share)),
          ),
        ),
        ...shares.map(([name, share]) =>
          resultOf(`the limiter, when nothing waits, ${name}`, 'ms', [percentile(limiter, share)]),
        ),
        ...shares.map(([name, share]) =>
          resultOf(
            `one commit of 1 KB on this disk ${name}`,
            'ms',
            commits.map((times) => percentile(times, share)),
          ),
        ),
      ],
      notes: [
        'ours: the bot as config/compose.ts builds it, Telegram in webhook mode over telegraf, SQLite on disk (WAL, synchronous FULL), a limiter that lets everything pass; each bot in a process of its own',
        `${echo}: the same library by its webhook callback, the same model, then ctx.reply; no storage, skills or history; ratio: ours divided by it`,
        'model: a stub in the process that answers one short message after 8 ms; Bot API: a stand-in in another process on loopback',
        'a message is one commit before the model is asked and four after it ends: the answer, the intent to send it, what was sent, the end; two more are made while the model works',
        'without the disk: the database in memory (/dev/shm), so that what remains is computing',
        'without the send call: less the time of sendMessage, for the echo bot of ctx.reply',
        `${size.runs} runs of ${size.messages} messages one after another in 20 private chats, each with a history of up to 40 turns, after ${size.warmUp} to warm up`,
      ],
    };
  } finally {
    await api.stop();
  }
}

/** What the bot adds to a message's way, beside a bare echo bot on the same library. */
export function measure(progress: (line: string) => void, size: BenchSize): Promise<BenchOutcome> {
  return withScratchFolder((folder) => measureIn(folder, size, progress));
}
