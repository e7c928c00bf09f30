import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Skill } from '../../../core/domain/skill.ts';
import { selectSkills } from '../../../core/skills/select-skills.ts';
import { taskTypeOf, taskTypesIn } from '../../../core/skills/task-types.ts';
import { templateCandidates } from '../../../core/skills/template-mode.ts';
import { sampleSkill } from '../../fakes/skills/sample-skill.ts';
import { loadShippedBank, shippedLimits } from '../../fakes/skills/shipped-bank.ts';

const skills = [
  sampleSkill('safe-merges', {
    description: 'Merges a branch of code without breaking the build.',
    body: 'Run every test before and after.',
  }),
  sampleSkill('bug-reports', { description: 'Finds the cause of a bug.', body: 'Look at the stack trace.' }),
  sampleSkill('api-design', { description: 'Designs an API.', body: 'Name things after what they hold.' }),
  sampleSkill('polite-mail', { description: 'Drafts an email in a polite tone.' }),
  sampleSkill('tomatoes', { description: 'Grows tomatoes.', body: 'Water at dawn.' }),
];
const names = (message: string, limit = 10): readonly string[] =>
  templateCandidates(message, skills, limit).map(({ skill }) => skill.name);

describe('kinds of tasks', () => {
  test.each([
    ['there is a bug in my class', ['coding']],
    ['Bugs! Testing the APIs', ['coding']],
    ['look up two papers', ['research']],
    ['look, the light is up', []],
    ['Draft a reply, then plan the deadline', ['productivity', 'communication']],
    ['encrypting passwords', ['security']],
    ['a cron job for the nightly script', ['automation']],
    ['the agent’s memory of a session', ['agentic']],
    ['rows of the CSV', ['data_analysis']],
    ['', []],
  ])('%j has %j', (text, types) => {
    expect(taskTypesIn(text)).toEqual(types);
  });

  test.each([
    'what is the latest news?',
    'what is the capital of France?',
    'which digit comes next?',
    'how do I grow tomatoes in a browser game?',
    'hello, how are you today?',
    'the contest was a testament to planetary tokenism',
  ])('B13: letters inside other words are no keyword: %s', (text) => {
    expect(taskTypesIn(text)).toEqual([]);
  });

  test('a skill is of the kind of which it has the most keywords', () => {
    const kindOf = (name: string, description: string, triggers: readonly string[] = []): string =>
      taskTypeOf(sampleSkill(name, { description, triggers }));
    expect(kindOf('polite-mail', 'Drafts an email that tells of a bug.')).toBe('communication');
    expect(kindOf('queries', 'Tells the source.', ['sql', 'csv'])).toBe('data_analysis');
    expect(kindOf('even', 'A paper about code.')).toBe('coding');
    expect(kindOf('tomatoes', 'Grows tomatoes.')).toBe('general');
  });
});

describe('candidates', () => {
  test('all skills of the kind, the one that shares most words first, and no other kind', () => {
    expect(names('which test belongs to a merge of this branch?')).toEqual([
      'safe-merges',
      'api-design',
      'bug-reports',
    ]);
    expect(names('an email about something')).toEqual(['polite-mail']);
  });

  test('B13: without a keyword no kind is taken, and small talk finds nothing', () => {
    expect(names('good morning, how are you?')).toEqual([]);
    expect(names('what is the latest news of the capital?')).toEqual([]);
  });

  test('skills of no kind come by their words, also beside a kind', () => {
    expect(names('when do tomatoes want water?')).toEqual(['tomatoes']);
    expect(names('an email about tomatoes')).toEqual(['polite-mail', 'tomatoes']);
  });

  test('the first kind in order that has skills is taken', () => {
    expect(names('a bug in the draft of an email')).toContain('bug-reports');
    expect(names('a bug in the draft of an email')).not.toContain('polite-mail');
    const withoutCode = templateCandidates('a bug in the draft of an email', skills.slice(3), 9);
    expect(withoutCode.map(({ skill }) => skill.name)).toEqual(['polite-mail']);
  });

  test('what is pasted, quoted or put before a message is no keyword', () => {
    expect(names('> fix the bug in git\n\ngood morning')).toEqual([]);
    expect(names('[git-api 2026-01-05 12:00 Test Person] good morning')).toEqual([]);
    expect(names('good morning `bug`')).toEqual([]);
  });

  test('because: the words of the person that the skill has, and none where the kind alone led there', () => {
    const found = templateCandidates('Merging this Branch: which test?', skills, 9);
    const because = new Map(found.map((one) => [String(one.skill.name), one.because]));
    expect(because.get('safe-merges')).toEqual(['Merging', 'Branch', 'test']);
    expect(because.get('bug-reports')).toEqual([]);
    // "trace" is in its body only: no reason to name.
    const traced = templateCandidates('a trace of the code', skills, 9);
    expect(traced.find(({ skill }) => skill.name === 'bug-reports')?.because).toEqual([]);
  });

  test('B14: of many of one kind each can come first, wherever it is stored', () => {
    const topics = ['kafka', 'redis', 'kotlin', 'svelte', 'docker', 'nginx', 'ansible', 'terraform'];
    const many = topics.map((topic) =>
      sampleSkill(`code-${topic}`, { description: `Writes code for ${topic}.`, body: '' }),
    );
    for (const order of [many, many.toReversed()]) {
      for (const topic of topics) {
        const [first] = templateCandidates(`my code for ${topic} has a bug`, order, 1);
        expect(first?.skill.name).toBe(`code-${topic}`);
      }
    }
  });

  test('selection leaves in what the kind led to, within the top and the budget', () => {
    const candidates = templateCandidates('there is a bug', skills, 9);
    const all = selectSkills(candidates, { topK: 9, budgetTokens: 1_000 });
    expect(all.chosen.map(({ skill }) => skill.name)).toEqual(['bug-reports', 'api-design', 'safe-merges']);
    const top = selectSkills(candidates, { topK: 2, budgetTokens: 1_000 });
    expect(top.chosen).toHaveLength(2);
    const tight = selectSkills(candidates, { topK: 9, budgetTokens: 30 });
    expect(tight.tokens).toBeLessThanOrEqual(30);
    expect(tight.dropped.map(({ reason }) => reason)).toContain('budget');
  });

  test('scores lie between 0 and 1, best first, whatever the order of the library', () => {
    const words = 'bug email branch tomatoes trace api polite water zebra'.split(' ');
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...words), { maxLength: 12 }),
        fc.shuffledSubarray(skills, { minLength: skills.length }),
        fc.nat(6),
        (said, shuffled, limit) => {
          const found = templateCandidates(said.join(' '), shuffled, limit);
          expect(found).toEqual(templateCandidates(said.join(' '), skills, 9).slice(0, limit));
          const scores = found.map(({ score }) => score);
          expect(scores).toEqual(scores.toSorted((a, b) => b - a));
          for (const score of scores) {
            expect(score).toBeGreaterThan(0);
            expect(score).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});

describe('the shipped bank', () => {
  let bank: readonly Skill[];
  beforeAll(async () => {
    const { skills: texts } = await loadShippedBank();
    bank = texts.map(({ name, ...text }) => sampleSkill(name, text));
  });

  test.each([
    ['my build fails with an exception, help me debug it', 'explain-error'],
    ['please review this pull request', 'review-code'],
    ['a query for all rows of the orders table in SQL', 'write-sql'],
    ['write an email to our landlord about the move', 'draft-message'],
    ['plan the project with milestones', 'plan-work'],
  ])('%s', (message, name) => {
    const { chosen, tokens } = selectSkills(templateCandidates(message, bank, 20), shippedLimits);
    expect(chosen.map(({ skill }) => skill.name)).toContain(name);
    expect(tokens).toBeLessThanOrEqual(shippedLimits.budgetTokens);
  });
});
