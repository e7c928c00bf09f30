import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type EngineProfileName, engineProfiles } from '../../adapters/tinker/profiles.ts';
import { packageRoot } from '../../config/package-root.ts';
import type { EngineFacts } from '../../core/domain/engine-facts.ts';

const text = readFileSync(join(packageRoot(), 'docs/training.md'), 'utf8');
const rows = (text.split('<!-- profiles -->')[1] ?? '')
  .split('<!-- end of profiles -->')[0]
  ?.split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const yesNo = (is: boolean): string => (is ? 'yes' : 'no');
const told: readonly (readonly [row: string, of: (facts: EngineFacts) => string])[] = [
  ['losses are joined by', ({ lossReduction }) => lossReduction],
  ['losses', ({ losses }) => losses.join(', ')],
  ['ratio losses take weights', ({ ratioWeights }) => yesNo(ratioWeights)],
  ['samplers keep their weights', ({ samplerIsolation }) => yesNo(samplerIsolation === 'snapshot')],
  ['may answer people while it trains', ({ serveWhileTraining }) => yesNo(serveWhileTraining)],
  ['clips gradients', ({ clipsGradients }) => yesNo(clipsGradients)],
];

describe('the guide to training engines', () => {
  test('says of every profile what the profile says', () => {
    const [head = [], , ...body] = rows ?? [];
    const names = head.slice(1).map((cell) => cell.replaceAll('`', ''));
    expect(names.toSorted()).toEqual(Object.keys(engineProfiles).toSorted());
    const table = Object.fromEntries(body.map(([name = '', ...cells]) => [name, cells]));
    const expected = told.map(([row, of]) => [
      row,
      names.map((name) => of(engineProfiles[name as EngineProfileName].facts)),
    ]);
    expect(table).toEqual(Object.fromEntries(expected));
  });

  test('has no place left open', () => {
    expect(text).not.toContain('@@');
  });
});
