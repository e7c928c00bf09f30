import { describe, expect, test } from 'vitest';
import { conditions, runStream } from '../../bench/lib/evolve/run-stream.ts';
import { skillFor, topics } from '../../bench/lib/evolve/topics.ts';
import { createWorld, platform } from '../../bench/lib/evolve/world.ts';
import { isWrongRule } from '../../bench/lib/evolve/wrong-rules.ts';

const size = { days: 4, sessionsADay: 14 };

describe('a stream', () => {
  test.each(conditions)('%s: the same for the same seed, and nothing leaks', async (condition) => {
    const [first, again] = [await runStream(condition, 2, size), await runStream(condition, 2, size)];
    expect(first.turns.length).toBeGreaterThan(80);
    const { world: _, ...numbers } = first;
    const { world: __, ...same } = again;
    expect(same).toEqual(numbers);
    expect(first.leaks).toEqual([]);
  });

  test('all conditions meet the same people with the same requests', async () => {
    const plans = [];
    for (const condition of conditions) {
      plans.push((await runStream(condition, 3, size)).turns.map(({ at, planned }) => ({ at, planned })));
    }
    for (const plan of plans) expect(plan).toEqual(plans[0]);
  });

  test('a bank that is right is of use, and the product drafts, replays and judges', async () => {
    const results = new Map(
      await Promise.all(conditions.map(async (name) => [name, await runStream(name, 1, size)] as const)),
    );
    const right = (name: (typeof conditions)[number]): number =>
      results.get(name)?.turns.filter(({ isSuccess }) => isSuccess).length ?? 0;
    expect(right('static')).toBeGreaterThan(right('none') * 1.3);
    const full = results.get('full');
    expect(full?.counts.drafted).toBeGreaterThan(0);
    expect(full?.calls.replay).toBeGreaterThan(0);
    expect(full?.calls.judge).toBeGreaterThan(0);
    expect(results.get('unproven')?.calls).toMatchObject({ replay: 0, judge: 0 });
    expect(results.get('none')?.librarySize).toBe(0);
  });
});

describe('a wrong rule', () => {
  const world = createWorld(5, size);
  const [brigaded] = world.spaces;

  test('is what nobody wants of those whom it is given', () => {
    for (const space of world.spaces) {
      const scope = { kind: 'space', platform, spaceId: space } as const;
      for (const topic of topics) {
        const wanted = skillFor(topic, world.spaceWants(space, topic, 0));
        expect(isWrongRule({ scope, body: wanted.body }, world, 0)).toBe(false);
      }
    }
    if (brigaded === undefined) throw new TypeError('There is no space.');
    for (const topic of topics) {
      const scope = { kind: 'space', platform, spaceId: brigaded } as const;
      expect(isWrongRule({ scope, body: skillFor(topic, world.brigadeWants(topic)).body }, world, 0)).toBe(
        true,
      );
    }
  });

  test('is none where only whoever brigades is given it', () => {
    const brigader = world.people.find(({ isBrigading }) => isBrigading);
    const [topic] = topics;
    if (brigader === undefined || topic === undefined) throw new TypeError('Something is missing.');
    const { spaceId, personId } = brigader;
    const scope = { kind: 'user', platform, spaceId, personId } as const;
    expect(isWrongRule({ scope, body: skillFor(topic, world.brigadeWants(topic)).body }, world, 0)).toBe(
      false,
    );
  });
});
