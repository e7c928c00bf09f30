import fc from 'fast-check';
import { people } from './cast.ts';
import { at, step } from './step.ts';
import { ask, day, finish, type Question, say, settle } from './talk.ts';
import type { Told, ToldTurn } from './told.ts';

const ended = (told: Told): readonly ToldTurn[] => told.turns.filter(({ stage }) => stage === 'ended');

export const questionOf: fc.Arbitrary<Question> = fc.record({
  asker: fc.nat(2),
  question: fc.nat(3),
  channel: fc.nat(4),
  space: fc.nat(1),
});

export const oneMessage = fc
  .record({ question: questionOf, isWhole: fc.boolean() })
  .map(({ question, isWhole }) =>
    step(`asks ${JSON.stringify(question)}`, (world) => ask(world, question, isWhole ? 'ended' : 'open')),
  );

export const lateEnd = fc.nat().map((pick) =>
  step(
    `ends ${pick}`,
    (world, told) =>
      world.serve('the end of an answer', async (bot) => {
        const open = told.turns.filter(({ stage }) => stage === 'open' || stage === 'answered');
        await finish(at(open, pick), bot, world.clock.now());
      }),
    (told) => told.turns.some(({ stage }) => stage === 'open' || stage === 'answered'),
  ),
);

export const someQuestions = fc.array(questionOf, { minLength: 4, maxLength: 8 });
export const goodDay = someQuestions.map((asked) =>
  step(`day of ${asked.length}`, (world) => day(world, asked)),
);

export const word = fc
  .record({ pick: fc.nat(), by: fc.nat(2), isGood: fc.boolean() })
  .map(({ pick, by, isGood }) =>
    step(
      `says ${pick} ${by} ${isGood}`,
      (world, told) => say(world, at(ended(told), pick), at(people, by), isGood ? 1 : -1),
      (told) => ended(told).length > 0,
    ),
  );

export const takesBack = fc.record({ pick: fc.nat(), by: fc.nat(2) }).map(({ pick, by }) =>
  step(
    `withdraws ${pick} ${by}`,
    async (world, told) => {
      const turn = at(ended(told), pick);
      for (const polarity of [1, -1]) await say(world, turn, at(people, by), polarity, 'withdrawn');
    },
    (told) => ended(told).length > 0,
  ),
);

export const settles = fc.constant(step('settles', settle));
