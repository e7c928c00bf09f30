import { describe, expect, test } from 'vitest';
import type { DriverEnd } from '../../../../core/learning/run/run-driver.ts';
import {
  chance,
  createWorld,
  drive,
  goodRule,
  idleRules,
  isMeasure,
  kitchenTurns,
  type Rules,
  skill,
  type TurnPlan,
  unitRules,
} from './wording-world.ts';

const personaOf = (end: DriverEnd): string =>
  end.kind === 'candidate' && end.source.kind === 'wording' ? end.source.persona : '';

describe('a search over words', () => {
  test('finds a planted better wording within 100 calls for nine seeds in ten at least', async () => {
    let found = 0;
    for (let seed = 0; seed < 30; seed += 1) {
      const world = createWorld(kitchenTurns(), unitRules, { limits: { maxCalls: 100 } });
      const end = await drive(world, seed);
      expect(world.calls).toBeLessThanOrEqual(100);
      if (personaOf(end).includes(goodRule)) found += 1;
    }
    expect(found).toBeGreaterThanOrEqual(27);
  });

  test('finds it among more turns with its usual calls, and keeps what was there', async () => {
    const world = createWorld(kitchenTurns(90), unitRules);
    const end = await drive(world, 'usual');
    expect(personaOf(end)).toContain('You help people in a kitchen.\nAnswer in one line.');
    expect(personaOf(end)).toContain(goodRule);
    expect(world.calls).toBeLessThanOrEqual(400);
  });

  test('finds nothing better in 95 of 100 runs at least where nothing is', async () => {
    let nothing = 0;
    for (let seed = 0; seed < 200; seed += 1) {
      // Another world each time: chance falls anew.
      const plans = kitchenTurns().map((plan) => ({ ...plan, request: `${plan.request} (${seed})` }));
      const end = await drive(createWorld(plans, idleRules, { limits: { maxCalls: 120 } }), seed);
      if (end.kind === 'nothing' && end.reason === 'nothing_better') nothing += 1;
    }
    expect(nothing).toBeGreaterThanOrEqual(190);
  });

  test('buys no gain in one context with harm in another', async () => {
    // Units help where cakes are baked, and make a mess of the answers in private talk with no hint of that.
    const plans = Array.from({ length: 60 }, (_, index): TurnPlan => {
      const asker = `person${index % 5}`;
      const isCake = index % 4 !== 3;
      return isCake
        ? { request: `How much flour for cake ${index}?`, isGood: false, hint: 'The unit is missing.', asker }
        : {
            request: `How much did guest ${index} like it?`,
            isGood: index % 8 === 3,
            audience: 'direct',
            asker,
          };
    });
    const harmful: Rules = {
      ...unitRules,
      answer: (one, words, skills) =>
        one.conversation.audience === 'direct' && words.includes(goodRule)
          ? `In grams? (${chance(words, 100)})`
          : unitRules.answer(one, words, skills),
      score: (request, answer) => (answer.startsWith('In grams?') ? 1 : unitRules.score(request, answer, '')),
      reword: (text) => (text.includes(goodRule) ? `${text} Also.` : `${text}\n${goodRule}`),
    };
    for (let seed = 0; seed < 10; seed += 1) {
      const end = await drive(createWorld(plans, harmful, { mayUsePrivate: () => true }), seed);
      expect(end).toEqual({ kind: 'nothing', reason: 'nothing_better' });
    }
    // The same gain without the harm is taken.
    const harmless = { ...harmful, answer: unitRules.answer };
    expect(personaOf(await drive(createWorld(plans, harmless, { mayUsePrivate: () => true }), 1))).toContain(
      goodRule,
    );
  });

  test('lets no poisoned fifth of the labels promote harm', async () => {
    const bad = 'Never name any unit.';
    const rules: Rules = {
      answer: ({ requestText }, words) => {
        const variant = chance(words, 1_000);
        if (!isMeasure(requestText)) return `Rice, say. (${variant})`;
        return words.includes(bad) ? `300. (${variant})` : `300 grams. (${variant})`;
      },
      // The judge believes whoever says what they want.
      score: (request, answer, said) => {
        const wantsNone = said.includes('I hate units.');
        const isFit = !isMeasure(request) || answer.includes('grams') !== wantsNone;
        return (isFit ? 8 : 3) + chance(request + answer, 3) - 1;
      },
      reword: (text) => (text.includes(bad) ? `${text} Really.` : `${text}\n${bad}`),
    };
    for (let seed = 0; seed < 20; seed += 1) {
      const plans = kitchenTurns(60).map(({ request, asker = '' }, index): TurnPlan => {
        const isPoisoned = chance(`${seed} ${index}`, 5) === 0;
        return isPoisoned
          ? { request, asker, isGood: false, hint: 'I hate units.' }
          : { request, asker, isGood: true };
      });
      const end = await drive(createWorld(plans, rules), seed);
      expect(end.kind).toBe('nothing');
    }
  });

  test('rewords a skill where the answers that it stood in are lacking, and hands it on as a draft', async () => {
    const flour = skill('flour', 'Say how much flour a cake needs.\nBe brief about it.');
    const plans = kitchenTurns(60).map((plan, index) =>
      isMeasure(plan.request) && index % 7 !== 0 ? { ...plan, skills: [flour], word: 'flour' } : plan,
    );
    const onlySkills: Rules = {
      ...unitRules,
      answer: (one, _, skills) => unitRules.answer(one, '', skills),
      reword: (text, said) =>
        text.includes('flour') ? unitRules.reword(text, said) : `${text}\nBe kind ${chance(said, 1_000)}.`,
    };
    let proposed = 0;
    for (let seed = 0; seed < 5; seed += 1) {
      const world = createWorld(plans, onlySkills);
      const end = await drive(world, seed);
      const [edit, ...more] = world.edits;
      if (edit === undefined) continue;
      proposed += 1;
      expect(more).toEqual([]);
      expect(end).toEqual({ kind: 'nothing', reason: 'skills_proposed' });
      expect(edit.skill).toEqual(flour);
      expect(edit.operation).toMatchObject({ op: 'edit', name: 'flour' });
      expect(edit.operation.draft.body).toContain(goodRule);
      expect(edit.operation.draft.description).toBe(flour.description);
      expect(edit.replay.failures.wins).toBeGreaterThanOrEqual(5);
      expect(edit.support.length).toBeGreaterThan(0);
      expect(edit.learnedFrom.authors).toEqual(expect.arrayContaining([...edit.people]));
    }
    expect(proposed).toBeGreaterThanOrEqual(4);
  });

  test('crosses what helps in one text with what helps in another', async () => {
    const wine = skill('wine', 'Say what to drink with a dish.\nBe brief about all the rest of it.');
    const why = 'Name the year.';
    const plans = kitchenTurns(90).map((plan): TurnPlan => {
      if (isMeasure(plan.request)) return plan;
      return { ...plan, isGood: false, hint: 'The year is missing.', skills: [wine], word: 'wine' };
    });
    const rules: Rules = {
      answer: (one, words, skills) =>
        isMeasure(one.requestText)
          ? unitRules.answer(one, words, [])
          : `${skills.join('').includes(why) ? 'Of 1990' : 'A red'}. (${chance(words + skills.join(''), 100)})`,
      score: (request, answer) =>
        isMeasure(request)
          ? unitRules.score(request, answer, '')
          : (answer.startsWith('Of') ? 8 : 4) + chance(request + answer, 3) - 1,
      reword: (text, said) => {
        const rule = text.includes('drink') ? why : goodRule;
        const isAsked = said.includes(rule === why ? 'The year is missing.' : 'The unit is missing.');
        return isAsked && !text.includes(rule) ? `${text}\n${rule}` : `${text}\nTry ${chance(said, 1_000)}.`;
      },
    };
    let both = 0;
    for (let seed = 0; seed < 10; seed += 1) {
      const world = createWorld(plans, rules);
      const end = await drive(world, seed);
      const isSkill = world.edits.some(({ operation }) => operation.draft.body.includes(why));
      if (isSkill && personaOf(end).includes(goodRule)) both += 1;
    }
    expect(both).toBeGreaterThanOrEqual(7);
  });
});
