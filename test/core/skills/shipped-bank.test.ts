import { describe, expect, test } from 'vitest';
import { estimateTokens } from '../../../core/domain/tokens.ts';
import { renderSkill } from '../../../core/skills/inject.ts';
import { skillSimilarity } from '../../../core/skills/near-duplicate.ts';
import { termsOf } from '../../../core/skills/tokenise.ts';
import { sampleSkill } from '../../fakes/skills/sample-skill.ts';
import { loadShippedBank, shippedLimits } from '../../fakes/skills/shipped-bank.ts';

const { skills, diagnostics } = await loadShippedBank();
const pairs = skills.flatMap((a, at) => skills.slice(at + 1).map((b) => [a, b] as const));

function overlap(a: string, b: string): number {
  const [one, two] = [new Set(termsOf(a)), new Set(termsOf(b))];
  return one.intersection(two).size / Math.min(one.size, two.size);
}

describe('the shipped skills', () => {
  test('are a dozen, and the format is clean', () => {
    expect(diagnostics).toEqual([]);
    expect(skills.map(({ name }) => name)).toEqual([
      'check-figures',
      'compare-options',
      'draft-message',
      'explain-error',
      'how-to-steps',
      'incident-update',
      'meeting-notes',
      'plan-work',
      'review-code',
      'summarise-discussion',
      'translate-text',
      'write-sql',
    ]);
  });

  test('all fit into one prompt by sixes', () => {
    const costs = skills
      .map(({ name, body }) => estimateTokens(renderSkill(sampleSkill(name, { body }))))
      .sort((a, b) => b - a);
    expect(costs[0]).toBeLessThan(400);
    expect(costs.slice(0, 3).reduce((sum, cost) => sum + cost, 0)).toBeLessThan(shippedLimits.budgetTokens);
    expect(costs.reduce((sum, cost) => sum + cost, 0)).toBeLessThan(4_000);
  });

  test.each(skills.map((skill) => [skill.name, skill] as const))(
    '%s is short, concrete and says what to avoid',
    (_, skill) => {
      const lines = skill.body.split('\n');
      expect(lines.length).toBeGreaterThanOrEqual(6);
      expect(lines.length).toBeLessThanOrEqual(25);
      const [advice = '', avoid = ''] = skill.body.split('\n## Avoid\n');
      expect(advice.split('\n').filter((line) => /^[-\d]/.test(line)).length).toBeGreaterThanOrEqual(4);
      expect(avoid.split('\n').filter((line) => line.startsWith('- ')).length).toBeGreaterThanOrEqual(3);
      expect(skill.description).toMatch(/\. Use (when|for|after)\b/);
      expect(skill.description.length).toBeGreaterThan(100);
      expect(skill.description.length).toBeLessThan(300);
      expect(skill.triggers.length).toBeGreaterThanOrEqual(8);
      for (const trigger of skill.triggers) expect(trigger.length).toBeLessThan(40);
      for (const line of lines) expect(line.length).toBeLessThan(240);
    },
  );

  test.each(pairs.map(([a, b]) => [a.name, b.name, a, b] as const))(
    '%s and %s are about different things',
    (_, __, a, b) => {
      expect(overlap(a.description, b.description)).toBeLessThan(0.35);
      expect(skillSimilarity(a, b)).toBeLessThan(0.2);
      expect(a.triggers.filter((trigger) => b.triggers.includes(trigger))).toEqual([]);
    },
  );

  test('directives that change an answer visibly are written as the demo model reads them', () => {
    const directive =
      /^(Answer with a (numbered list|bullet list|table)\.|Answer in at most \d+ sentences\.|(Start|End) with the line: .+)$/;
    const lines = skills.flatMap(({ body }) => body.split('\n'));
    const looksLikeOne = lines.filter((line) => /^(Answer (with|in)|Start with|End with)\b/.test(line));
    expect(looksLikeOne.length).toBeGreaterThanOrEqual(6);
    for (const line of looksLikeOne) expect(line).toMatch(directive);
  });
});
