import fc from 'fast-check';
import type { Policy } from '../../../core/domain/policy.ts';
import type { BotProcess } from './bot-process.ts';
import { operator } from './cast.ts';
import { halfARun } from './engine-steps.ts';
import { everywhere } from './limits.ts';
import { step } from './step.ts';
import { answeringNow } from './talk.ts';
import { someQuestions } from './talk-steps.ts';
import type { World } from './world.ts';

export const cancel = (world: World): Promise<boolean> =>
  world.act(async ({ runner }) => {
    const cancelled = await runner.cancel(everywhere, operator);
    const isOver = (await world.disk.runs.unfinished()) === undefined;
    if (!isOver || (cancelled !== undefined && cancelled.state !== 'cancelled')) {
      world.broken.push('a cancelled run is not over');
    }
  });

export const trainsNow = fc.constant(
  step(
    'now',
    async (world) => {
      const before = (await world.disk.runs.list(1_000)).length;
      await world.act(async ({ runner }) => {
        world.told.spokenAt = undefined;
        const started = await runner.now(everywhere, operator);
        const runs = (await world.disk.runs.list(1_000)).length;
        if (started.kind !== 'resumed' && runs === before) world.broken.push('an attempt left no record');
      });
    },
    ({ isPaused }) => !isPaused,
  ),
);

async function pause(world: World): Promise<void> {
  await world.act(async ({ runner }) => {
    await runner.pause('all', operator);
    world.told.isPaused = true;
  });
}

export const pauses = fc.constant(step('pauses', pause, ({ isPaused }) => !isPaused));

export const pausesInARun = fc
  .record({ asked: someQuestions, requests: fc.integer({ min: 1, max: 20 }) })
  .map(({ asked, requests }) =>
    step(
      `half a run of ${asked.length}, paused after ${requests} requests`,
      async (world) => {
        await halfARun(world, asked, requests);
        await pause(world);
        world.door.give(1_000);
        await world.act(async () => {});
        await resume(world);
      },
      ({ isPaused }) => !isPaused,
    ),
  );

async function resume(world: World): Promise<void> {
  await world.act(async ({ runner }) => {
    world.told.isPaused = false;
    await runner.resume('all', operator);
  });
}

export const resumes = fc.constant(step('resumes', resume, ({ isPaused }) => isPaused));

export const cancels = fc.constant(step('cancels', cancel));

type Decision = 'promote' | 'canary' | 'discard' | 'rollback';

async function decide(decision: Decision, policy: Policy, { desk }: BotProcess): Promise<void> {
  const { number, state } = policy;
  const serving = desk.lineOf(everywhere)?.serving;
  if (decision === 'promote') await desk.promote(number, operator);
  if (decision === 'canary' && state === 'candidate') await desk.advance(policy, 'canary');
  if (decision === 'rollback' && serving !== undefined)
    await desk.rollback(everywhere, serving.number, operator);
  if (decision === 'discard' && (state === 'candidate' || state === 'canary'))
    await desk.discard(number, operator);
}

export const decides = fc
  .constantFrom<Decision>('promote', 'promote', 'canary', 'discard', 'rollback')
  .map((decision) =>
    step(decision, async (world, told) => {
      const [newest] = await world.disk.policies.list(1);
      if (newest === undefined) return;
      // It may die of it, and nobody knows then whether it came to pass: both are right.
      told.answering = new Map();
      await world.act((bot) => decide(decision, newest, bot));
      told.answering = answeringNow(told, world.bot(), true);
    }),
  );
