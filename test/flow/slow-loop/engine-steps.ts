import fc from 'fast-check';
import type { Fault } from '../../fakes/tinker/fault-plan.ts';
import { minuteMs } from './limits.ts';
import { step } from './step.ts';
import { ask, day } from './talk.ts';
import { questionOf, someQuestions } from './talk-steps.ts';
import { count } from './told.ts';
import type { World } from './world.ts';

export const passes = fc.constantFrom(1, 5, 31, 65, 200).map((minutes) =>
  step(`waits ${minutes}`, async (world) => {
    await world.clock.advance(minutes * minuteMs);
    await world.act(async () => {});
  }),
);

export const lets = fc.constantFrom(1, 2, 3, 5, 9, 1_000).map((requests) =>
  step(`lets ${requests}`, async ({ door, quiet }) => {
    door.give(requests);
    await quiet();
  }),
);

export const shuts = fc.constant(step('shuts', async ({ door }) => door.shut()));

const faults: readonly Fault[] = [
  { kind: 'reset', when: 'before' },
  { kind: 'reset', when: 'after' },
  { kind: 'operation_fails', error: 'out of memory', category: 'server' },
];
const calls = ['forward_backward', 'optim_step', 'save_weights', 'save_weights_for_sampler', 'load_weights'];

export const engineFails = fc
  .record({ fault: fc.constantFrom(...faults), call: fc.constantFrom(...calls) })
  .map(({ fault, call }) =>
    step(`fails ${call} ${JSON.stringify(fault)}`, async ({ fake }) => fake.failNext(call, fault)),
  );

export const engineForgets = fc.constantFrom('session', 'futures').map((what) =>
  step(`forgets ${what}`, async ({ fake }) => {
    if (what === 'session') fake.loseSession();
    else fake.loseFutures();
  }),
);

export const engineHolds = fc.boolean().map((isOn) =>
  step(isOn ? 'holds' : 'releases', async ({ fake, quiet }) => {
    if (isOn) fake.holdFutures();
    else fake.releaseFutures();
    await quiet();
  }),
);

export const dies = fc.constantFrom(0, 0, 1, 2, 3, 5, 8, 13, 21, 40).map((calls) =>
  step(`dies ${calls}`, async (world) => {
    if (calls === 0) await world.restart();
    else world.bot().life.endAfter(calls);
  }),
);

/** Longer than the runner waits before it looks again. */
const nightMs = 65 * minuteMs;

/** Time enough for a run, as far as the door lets it come. */
async function night(world: World): Promise<void> {
  await world.clock.advance(nightMs);
  await world.act(async () => {});
}

/** The same at an engine that answers. */
export async function wholeNight(world: World): Promise<void> {
  world.fake.releaseFutures();
  world.door.give(1_000);
  await night(world);
  world.door.shut();
}

export const nights = fc.constant(step('night', wholeNight));

/** A run that stands in the middle, after so many requests. */
export async function halfARun(
  world: World,
  asked: Parameters<typeof day>[1],
  requests: number,
): Promise<void> {
  await day(world, asked);
  world.door.shut();
  world.door.give(requests);
  await night(world);
}

export const diesInARun = fc
  .record({ asked: someQuestions, requests: fc.integer({ min: 1, max: 40 }) })
  .map(({ asked, requests }) =>
    step(`half a run of ${asked.length}, death after ${requests} requests`, async (world) => {
      await halfARun(world, asked, requests);
      await world.restart();
      await wholeNight(world);
    }),
  );

export const speaksInARun = fc
  .record({ asked: someQuestions, requests: fc.integer({ min: 1, max: 20 }), question: questionOf })
  .map(({ asked, requests, question }) =>
    step(`half a run of ${asked.length}, a word after ${requests} requests`, async (world) => {
      await halfARun(world, asked, requests);
      await ask(world, question, 'ended');
      world.door.give(1_000);
      await world.act(async () => {});
      count(world.happened, 'spoke in a run', (await world.disk.runs.unfinished()) === undefined ? 0 : 1);
    }),
  );
