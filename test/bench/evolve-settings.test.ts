import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { shippedSettings } from '../../bench/lib/evolve/bench-rig.ts';
import { packageRoot } from '../../config/package-root.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

test('the simulated bot has the settings that the real one is shipped with', () => {
  const { skills, evolver, feedback, session } = parse(
    readFileSync(join(packageRoot(), 'config', 'default.yaml'), 'utf8'),
  );
  expect(shippedSettings).toEqual({
    limits: { topK: skills.topK, budgetTokens: skills.budgetTokens },
    threshold: evolver.threshold,
    people: evolver.people,
    coolDownMs: evolver.coolDownMinutes * minute,
    dailyCalls: evolver.dailyCalls,
    timeoutMs: evolver.timeoutMs,
    alpha: 0.05,
    maxActive: skills.maxActive,
    disuseMs: skills.disuseDays * day,
    quietMs: feedback.settleSkillsMinutes * minute,
    gapMs: session.gapMinutes * minute,
  });
  expect(skills).toMatchObject({ retrieval: 'lexical', experiments: true });
  expect(evolver).toMatchObject({ policy: 'review', autoWiden: false });
});
