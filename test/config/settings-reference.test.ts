import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../config/package-root.ts';
import { secretNames } from '../../config/secrets.ts';
import { describeSettings, renderSettingsReference } from '../../config/settings-reference.ts';

test('docs/settings.md is what the code says; after a change run `npm run docs`', () => {
  expect(readFileSync(join(packageRoot(), 'docs', 'settings.md'), 'utf8')).toBe(renderSettingsReference());
});

test('every setting is explained, with its unit where it has one, and says what it accepts', () => {
  const described = describeSettings();
  expect(described.length).toBeGreaterThan(25);
  const units: readonly (readonly [RegExp, RegExp])[] = [
    [/Ms$/, /milliseconds/],
    [/Minutes$/, /minutes/],
    [/Bytes$/, /bytes/],
    [/Tokens$/, /tokens/],
  ];
  for (const { path, text, accepts } of described) {
    expect([path, text.length > 15], path).toEqual([path, true]);
    if (path !== 'feedback.settleWeightsMinutes') {
      for (const [name, unit] of units) if (name.test(path)) expect(`${path}: ${text}`).toMatch(unit);
    }
    expect(text, path).not.toContain('default.yaml');
    expect(text, path).not.toContain('Every setting');
    expect(accepts, path).not.toContain('undefined');
  }
  expect(described.find(({ path }) => path === 'skills.topK')).toEqual({
    path: 'skills.topK',
    defaultValue: 6,
    text: 'The most skills that one turn is given.',
    accepts: 'whole number, 0 to 50',
    variable: 'METACLAW_SKILLS_TOP_K',
  });
});

test('every secret is listed', () => {
  const text = renderSettingsReference();
  for (const name of secretNames) expect(text).toContain(`\`${name}\``);
});
