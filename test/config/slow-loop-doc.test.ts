import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../config/package-root.ts';
import { probeSet } from '../../core/learning/policies/probe-set.ts';
import { describeRunReason } from '../../core/learning/run/run-reasons.ts';
import { load, mustLoad } from './settings-folder.ts';

const read = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8');
const training = read('docs/training.md');
const policies = read('docs/policies.md');

function between(mark: string): string {
  const [, after = ''] = training.split(`<!-- ${mark} -->`);
  return after.split(`<!-- end of ${mark} -->`)[0] ?? '';
}

const cellsOf = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

describe('the guide to the slow loop', () => {
  test('names every reason why something is skipped, in the words that people are told', () => {
    const source = read('core/learning/run/run-reasons.ts');
    const words = [...source.matchAll(/^ {2}(\w+): '/gm)].map(([, word]) => word);
    const rows = between('reasons')
      .split('\n')
      .map(cellsOf)
      .filter(([, word = '']) => word.startsWith('`'))
      .map(([said, word = '']) => [word.replaceAll('`', ''), said]);
    expect(words.length).toBeGreaterThan(40);
    expect(rows.map(([word]) => word).toSorted()).toEqual(words.toSorted());
    expect(rows).toEqual(rows.map(([word = '']) => [word, describeRunReason(word)]));
  });

  test('says what the limits of a run are by default', () => {
    const { training: own } = mustLoad().settings;
    const rows = training
      .split('\n')
      .map(cellsOf)
      .filter(([, , setting = '']) => /^`training\.\w+`$/.test(setting));
    const shown: Readonly<Record<string, string>> = Object.fromEntries(
      rows.map(([, value = '', setting = '']) => [setting.replaceAll('`', ''), value]),
    );
    expect(shown).toEqual({
      'training.minSamples': String(own.minSamples),
      'training.minEachSign': String(own.minEachSign),
      'training.minPeople': String(own.minPeople),
      'training.maxPersonPercent': `${own.maxPersonPercent} %`,
      'training.maxSamples': own.maxSamples.toLocaleString('en'),
      'training.batchSize': String(own.batchSize),
    });
  });

  test('says in brackets what a setting is by default', () => {
    const { settings } = mustLoad();
    const groups = new Map(
      Object.entries({ training: settings.training, gate: settings.gate }).map(([name, group]) => [
        name,
        new Map(Object.entries(group)),
      ]),
    );
    const told = [
      ...`${training}\n${policies}`.matchAll(/`(training|gate)\.(\w+)` \((\d[\d.,]*)[^)]*\)/g),
    ].map(([, group = '', name = '', value = '']) => ({
      group,
      name,
      value: Number(value.replace(',', '')),
    }));
    expect(told.length).toBeGreaterThan(8);
    expect(told).toEqual(
      told.map(({ group, name }) => ({ group, name, value: groups.get(group)?.get(name) })),
    );
  });

  test('names only settings that there are', () => {
    const { settings } = mustLoad();
    const known = [
      ...Object.keys(settings.training).map((name) => `training.${name}`),
      ...Object.keys(settings.gate).map((name) => `gate.${name}`),
    ];
    const named = [...`${training}\n${policies}`.matchAll(/`((?:training|gate)\.\w+)`/g)].map(
      ([, name = '']) => name,
    );
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('has settings to try it with that are valid', () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(between('try'))?.[1] ?? '';
    const result = load({ yaml, variables: { TINKER_BASE_URL: 'http://127.0.0.1:8011' } });
    expect(result.kind === 'invalid' ? result.problems : []).toEqual([]);
    expect(yaml).toContain('weights: true');
  });

  test('counts the probes', () => {
    expect(policies).toContain(`**Probes.** ${probeSet.length} fixed requests`);
  });
});
