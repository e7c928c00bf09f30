import { describe, expect, test } from 'vitest';
import { personId, type SpaceId, sessionId, turnId } from '../../../core/domain/ids.ts';
import type { Skill } from '../../../core/domain/skill.ts';
import { createSkillStats } from '../../../core/skills/skill-stats-view.ts';
import {
  createTrialWorker,
  type TrialLibrary,
  type TrialWorkerDeps,
} from '../../../core/skills/trial-worker.ts';
import { createHeldTurns } from '../../fakes/schedule/held-turns.ts';
import { createMemoryTrialStore } from '../../fakes/skills/memory-trial-store.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { conversation, skill as plainSkill, signal } from '../commands/command-fixtures.ts';

const DAY_MS = 86_400_000;
const scope = { kind: 'space', platform: 'fake', spaceId: conversation.spaceId } as const;
type Change = Parameters<TrialLibrary['change']>[0];

function rig(
  standing: Partial<Skill['standing']> = {},
  changes: Partial<Skill> = {},
  given: Partial<TrialWorkerDeps> = {},
) {
  const clock = createFakeClock();
  const trials = createMemoryTrialStore();
  const made: Change[] = [];
  const harmed: string[] = [];
  const signals = new Map<string, ReturnType<typeof signal>[]>();
  const skill = plainSkill('invoices', {
    scope,
    origin: { kind: 'learned', model: 'm', proposal: 1, evidence: [] },
    standing: { ...plainSkill('x').standing, state: 'canary', since: clock.now(), ...standing },
    ...changes,
  });
  const others: Skill[] = [];
  const labelled: ReadonlyMap<string, number>[] = [];
  const state: { present?: Skill; failures: number } = { failures: 0 };
  const again = () => createTrialWorker(deps);
  const deps: TrialWorkerDeps = {
    library: {
      active: () => [skill, ...others],
      at: (_, name) => state.present ?? [skill, ...others].find((one) => one.name === name),
      async change(change) {
        if (state.failures > 0) {
          state.failures -= 1;
          throw new Error('the disk is full');
        }
        if (change.onlyIf?.() === false) return { changed: false };
        made.push(change);
        return { changed: true };
      },
    },
    trials,
    ledger: { ofTurn: async (id) => signals.get(id) ?? [] },
    clock,
    logger: createMemoryLogger(),
    alpha: 0.05,
    maxActive: 2,
    disuseMs: 90 * DAY_MS,
    async onHarm({ name }) {
      harmed.push(name);
    },
    onLabelled: (turns) => void labelled.push(turns),
    ...given,
  };
  const worker = again();
  let sessions = 0;
  return {
    clock,
    trials,
    worker,
    /** As a restarted process makes it. */
    again,
    state,
    made,
    harmed,
    others,
    skill,
    labelled,
    /** A session of one turn that the skill fitted, with these votes. */
    session(
      isShown: boolean,
      votes: readonly (readonly [string, 1 | -1])[],
      propensity = 0.5,
      isHoldOut = false,
    ) {
      sessions += 1;
      const id = `turn_${sessions}`;
      const { name, version, contentHash } = skill;
      const met = {
        name,
        version,
        contentHash,
        score: 1,
        propensity,
        because: ['invoice'],
        scope: skill.scope,
        trial: skill.standing.trial,
      };
      signals.set(
        id,
        votes.map(([who, sign]) => signal(who, sign > 0 ? '👍' : '👎', sign)),
      );
      trials.end({
        sessionId: sessionId(`s${sessions}`),
        endedAt: clock.now() + sessions,
        turns: [
          {
            turnId: turnId(id),
            conversation,
            requestText: 'invoice',
            skills: isShown ? [met] : [],
            maskedSkills: isShown ? [] : [met],
            isHoldOut,
          },
        ],
      });
    },
  };
}

describe('the ordinary path', () => {
  test('a canary becomes active after 14 days and 20 sessions without harm, and not before either', async () => {
    const world = rig();
    for (let at = 0; at < 19; at += 1) world.session(at % 2 === 0, []);
    await world.clock.advance(15 * DAY_MS);
    await world.worker.run();
    expect(world.made).toEqual([]);
    world.session(true, []);
    await world.worker.run();
    expect(world.made).toMatchObject([
      { cause: { kind: 'promote' }, entries: [{ name: 'invoices', state: 'active' }] },
    ]);
  });

  test('the calendar alone promotes too, without a further session', async () => {
    const world = rig();
    for (let at = 0; at < 25; at += 1) world.session(at % 2 === 0, []);
    await world.worker.run();
    expect(world.made).toEqual([]);
    await world.clock.advance(15 * DAY_MS);
    await world.worker.run();
    expect(world.made.map(({ cause }) => cause.kind)).toEqual(['promote']);
  });

  test('each session is counted once', async () => {
    const world = rig();
    world.session(true, [['ada', 1]]);
    await world.worker.run();
    await world.worker.run();
    expect(world.trials.all).toHaveLength(1);
    expect(world.trials.all[0]).toMatchObject({ outcome: 1, isShown: true });
  });
});

describe('proof and harm', () => {
  test('a skill that helps is proven by its test', async () => {
    const world = rig();
    for (let at = 0; at < 400; at += 1) world.session(at % 2 === 0, [['ada', at % 2 === 0 ? 1 : -1]]);
    await world.worker.run();
    expect(world.made.map(({ cause }) => cause.kind)).toContain('prove');
    expect(world.made[0]?.entries[0]).toMatchObject({ isProven: true, state: 'active' });
  });

  test('one that harms is stopped, and maintainers are told', async () => {
    const world = rig();
    for (let at = 0; at < 40; at += 1) {
      world.session(at % 2 === 0, [[at % 4 < 2 ? 'ada' : 'bob', at % 2 === 0 ? -1 : 1]]);
    }
    await world.worker.run();
    expect(world.made).toMatchObject([{ cause: { kind: 'demote' }, entries: [{ state: 'candidate' }] }]);
    expect(world.made[0]?.cause.reason).toMatch(/\d+ bad ratings of 2 people/);
    expect(world.harmed).toEqual(['invoices']);
  });

  test('nobody stops a skill alone', async () => {
    const world = rig();
    for (let at = 0; at < 40; at += 1) world.session(at % 2 === 0, [['ada', at % 2 === 0 ? -1 : 1]]);
    await world.worker.run();
    expect(world.made).toEqual([]);
  });

  test('a pinned one stays, and maintainers are told all the same', async () => {
    const world = rig({ isPinned: true, state: 'active' });
    for (let at = 0; at < 40; at += 1) {
      world.session(at % 2 === 0, [[at % 4 < 2 ? 'ada' : 'bob', at % 2 === 0 ? -1 : 1]]);
    }
    await world.worker.run();
    expect(world.made).toEqual([]);
    expect(world.harmed).toEqual(['invoices']);
    world.session(true, [['ada', -1]]);
    await world.worker.run();
    expect(world.harmed, 'told once').toEqual(['invoices']);
  });

  test.each<[string, Partial<Skill['standing']>]>([
    ['began a new trial', { trial: 2 }],
    ['was taken out of use', { state: 'retired' }],
    ['was pinned', { isPinned: true }],
  ])('what %s while it was judged is left alone, and nobody is told', async (_, standing) => {
    const world = rig();
    for (let at = 0; at < 40; at += 1) {
      world.session(at % 2 === 0, [[at % 4 < 2 ? 'ada' : 'bob', at % 2 === 0 ? -1 : 1]]);
    }
    world.state.present = { ...world.skill, standing: { ...world.skill.standing, ...standing } };
    await world.worker.run();
    expect(world.made).toEqual([]);
    expect(world.harmed).toEqual([]);
  });

  test('what was counted and not acted on is acted on in the next round, and after a restart', async () => {
    const world = rig({ state: 'active' });
    await world.worker.run();
    for (let at = 0; at < 40; at += 1) {
      world.session(at % 2 === 0, [[at % 4 < 2 ? 'ada' : 'bob', at % 2 === 0 ? -1 : 1]]);
    }
    world.state.failures = 2;
    await expect(world.worker.run()).rejects.toThrow('the disk is full');
    await expect(world.worker.run()).rejects.toThrow('the disk is full');
    expect(world.trials.all).toHaveLength(40);
    await world.again().run();
    expect(world.made.map(({ cause }) => cause.kind)).toEqual(['demote']);
    await world.worker.run();
    expect(world.made.map(({ cause }) => cause.kind)).toEqual(['demote', 'demote']);
  });
});

describe('retirement', () => {
  const another = (name: string, since: number, changes: Partial<Skill> = {}) =>
    plainSkill(name, {
      scope,
      origin: { kind: 'person', by: personId('fake', 'ada') },
      standing: { ...plainSkill('x').standing, since },
      ...changes,
    });

  test('what nobody was given for 90 days goes; files and pinned ones stay', async () => {
    const world = rig({ state: 'active' });
    const old = world.clock.now();
    world.others.push(
      another('unused', old),
      another('from-file', old, { origin: { kind: 'files' } }),
      another('pinned', old, { standing: { ...plainSkill('x').standing, since: old, isPinned: true } }),
    );
    await world.clock.advance(91 * DAY_MS);
    world.session(true, []);
    await world.worker.run();
    expect(world.made).toMatchObject([
      {
        cause: { kind: 'retire', reason: 'not used for 90 days' },
        entries: [{ name: 'unused', state: 'retired' }],
      },
    ]);
  });

  test('what only held-out conversations use is in use', async () => {
    const world = rig({ state: 'active' });
    await world.clock.advance(91 * DAY_MS);
    world.session(true, [['ada', -1]], 1, true);
    await world.worker.run();
    expect(world.trials.all).toEqual([]);
    expect(world.made).toEqual([]);
    await world.clock.advance(91 * DAY_MS);
    await world.worker.run();
    expect(world.made.map(({ cause }) => cause.kind)).toEqual(['retire']);
  });

  test('beyond the bound the least useful goes', async () => {
    const world = rig({ state: 'active' });
    const old = world.clock.now();
    world.others.push(another('idle-one', old), another('idle-two', old));
    await world.clock.advance(20 * DAY_MS);
    world.session(true, [['ada', 1]], 1);
    await world.worker.run();
    expect(world.made).toHaveLength(1);
    expect(world.made[0]).toMatchObject({
      cause: { kind: 'retire', reason: 'others there are of more use' },
    });
    expect(world.made[0]?.entries[0]?.name).toMatch(/^idle/);
  });
});

test('how much feedback there is, by space and altogether, is told', async () => {
  const world = rig();
  world.trials.labelled = new Map<SpaceId | '', number>([
    ['', 1_500],
    [conversation.spaceId, 1_200],
  ]);
  await world.worker.run();
  expect([...(world.labelled[0] ?? [])]).toEqual([
    ['', 1_500],
    [conversation.spaceId, 1_200],
  ]);
});

test('by itself it goes on every minute until it is stopped', async () => {
  const world = rig();
  world.worker.start();
  await world.clock.advance(0);
  world.session(true, []);
  await world.clock.advance(60_000);
  expect(world.trials.all).toHaveLength(1);
  await world.worker.stop();
  world.session(true, []);
  await world.clock.advance(600_000);
  expect(world.trials.all).toHaveLength(1);
});

test('stats: what the trial shows, by context and over time', async () => {
  const world = rig();
  for (let at = 0; at < 60; at += 1)
    world.session(at % 2 === 0, at % 3 === 0 ? [['ada', at % 2 === 0 ? 1 : -1]] : []);
  await world.worker.run();
  await world.clock.advance(DAY_MS);
  const stats = await createSkillStats({
    trials: world.trials,
    clock: world.clock,
    alpha: 0.05,
    library: { history: async () => [] },
    samples: { counts: async () => ({ waiting: 0, dropped: 0, trained: 0 }) },
  }).of(world.skill);
  expect(stats).toMatchObject({ exposures: 60, shown: 30, masked: 30, good: 10, bad: 0 });
  expect(stats.lift?.mean).toBeGreaterThan(0);
  expect(stats.evidence?.needed).toBeCloseTo(32.9, 1);
  expect(stats.evidence?.e).toBeGreaterThan(1);
  expect(stats.contexts).toEqual([
    { context: 'fake, group, “invoic”', sessions: 60, good: 10, bad: 0, isMasked: false },
  ]);
  expect(stats.chart.points).toMatchObject([{ uses: 30, meanReward: 1 }]);
});

test('a skill of one person is stopped by that person’s word alone', async () => {
  const ada = personId('fake', 'ada');
  const world = rig(
    {},
    { scope: { kind: 'user', platform: 'fake', spaceId: conversation.spaceId, personId: ada } },
  );
  for (let at = 0; at < 40; at += 1) world.session(at % 2 === 0, [['ada', at % 2 === 0 ? -1 : 1]]);
  await world.worker.run();
  expect(world.made.map(({ cause }) => cause.kind)).toEqual(['demote']);
});

describe('where turns are taken', () => {
  function waiting() {
    const turns = createHeldTurns();
    const logger = createMemoryLogger();
    const world = rig({ state: 'active', since: 0 }, {}, { turn: turns.take, logger });
    world.worker.start();
    return { ...world, turns, logger };
  }

  test('retiring waits for its turn, and gives it back', async () => {
    const world = waiting();
    await world.clock.advance(7 * 60 * 60_000);
    expect([world.made, world.labelled, world.turns.waiting()]).toEqual([[], [], 1]);
    world.turns.give();
    await world.clock.advance(0);
    expect(world.made.map(({ cause }) => cause.kind)).toEqual(['retire']);
    expect([world.labelled.length, world.turns.taken()]).toEqual([1, 0]);
    await world.clock.advance(6 * 60 * 60_000);
    expect(world.turns.waiting()).toBe(1);
    await world.worker.stop();
  });

  test('a stop for harm does not', async () => {
    const turns = createHeldTurns();
    const world = rig({}, {}, { turn: turns.take });
    world.worker.start();
    await world.clock.advance(0);
    expect(turns.waiting()).toBe(1);
    for (let at = 0; at < 40; at += 1) {
      const isShown = at % 2 === 0;
      world.session(isShown, [[`p${at}`, isShown ? -1 : 1]]);
    }
    await world.clock.advance(60_000);
    expect(world.harmed).toEqual(['invoices']);
    expect(turns.given()).toBe(0);
    await world.worker.stop();
  });

  test('what a failing store cut off waits for another turn, within a minute', async () => {
    const world = waiting();
    world.state.failures = 1;
    await world.clock.advance(0);
    world.turns.give();
    await world.clock.advance(0);
    expect(world.logger.of('trials_failed')).toHaveLength(1);
    await world.clock.advance(60_000);
    expect([world.turns.waiting(), world.turns.taken()]).toEqual([1, 0]);
    world.turns.give();
    await world.clock.advance(0);
    expect(world.made.map(({ cause }) => cause.kind)).toEqual(['retire']);
    await world.worker.stop();
  });

  test('stops at once while it waits, and waits anew after the next start', async () => {
    const world = waiting();
    await world.clock.advance(0);
    await world.worker.stop();
    expect([world.turns.waiting(), world.logger.of('trials_failed'), world.clock.waiting()]).toEqual([
      0,
      [],
      0,
    ]);
    world.worker.start();
    await world.clock.advance(0);
    expect(world.turns.waiting()).toBe(1);
    await world.worker.stop();
  });
});
