import { describe, expect, test } from 'vitest';
import { topics } from '../../bench/lib/evolve/topics.ts';
import { createWorld, MINUTE_MS, type World } from '../../bench/lib/evolve/world.ts';

const size = { days: 40, sessionsADay: 16 };
const seeds = Array.from({ length: 20 }, (_, at) => at + 1);
const worlds = seeds.map((seed) => createWorld(seed, size));

function everyWish(world: World, at: number): readonly string[] {
  return world.people.flatMap((person) => topics.map((topic) => world.wants(person, topic, at)));
}

const share = (items: readonly boolean[]): number => items.filter(Boolean).length / items.length;

describe('a simulated world', () => {
  test('is the same for the same seed and another one for another', () => {
    const [first, again, other] = [createWorld(3, size), createWorld(3, size), createWorld(4, size)];
    expect(again.sessions).toEqual(first.sessions);
    expect(everyWish(again, 0)).toEqual(everyWish(first, 0));
    expect(other.sessions).not.toEqual(first.sessions);
    expect(new Set(worlds.map((world) => everyWish(world, 0).join())).size).toBeGreaterThan(15);
  });

  test('has three spaces of six people, one of whom brigades', () => {
    for (const { spaces, people } of worlds) {
      expect(spaces).toHaveLength(3);
      for (const space of spaces) expect(people.filter(({ spaceId }) => spaceId === space)).toHaveLength(6);
      expect(people.filter(({ isBrigading }) => isBrigading)).toHaveLength(1);
    }
  });

  test('has wishes of spaces and of some people, which go before those of their space', () => {
    for (const world of worlds) {
      for (const space of world.spaces) {
        const wished = topics.filter((topic) => world.spaceWants(space, topic, 0) !== topic.values[0]);
        expect(wished).toHaveLength(3);
      }
    }
    const own = worlds.flatMap((world) =>
      world.people.flatMap((person) =>
        topics.filter((topic) => world.isOwnWish(person, topic)).map((topic) => ({ world, person, topic })),
      ),
    );
    expect(own.length).toBeGreaterThan(100);
    for (const { world, person, topic } of own) {
      expect(world.wants(person, topic, 0)).not.toBe(world.spaceWants(person.spaceId, topic, 0));
    }
  });

  test('whoever brigades asks for what nobody of that space ever wants', () => {
    for (const world of worlds) {
      const brigader = world.people.find(({ isBrigading }) => isBrigading);
      const beset = world.people.filter(({ spaceId }) => spaceId === brigader?.spaceId);
      for (const topic of topics) {
        for (const at of [0, world.lengthMs]) {
          expect(beset.map((person) => world.wants(person, topic, at))).not.toContain(
            world.brigadeWants(topic),
          );
        }
      }
    }
  });

  test('one space turns one preference round, for everybody without a wish of their own', () => {
    for (const world of worlds) {
      const { at, spaceId, topic } = world.reversal;
      expect(at).toBeCloseTo(world.lengthMs * 0.6);
      for (const person of world.people) {
        for (const other of topics) {
          const [before, after] = [at - 1, at].map((moment) => world.wants(person, other, moment));
          const turns = person.spaceId === spaceId && other === topic && !world.isOwnWish(person, topic);
          expect(before !== after, `${person.personId} ${other.name}`).toBe(turns);
        }
      }
    }
  });

  test('its sessions follow each other and end before the next begins', () => {
    for (const { sessions, lengthMs } of worlds) {
      for (const [at, session] of sessions.entries()) {
        const next = sessions[at + 1];
        expect(session.turns.length).toBeGreaterThanOrEqual(1);
        expect(session.turns.length).toBeLessThanOrEqual(4);
        if (next !== undefined)
          expect(next.at).toBeGreaterThan(session.at + session.turns.length * MINUTE_MS);
        expect(session.at).toBeLessThan(lengthMs * 1.05);
        for (const { asker } of session.turns) expect(asker.spaceId).toBe(session.spaceId);
        if (session.audience === 'direct') {
          expect(new Set(session.turns.map(({ asker }) => asker.personId)).size).toBe(1);
        }
      }
    }
  });

  test('people are silent, wrong and wordy as often as they should be', () => {
    const turns = worlds.flatMap(({ sessions }) => sessions.flatMap((session) => session.turns));
    expect(share(turns.map(({ says }) => says))).toBeCloseTo(0.8, 1);
    expect(share(turns.map(({ flips }) => flips))).toBeCloseTo(0.1, 1);
    expect(share(turns.map(({ corrects }) => corrects))).toBeCloseTo(0.3, 1);
  });
});
