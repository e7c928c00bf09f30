import { expect, test } from 'vitest';
import { turnId } from '../../../../core/domain/ids.ts';
import { runId } from '../../../../core/domain/policy.ts';
import { skillEdit } from '../../../../core/learning/wording/skill-edit.ts';
import { componentOf } from '../../../../core/learning/wording/words-at-hand.ts';
import { person, turn } from '../../skills/evolver/samples.ts';
import { scope, skill } from './wording-world.ts';

const by = (name: string) => ({ platforms: ['web'], authors: [person(name)] });

test('an edit is learned from all that its text was made with a look at', () => {
  const flour = skill('flour', 'Weigh it.', { learnedFrom: by('flo') });
  const beside = skill('wine', 'Pour it.', { learnedFrom: by('win') });
  const rated = {
    turn: turn('t1', 'ann', 'How much?'),
    value: -1,
    hints: [{ actorId: person('hal'), kind: 'correction', text: 'No unit.' }],
    context: '',
    skills: [flour, beside],
  } as const;
  const tally = { wins: 1, ties: 0, losses: 0 };
  const source = {
    key: 'key',
    runId: runId('run'),
    scope,
    skill: flour,
    change: { component: componentOf(flour).key, text: 'Weigh it twice.', why: 'So.', from: [turnId('t1')] },
    turns: new Map([[turnId('t1'), rated]]),
    replay: { verdict: 'passed', failures: tally, successes: tally, weakBecause: [], leftOut: {} },
  } as const;
  const authors = ['ann', 'flo', 'hal', 'win'].map(person);
  expect(skillEdit(source).learnedFrom.authors).toEqual(authors);
  // The answers that were looked at were given with a persona that was learned, too.
  expect(skillEdit({ ...source, personaFrom: by('zoe') }).learnedFrom.authors).toEqual([
    ...authors,
    person('zoe'),
  ]);
});
