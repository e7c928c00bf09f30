import { describe, expect, test } from 'vitest';
import { readDirectives } from '../../adapters/demo-model/directives.ts';
import { exampleQuestions } from '../../config/example-questions.ts';
import { queryTerms } from '../../core/skills/query-terms.ts';
import { selectSkills } from '../../core/skills/select-skills.ts';
import { createShelves } from '../../core/skills/shelves.ts';
import { sampleSkill } from '../fakes/skills/sample-skill.ts';
import { loadShippedBank, shippedLimits } from '../fakes/skills/shipped-bank.ts';

const { skills } = await loadShippedBank();
const shelves = createShelves();
shelves.replaceAll(skills.map((text) => sampleSkill(text.name, text)));

describe('the questions offered on an empty page', () => {
  test('each brings a shipped skill that changes the stand-in’s answer, no two the same', () => {
    const found = exampleQuestions.map(
      (question) => selectSkills(shelves.find(queryTerms(question), 32), shippedLimits).chosen[0]?.skill,
    );
    for (const [index, skill] of found.entries()) {
      const { shape, firstLines } = readDirectives(skill?.body ?? '');
      expect(shape ?? firstLines[0], exampleQuestions[index]).toBeDefined();
    }
    expect(new Set(found.map((skill) => skill?.name)).size).toBe(exampleQuestions.length);
  });
});
