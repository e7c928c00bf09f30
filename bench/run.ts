import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { type BenchOutcome, type BenchReport, type BenchSize, formatReport } from './lib/bench-report.ts';
import { describeMachine } from './lib/machine.ts';

/** What every `bench/<name>.ts` exports. `progress` is for people and goes to the error stream. */
export interface BenchModule {
  /** `minutes`: how long what is watched over time is watched; absent: as long as the bench thinks right. */
  measure(progress: (line: string) => void, size: BenchSize, minutes?: number): Promise<BenchOutcome>;
}

const wrongUsage = 2;

function isBenchModule(module: unknown): module is BenchModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'measure' in module &&
    typeof module.measure === 'function'
  );
}

function benchNames(): readonly string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

async function runBench(name: string, asJson: boolean, size: BenchSize, minutes?: number): Promise<void> {
  const module: unknown = await import(join(import.meta.dirname, `${name}.ts`));
  if (!isBenchModule(module)) throw new TypeError(`bench/${name}.ts exports no function "measure".`);
  const [loadBefore = 0] = loadavg();
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const { results, notes } = await module.measure(progress, size, minutes);
  const smoke = size === 'smoke' ? ['a smoke run: the numbers mean nothing'] : [];
  const load = `load average before the run ${loadBefore.toFixed(2)}: what else runs on the machine shows in the p99 first`;
  const report: BenchReport = { name, ...describeMachine(), results, notes: [...smoke, ...notes, load] };
  process.stdout.write(asJson ? `${JSON.stringify(report)}\n` : `${formatReport(report)}\n`);
}

const names = benchNames();
const words = process.argv.slice(2);
const options = words.filter((word) => word.startsWith('--'));
const [name, ...rest] = words.filter((word) => !word.startsWith('--'));
const minutesOption = /^--minutes=(\d+(?:\.\d+)?)$/;
const isOption = (word: string): boolean =>
  word === '--json' || word === '--smoke' || minutesOption.test(word);
if (name === undefined || rest.length > 0 || !names.includes(name) || !options.every(isOption)) {
  const usage = `npm run bench -- <${names.join('|')}> [--json] [--smoke] [--minutes=<number>]`;
  process.stderr.write(`Usage: ${usage}\n`);
  process.exitCode = wrongUsage;
} else {
  const minutes = options.map((word) => minutesOption.exec(word)?.[1]).find((found) => found !== undefined);
  const size = options.includes('--smoke') ? 'smoke' : 'full';
  await runBench(name, options.includes('--json'), size, minutes === undefined ? undefined : Number(minutes));
}
