import { expect, test } from 'vitest';
import { isSkillName, type ShownSkill } from '../../../core/domain/skill.ts';
import { wasGiven } from '../../../core/skills/stale-samples.ts';

const scope = { kind: 'global' } as const;

function shown(name: string, isCarried?: true): ShownSkill {
  if (!isSkillName(name)) throw new Error(name);
  const base = { name, version: 1, contentHash: 'h', score: 0.9, propensity: 1, because: [], scope };
  return isCarried === undefined ? base : { ...base, isCarried };
}

const found = (name: string) => shown(name);

test('what the session carried along is not what the words led to', () => {
  const turn = { skills: [shown('invoices'), shown('greetings', true)], maskedSkills: [] };
  expect(wasGiven(turn, [found('invoices')])).toBe(true);
  expect(wasGiven(turn, [found('invoices'), found('greetings')])).toBe(false);
  expect(wasGiven(turn, [])).toBe(false);
});
