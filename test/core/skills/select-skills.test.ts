import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateTokens } from '../../../core/domain/tokens.ts';
import { renderSkillBlock } from '../../../core/skills/inject.ts';
import { isNearDuplicate, nearDuplicateShare, skillSimilarity } from '../../../core/skills/near-duplicate.ts';
import { type SkillCandidate, selectSkills, toShownSkill } from '../../../core/skills/select-skills.ts';
import { sampleSkill } from '../../fakes/skills/sample-skill.ts';

const candidate = (name: string, score: number, body = `Only ${name} and its friends.`): SkillCandidate => ({
  skill: sampleSkill(name, { body, description: `About ${name}.` }),
  score,
  because: [name],
});
const plenty = { topK: 6, budgetTokens: 1_200, floor: 0.3 };
const chosen = (candidates: readonly SkillCandidate[], limits = plenty): readonly string[] =>
  selectSkills(candidates, limits).chosen.map(({ skill }) => skill.name);
const dropped = (candidates: readonly SkillCandidate[], limits = plenty): readonly string[] =>
  selectSkills(candidates, limits).dropped.map(({ skill, reason }) => `${skill.name} ${reason}`);

describe('selectSkills', () => {
  const ranked = [candidate('violin', 0.9), candidate('glacier', 0.8), candidate('harbour', 0.75)];

  test('takes the best first', () => {
    expect(chosen(ranked)).toEqual(['violin', 'glacier', 'harbour']);
    expect(dropped(ranked)).toEqual([]);
    expect(selectSkills([], plenty)).toEqual({ chosen: [], dropped: [], tokens: 0 });
  });

  test('one word out of a longer trigger, or of the body alone, is not enough', () => {
    const skill = sampleSkill('tell-outage', {
      description: 'Writes status messages.',
      triggers: ['root cause analysis', 'in French', 'downtime'],
      body: 'Say who is affected.',
    });
    const led = (...because: string[]): readonly string[] => chosen([{ skill, score: 0.9, because }]);
    for (const alone of ['root', 'Cause', 'affected']) expect(led(alone)).toEqual([]);
    for (const alone of ['outage', 'Messages', 'French', 'downtime'])
      expect(led(alone)).toEqual(['tell-outage']);
    expect(led('root', 'cause')).toEqual(['tell-outage']);
    expect(dropped([{ skill, score: 0.9, because: ['root'] }])).toEqual(['tell-outage floor']);
  });

  test('at most topK', () => {
    expect(chosen(ranked, { ...plenty, topK: 2 })).toEqual(['violin', 'glacier']);
    expect(dropped(ranked, { ...plenty, topK: 2 })).toEqual(['harbour topK']);
    expect(chosen(ranked, { ...plenty, topK: 0 })).toEqual([]);
  });

  test('none under the floor, and none far below the best', () => {
    expect(chosen(ranked, { ...plenty, floor: 0.78 })).toEqual(['violin', 'glacier']);
    expect(dropped([candidate('violin', 0.2)])).toEqual(['violin floor']);
    const ice = { ...candidate('glacier', 0.6), because: ['ice'] };
    expect(dropped([candidate('violin', 0.9), ice])).toEqual(['glacier floor']);
    expect(chosen([candidate('violin', 0.6), candidate('glacier', 0.5)])).toEqual(['violin', 'glacier']);
  });

  test('one that words of its own led to may fit less than one that shares the words of a better one', () => {
    const violin = { ...candidate('violin', 0.9), because: ['play', 'strings', 'bow'] };
    const glacier = { ...candidate('glacier', 0.6), because: ['ice', 'melt', 'play'] };
    expect(chosen([violin, glacier])).toEqual(['violin', 'glacier']);
    expect(dropped([violin, { ...glacier, because: ['play', 'strings', 'ice'] }])).toEqual(['glacier floor']);
    expect(dropped([violin, { ...glacier, score: 0.45 }])).toEqual(['glacier floor']);
  });

  test('one word of its own is enough where it is in the skill’s name', () => {
    const violin = { ...candidate('violin', 0.9), because: ['play', 'strings'] };
    const glacier = { ...candidate('melting-glacier', 0.6), because: ['Glacier'] };
    expect(chosen([violin, glacier])).toEqual(['violin', 'melting-glacier']);
    expect(dropped([violin, { ...glacier, because: ['play'] }])).toEqual(['melting-glacier floor']);
  });

  test('what is near in meaning needs none of the bars of the words, and sets none', () => {
    const near = (name: string, score: number, wordScore: number): SkillCandidate => ({
      ...candidate(name, score),
      because: [],
      byMeaning: { wordScore },
    });
    expect(chosen([candidate('violin', 0.9), near('glacier', 0.2, 0.1)])).toEqual(['violin', 'glacier']);
    expect(chosen([near('glacier', 0.9, 0), candidate('violin', 0.4)])).toEqual(['glacier', 'violin']);
    expect(chosen([near('glacier', 0.9, 0.9), candidate('violin', 0.4)])).toEqual(['glacier']);
    expect(chosen([near('glacier', 0.9, 0), near('violin', 0.8, 0)], { ...plenty, topK: 1 })).toEqual([
      'glacier',
    ]);
  });

  test('a near-duplicate of a better one is passed over, in favour of the next', () => {
    const body = 'Water the tomatoes at dawn, prune roses in March, and keep snails away from lettuce.';
    const twins = [candidate('garden-care', 0.9, body), candidate('garden-help', 0.85, `${body} Always.`)];
    expect(chosen([...twins, candidate('glacier', 0.8)], { ...plenty, topK: 2 })).toEqual([
      'garden-care',
      'glacier',
    ]);
    expect(dropped(twins)).toEqual(['garden-help duplicate']);
  });

  test('whole skills within the budget: one that does not fit makes room for a shorter one', () => {
    const long = candidate('glacier', 0.8, 'ice '.repeat(400));
    const limits = { ...plenty, budgetTokens: 100 };
    expect(chosen([ranked[0]!, long, ranked[2]!], limits)).toEqual(['violin', 'harbour']);
    expect(dropped([ranked[0]!, long, ranked[2]!], limits)).toEqual(['glacier budget']);
    expect(chosen(ranked, { ...plenty, budgetTokens: 0 })).toEqual([]);
  });

  test('the promises hold for any candidates and limits', () => {
    const any = fc.record({
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      words: fc.integer({ min: 1, max: 300 }),
      topic: fc.nat(5),
    });
    const limits = fc.record({
      topK: fc.nat(8),
      budgetTokens: fc.nat(800),
      floor: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 15 }), limits, (specs, bounds) => {
        const candidates = specs
          .map(({ score, words, topic }, at) => candidate(`s${at}`, score, `topic${topic}q `.repeat(words)))
          .sort((a, b) => b.score - a.score);
        const selection = selectSkills(candidates, bounds);
        const { chosen: taken, dropped: left, tokens } = selection;
        expect(taken.length).toBeLessThanOrEqual(bounds.topK);
        expect(tokens).toBeLessThanOrEqual(bounds.budgetTokens);
        expect(taken.every(({ score }) => score >= bounds.floor)).toBe(true);
        expect(taken.map(({ score }) => score)).toEqual(
          taken.map(({ score }) => score).toSorted((a, b) => b - a),
        );
        expect(taken.length + left.length).toBe(candidates.length);
        expect(new Set([...taken, ...left].map(({ skill }) => skill.name)).size).toBe(candidates.length);
        for (const [at, a] of taken.entries()) {
          for (const b of taken.slice(at + 1)) {
            expect(skillSimilarity(a.skill, b.skill)).toBeLessThan(nearDuplicateShare);
          }
        }
        expect(selectSkills(candidates, bounds)).toEqual(selection);
      }),
      { numRuns: 1_000 },
    );
  });

  test('the tokens counted are those of the skills as rendered', () => {
    const selection = selectSkills(ranked, plenty);
    const block = renderSkillBlock(selection.chosen.map(({ skill }) => skill));
    const inner = block.slice(block.indexOf('<skills>\n') + 9, block.indexOf('\n</skills>'));
    expect(selection.tokens).toBeGreaterThanOrEqual(estimateTokens(inner));
    expect(selection.tokens).toBeLessThan(estimateTokens(inner) + 3 * selection.chosen.length);
  });

  test('a chosen skill is recorded with version, digest, score and words', () => {
    const skill = sampleSkill('violin', { version: 4 });
    expect(toShownSkill({ skill, score: 0.7, because: ['strings'] })).toEqual({
      name: 'violin',
      version: 4,
      contentHash: skill.contentHash,
      scope: { kind: 'global' },
      trial: 1,
      score: 0.7,
      propensity: 1,
      because: ['strings'],
    });
    expect(toShownSkill({ skill, score: 0.7, because: [] }, 0.9).propensity).toBe(0.9);
  });
});

describe('skillSimilarity', () => {
  const a = sampleSkill('garden', { body: 'Water tomatoes at dawn.' });

  test('is 1 for the same words, small for others, and symmetric', () => {
    const b = sampleSkill('engine', { body: 'Oil pistons weekly.' });
    expect(skillSimilarity(a, { ...a })).toBe(1);
    expect(skillSimilarity(a, b)).toBeLessThan(0.2);
    expect(skillSimilarity(a, b)).toBe(skillSimilarity(b, a));
  });

  test('isNearDuplicate says for any two texts whether they share enough', () => {
    const some = fc
      .uniqueArray(fc.nat(14), { maxLength: 15 })
      .map((ids) => sampleSkill('pair', { description: '', body: ids.map((id) => `zq${id}w`).join(' ') }));
    let near = 0;
    fc.assert(
      fc.property(some, some, (x, y) => {
        const expected = skillSimilarity(x, y) >= nearDuplicateShare;
        near += Number(expected);
        expect(isNearDuplicate(x, y)).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
    expect(near).toBeGreaterThan(50);
  });

  test('is 0 where there are no telling words', () => {
    const empty = sampleSkill('a', { description: 'the', body: 'and' });
    expect(skillSimilarity(empty, { ...empty })).toBe(0);
  });
});

test('a shown skill carries where it was learned, and one that was written for the library nothing', () => {
  const written = candidate('violin', 0.9);
  const learnedFrom = { platforms: ['fake'], authors: [] };
  expect(toShownSkill(written)).not.toHaveProperty('learnedFrom');
  expect(toShownSkill({ ...written, skill: { ...written.skill, learnedFrom } })).toMatchObject({
    learnedFrom,
  });
});
