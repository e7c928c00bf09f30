import fc from 'fast-check';
import type { SkillScope } from '../../../core/domain/skill.ts';
import { sampleText } from '../../fakes/skills/sample-skill.ts';
import type { BotProcess } from './bot-process.ts';
import { operator, people, questions, skills, spaces } from './cast.ts';
import { halfARun, wholeNight } from './engine-steps.ts';
import { cancel } from './person-steps.ts';
import { checkPromises } from './promises.ts';
import { at, step } from './step.ts';
import { settle } from './talk.ts';
import { someQuestions } from './talk-steps.ts';
import { count } from './told.ts';
import type { World } from './world.ts';

const scopeOf = (kind: number, space: number): SkillScope =>
  kind === 0
    ? { kind: 'global' }
    : kind === 1
      ? { kind: 'space', platform: 'web', spaceId: at(spaces, space) }
      : { kind: 'user', platform: 'web', spaceId: at(spaces, space), personId: at(people, kind) };

/** After a change that was told: one generation more, or the same where nothing that can be retrieved changed. */
function told(world: World, generation: number, grows: boolean): void {
  const expected = world.told.generation + (grows ? 1 : 0);
  if (generation !== expected) world.broken.push(`the change made generation ${generation}, not ${expected}`);
  world.told.generation = generation;
}

interface Lesson {
  readonly topic: number;
  readonly kind: number;
  readonly space: number;
  /** Turns that it was made from. */
  readonly support: readonly number[];
  /** It stops in the middle until it is let go on. */
  readonly isSlow: boolean;
}

async function learn(world: World, { topic, kind, space, support, isSlow }: Lesson): Promise<void> {
  const { turns, activeSkills } = world.told;
  const [name, description] = at(skills, topic);
  const scope = scopeOf(kind, space);
  world.told.skillTexts += 1;
  const text = {
    ...sampleText(name, { description, body: `Text ${world.told.skillTexts}.` }),
    origin: { kind: 'person', by: operator } as const,
  };
  const consumed = turns.length === 0 ? [] : support.map((pick) => at(turns, pick).turnId);
  if (isSlow) world.slowDown();
  const run = await world.disk.runs.unfinished();
  const held = (run === undefined ? [] : await world.disk.runs.samples(run.runId)).filter(
    ({ status }) => status === 'claimed' || status === 'trained',
  );
  if (held.length > 0) count(world.happened, 'changed under a run');
  if (isSlow) for (const { turnId } of held) world.told.heldInChange.add(turnId);
  world.told.hasSlowChange = isSlow;
  const change = async (bot: BotProcess): Promise<void> => {
    const report = await bot.library.change({
      cause: { kind: 'add', by: operator },
      entries: [{ scope, name: text.name, text, state: 'active' }],
      consumed,
    });
    activeSkills.add(JSON.stringify([scope, name]));
    world.told.hasSlowChange = false;
    world.goOn();
    told(world, report.generation, true);
  };
  if (isSlow) {
    void change(world.bot());
    await world.act(async () => {});
  } else await world.act(change);
}

const lesson: fc.Arbitrary<Lesson> = fc.record({
  topic: fc.nat(2),
  kind: fc.nat(3),
  space: fc.nat(1),
  support: fc.array(fc.nat(), { maxLength: 2 }),
  isSlow: fc.boolean(),
});

export const learns = lesson.map((given) =>
  step(
    `learns ${JSON.stringify(given)}`,
    (world) => learn(world, given),
    ({ hasSlowChange }) => !hasSlowChange,
  ),
);

export const changeGoesOn = fc.constant(
  step(
    'goes on with a slow change',
    async (world) => {
      world.goOn();
      await world.act(async () => {});
    },
    ({ hasSlowChange }) => hasSlowChange,
  ),
);

/** What somebody asked about whose answer is in a step now. */
async function topicInRun({ told, disk }: World): Promise<number | undefined> {
  const run = await disk.runs.unfinished();
  const samples = run === undefined ? [] : await disk.runs.samples(run.runId);
  const claimed = samples.flatMap(({ turnId, status }) => (status === 'claimed' ? [turnId] : []));
  const topics = told.turns
    .filter(({ turnId }) => claimed.includes(turnId))
    .map(({ words }) => questions.indexOf(words));
  return topics.find((topic) => topic < skills.length);
}

/**
 * The library changes, or is changing, when a run has claimed. Then the run is cancelled, and gives back what was no sample when the
 * change looked at them; or the bot dies, and another goes on with what was claimed before.
 */
export const changesInARun = fc
  .record({
    asked: someQuestions,
    lesson,
    requests: fc.integer({ min: 2, max: 12 }),
    isCancelled: fc.boolean(),
  })
  .map(({ asked, lesson: given, requests, isCancelled }) =>
    step(
      `half a run of ${asked.length}, ${isCancelled ? 'cancel' : 'death'} after ${requests} requests and ${JSON.stringify(given)}`,
      async (world) => {
        await halfARun(world, asked, requests);
        await learn(world, { ...given, kind: 0, topic: (await topicInRun(world)) ?? given.topic });
        if (isCancelled) await cancel(world);
        else await world.restart();
        world.goOn();
        await world.act(async () => {});
        await settle(world);
        await checkPromises(world);
        await wholeNight(world);
      },
      ({ hasSlowChange, isPaused }) => !hasSlowChange && !isPaused,
    ),
  );

export const retires = fc
  .record({ topic: fc.nat(2), kind: fc.nat(3), space: fc.nat(1) })
  .map(({ topic, kind, space }) =>
    step(
      `retires ${topic} ${kind} ${space}`,
      (world, { activeSkills }) =>
        world.act(async ({ library }) => {
          const scope = scopeOf(kind, space);
          const [name] = at(skills, topic);
          const { name: skill } = sampleText(name);
          const report = await library.change({
            cause: { kind: 'retire', by: operator },
            entries: [{ scope, name: skill, state: 'retired' }],
          });
          const wasActive = activeSkills.delete(JSON.stringify([scope, name]));
          told(world, report.generation, wasActive);
        }),
      ({ hasSlowChange, activeSkills }) =>
        !hasSlowChange && activeSkills.has(JSON.stringify([scopeOf(kind, space), at(skills, topic)[0]])),
    ),
  );

export const pins = fc.record({ topic: fc.nat(2), isPinned: fc.boolean() }).map(({ topic, isPinned }) =>
  step(
    `pins ${topic} ${isPinned}`,
    (world) =>
      world.act(async ({ library }) => {
        const { name } = sampleText(at(skills, topic)[0]);
        const report = await library.change({
          cause: { kind: 'pin', by: operator },
          entries: [{ scope: { kind: 'global' }, name, isPinned }],
        });
        told(world, report.generation, false);
      }),
    ({ hasSlowChange, activeSkills }) =>
      !hasSlowChange && activeSkills.has(JSON.stringify([scopeOf(0, 0), at(skills, topic)[0]])),
  ),
);
