import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { type BenchOutcome, type BenchReport, type BenchSize, formatReport } from './lib/bench-report.ts';
import { describeMachine } from './lib/machine.ts';

/** What every `bench/<name>.ts` exports. `progress` is for people and goes to the error stream. */
export interface BenchModule {
  measure(progress: (line: string) => void, size: BenchSize): Promise<BenchOutcome>;
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

async function runBench(name: string, asJson: boolean, size: BenchSize): Promise<void> {
  const module: unknown = await import(join(import.meta.dirname, `${name}.ts`));
  if (!isBenchModule(module)) throw new TypeError(`bench/${name}.ts exports no function "measure".`);
  const [loadBefore = 0] = loadavg();
  const { results, notes } = await module.measure((line) => process.stderr.write(`${line}\n`), size);
  const smoke = size === 'smoke' ? ['a smoke run: the numbers mean nothing'] : [];
  const load = `load average before the run ${loadBefore.toFixed(2)}: what else runs on the machine shows in the p99 first`;
  const report: BenchReport = { name, ...describeMachine(), results, notes: [...smoke, ...notes, load] };
  process.stdout.write(asJson ? `${JSON.stringify(report)}\n` : `${formatReport(report)}\n`);
}

const names = benchNames();
const words = process.argv.slice(2);
const [name, ...rest] = words.filter((word) => word !== '--json' && word !== '--smoke');
if (name === undefined || rest.length > 0 || !names.includes(name)) {
  process.stderr.write(`Usage: npm run bench -- <${names.join('|')}> [--json] [--smoke]\n`);
  process.exitCode = wrongUsage;
} else {
  await runBench(name, words.includes('--json'), words.includes('--smoke') ? 'smoke' : 'full');
}
