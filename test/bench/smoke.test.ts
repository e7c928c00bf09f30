import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageRoot } from '../../config/package-root.ts';

const run = promisify(execFile);
const folder = join(packageRoot(), 'bench');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));

const number = expect.any(Number);
const text = expect.stringMatching(/./);

/** Shares, things that may not happen at all, and differences. */
const unitsWithZero = ['share', '%', 'of 1,000', 'count', 'ms more', 's more', 'KB more'];
/** Something that took time or room: above zero. */
const positive = (value: unknown): boolean => typeof value === 'number' && value > 0;

test('there is a bench for each kind of number', () => {
  expect(names.sort()).toEqual([
    'engine',
    'evolve',
    'ledger',
    'overhead',
    'preempt',
    'proxy',
    'retrieval',
    'schedule',
    'start',
    'throughput',
    'train',
  ]);
});

test.each(names)('%s prints exactly one JSON object of the agreed shape', async (name) => {
  // No engine of somebody's is to be trained by a test.
  const env = { ...process.env, TINKER_BASE_URL: '' };
  const { stdout } = await run(process.execPath, [join(folder, 'run.ts'), name, '--json', '--smoke'], {
    env,
  });
  expect(stdout.endsWith('}\n')).toBe(true);
  const report = JSON.parse(stdout);
  expect(Object.keys(report).sort()).toEqual(['commit', 'cpu', 'name', 'node', 'notes', 'results']);
  expect(report).toMatchObject({ name, commit: text, node: process.versions.node, cpu: text });
  expect(report.notes[0]).toContain('smoke');
  expect(report.notes.every((note: unknown) => typeof note === 'string' && note !== '')).toBe(true);
  expect(report.results.length).toBeGreaterThan(3);
  const metrics = report.results.map(({ metric }: { metric: string }) => metric);
  expect(new Set(metrics).size).toBe(metrics.length);
  for (const result of report.results) {
    const { spread, vs, ratio, ...rest } = result;
    expect(rest).toEqual({ metric: text, unit: text, value: number });
    expect(positive(rest.value) || unitsWithZero.includes(rest.unit), rest.metric).toBe(true);
    if (spread !== undefined) expect(spread).toEqual([number, number]);
    expect(ratio === undefined).toBe(vs === undefined);
    if (vs === undefined) continue;
    expect(vs).toEqual({ name: text, value: number });
    expect(ratio).toBeCloseTo(rest.value / vs.value);
  }
});
