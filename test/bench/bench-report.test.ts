import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type BenchReport, formatReport } from '../../bench/lib/bench-report.ts';
import { createSeededRandom } from '../../bench/lib/seeded-random.ts';
import { median, percentile, resultOf } from '../../bench/lib/statistics.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

describe('numbers of several runs', () => {
  test('median and percentiles', () => {
    const numbers = Array.from({ length: 100 }, (_, at) => 99 - at);
    expect(median(numbers)).toBe(50);
    expect(percentile(numbers, 0.99)).toBe(99);
    expect(percentile([7], 0.5)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  test('a result has the median, the spread and the ratio to what it is compared with', () => {
    expect(resultOf('query', 'us', [3, 1, 2], { name: 'other', runs: [4, 8, 6] })).toEqual({
      metric: 'query',
      unit: 'us',
      value: 2,
      spread: [1, 3],
      vs: { name: 'other', value: 6 },
      ratio: 2 / 6,
    });
    expect(resultOf('query', 'us', [3])).toEqual({ metric: 'query', unit: 'us', value: 3 });
    expect(resultOf('query', 'us', [3], { name: 'other', runs: [] })).not.toHaveProperty('vs');
  });

  test('the same seed gives the same numbers, within bounds and spread out', () => {
    const [a, b] = [createSeededRandom(7), createSeededRandom(7)];
    const drawn = Array.from({ length: 1_000 }, () => a.below(10));
    expect(Array.from({ length: 1_000 }, () => b.below(10))).toEqual(drawn);
    for (let value = 0; value < 10; value++) {
      expect(drawn.filter((other) => other === value).length).toBeGreaterThan(50);
    }
    expect(drawn.every((value) => Number.isInteger(value) && value >= 0 && value < 10)).toBe(true);
  });
});

describe('the table for people', () => {
  const report: BenchReport = {
    name: 'sample',
    commit: 'abc1234',
    node: '24.0.0',
    cpu: 'Sample x 2',
    results: [
      {
        metric: 'build',
        unit: 'ms',
        value: 1234.5,
        spread: [1000, 1500],
        vs: { name: 'other', value: 2469 },
        ratio: 0.5,
      },
      { metric: 'recall', unit: 'share', value: 0.98765 },
    ],
    notes: ['first note'],
  };

  test('has one line a metric and the notes', () => {
    const lines = formatReport(report).split('\n');
    expect(lines[0]).toBe('sample  commit abc1234  node 24.0.0  Sample x 2');
    expect(lines.find((line) => line.startsWith('build'))).toMatch(
      /1235 ms +1000 to 1500 +other: 2469 +0\.500$/,
    );
    expect(lines.find((line) => line.startsWith('recall'))).toMatch(/0\.988 share$/);
    expect(lines.at(-1)).toBe('- first note');
  });
});

describe('the command', () => {
  test.each([[[]], [['nothing-of-the-kind']], [['retrieval', 'more']], [['retrieval', '--minutes=soon']]])(
    '%j is wrong usage and lists the benches',
    async (words) => {
      const failure: unknown = await run(process.execPath, [join(root, 'bench/run.ts'), ...words]).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/Usage: .*retrieval/),
      });
    },
  );
});
