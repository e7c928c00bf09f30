import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchOutcome, BenchResult, BenchSize } from './lib/bench-report.ts';
import { startChild } from './lib/child.ts';
import { withScratchFolder } from './lib/scratch-folder.ts';
import { residentMb } from './lib/start/memory.ts';
import { resultOf } from './lib/statistics.ts';

interface Size {
  readonly coldStarts: number;
  readonly laterStarts: number;
  /** Starts that are not counted, to fill the cache that the later ones find. */
  readonly fillsCache: boolean;
  /** How long a process rests before its memory is read. */
  readonly idleMs: number;
}

const sizes: Readonly<Record<BenchSize, Size>> = {
  full: { coldStarts: 5, laterStarts: 9, fillsCache: true, idleMs: 10_000 },
  smoke: { coldStarts: 1, laterStarts: 1, fillsCache: false, idleMs: 0 },
};

const root = join(import.meta.dirname, '..');
const lib = join(import.meta.dirname, 'lib', 'start');
const bot = join(root, 'bin', 'metaclaw.js');
const empty = 'empty Node process';
const server = 'bare hono server';
const readyDeadlineMs = 60_000;

interface Started {
  readonly readyMs: number;
  readonly idleMb: number;
}

interface Program {
  readonly file: string;
  readonly args: readonly string[];
  /** Where `/readyz` answers, out of the first line; `undefined` for a program that is ready when it says so. */
  readonly address: (firstLine: string) => string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

const programs = {
  empty: { file: join(lib, 'empty-process.js'), args: [], address: () => undefined, env: {} },
  server: { file: join(lib, 'bare-server.js'), args: [], address: (line) => line, env: {} },
  alone: botWith({ METACLAW_MODEL_DISCOVER: 'false' }),
  discovering: botWith({ METACLAW_MODEL_DISCOVER: 'true' }),
} as const satisfies Readonly<Record<string, Program>>;

function botWith(env: Readonly<Record<string, string>>): Program {
  return {
    file: bot,
    args: ['start'],
    address: (line) => /http:\S+/.exec(line)?.[0],
    env: { METACLAW_PORT: '0', METACLAW_LOG_LEVEL: 'error', ...env },
  };
}

async function untilReady(address: string): Promise<void> {
  const deadlineMs = performance.now() + readyDeadlineMs;
  while (performance.now() < deadlineMs) {
    const status = await fetch(`${address}/readyz`).then(
      async (response) => {
        await response.body?.cancel();
        return response.status;
      },
      () => 0,
    );
    if (status === 200) return;
    await sleep(2);
  }
  throw new Error(`${address}/readyz did not answer with 200 within ${readyDeadlineMs} ms.`);
}

/** `folder`: the data of this start, new each time; `cacheFolder`: where Node keeps what it compiled. */
async function startOnce(
  { file, args, address, env }: Program,
  folder: string,
  cacheFolder: string,
  idleMs: number,
): Promise<Started> {
  for (const path of [folder, cacheFolder]) mkdirSync(path, { recursive: true });
  const startedMs = performance.now();
  const child = startChild(file, args, {
    cwd: folder,
    // Node keeps its cache of compiled code in the folder for temporary files.
    env: { ...env, METACLAW_HOME: join(folder, 'data'), TMPDIR: cacheFolder },
  });
  try {
    const place = address(await child.firstLine);
    if (place !== undefined) await untilReady(place);
    const readyMs = performance.now() - startedMs;
    await sleep(idleMs);
    return { readyMs, idleMb: residentMb(child.processId) };
  } finally {
    await child.stop();
  }
}

type Name = keyof typeof programs;

async function measureIn(
  folder: string,
  size: Size,
  progress: (line: string) => void,
): Promise<BenchOutcome> {
  let count = 0;
  const start = (name: Name, cache: string): Promise<Started> => {
    count += 1;
    return startOnce(programs[name], join(folder, `start-${count}`), join(folder, cache), size.idleMs);
  };
  const names: readonly Name[] = ['empty', 'server', 'alone', 'discovering'];
  const later = new Map<Name, Started[]>(names.map((name) => [name, []]));
  const cold: Started[] = [];
  for (let run = 1; run <= size.coldStarts; run += 1) {
    progress(`start: first start ${run} of ${size.coldStarts}`);
    cold.push(await start('alone', `cold-${run}`));
  }
  if (size.fillsCache) for (const name of names) await start(name, 'warm');
  for (let run = 1; run <= size.laterStarts; run += 1) {
    progress(`start: later start ${run} of ${size.laterStarts}`);
    for (const [name, runs] of later) runs.push(await start(name, 'warm'));
  }

  const of = (name: Name, pick: (started: Started) => number): readonly number[] =>
    (later.get(name) ?? []).map(pick);
  const readyMs = ({ readyMs: value }: Started): number => value;
  const idleMb = ({ idleMb: value }: Started): number => value;
  const results: BenchResult[] = [];
  const add = (metric: string, unit: string, pick: (started: Started) => number): void => {
    const runs = of('alone', pick);
    results.push(
      resultOf(`${metric}, beside an ${empty}`, unit, runs, { name: empty, runs: of('empty', pick) }),
      resultOf(`${metric}, beside a ${server}`, unit, runs, { name: server, runs: of('server', pick) }),
    );
  };
  add('start to ready', 'ms', readyMs);
  results.push(
    resultOf('start to ready, looking for a model on this machine', 'ms', of('discovering', readyMs)),
    resultOf('first start ever to ready', 'ms', cold.map(readyMs)),
  );
  add('idle memory', 'MB', idleMb);
  results.push(
    resultOf('idle memory, after looking for a model', 'MB', of('discovering', idleMb)),
    resultOf('idle memory after the first start ever', 'MB', cold.map(idleMb)),
  );
  return {
    // Elsewhere than on Linux nobody tells the memory.
    results: results.filter(({ value }) => !Number.isNaN(value)),
    notes: [
      'metaclaw start with the web channel alone, an empty data folder and no model, run from the checkout; ready: /readyz answers 200, asked every 2 ms',
      `${size.laterStarts} starts; those of the first start ever: ${size.coldStarts}, each with an empty cache of compiled code`,
      `memory: VmRSS after ${size.idleMs / 1_000} s of rest; the empty process is ready with its first output`,
    ],
  };
}

/** From the command to a bot that takes messages, and what it then weighs. */
export function measure(progress: (line: string) => void, size: BenchSize): Promise<BenchOutcome> {
  return withScratchFolder((folder) => measureIn(folder, sizes[size], progress));
}
