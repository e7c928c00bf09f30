import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spaceId } from '../../../../core/domain/ids.ts';
import { type PolicyId, type PolicyScope, policyId } from '../../../../core/domain/policy.ts';
import { distancesIn, type KnownPolicies, policyDistance } from '../../../../core/learning/run/staleness.ts';

const parents: Readonly<Record<string, string>> = {
  v1: 'root',
  v2: 'v1',
  sibling: 'v1',
  v3: 'sibling',
  lost: 'gone',
};
const parentOf = (policy: string): string | undefined => parents[policy];

describe('the distance of two policies', () => {
  test.each([
    ['v2', 'v2', 0],
    ['v2', 'v1', 1],
    ['v2', 'root', 2],
    // Both are the second of their line, and each is a training away from the first.
    ['v2', 'sibling', 2],
    ['v2', 'v3', 3],
    ['lost', 'gone', 1],
    ['lost', 'v1', undefined],
  ])('%s to %s: %s', (a, b, distance) => {
    expect(policyDistance(a, b, parentOf)).toBe(distance);
    expect(policyDistance(b, a, parentOf)).toBe(distance);
  });

  test('is that of the shortest way up and down a tree', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
        fc.nat(),
        fc.nat(),
        (drawn, one, other) => {
          // The parent of each but the first is one before it.
          const up = (at: number): number | undefined => (at === 0 ? undefined : (drawn[at] ?? 0) % at);
          const [a, b] = [one % drawn.length, other % drawn.length];
          const ways = (from: number): ReadonlyMap<number, number> => {
            const found = new Map<number, number>();
            for (let at: number | undefined = from, steps = 0; at !== undefined; at = up(at), steps += 1)
              found.set(at, steps);
            return found;
          };
          const [mine, theirs] = [ways(a), ways(b)];
          const sums = [...mine].flatMap(([at, steps]) => {
            const others = theirs.get(at);
            return others === undefined ? [] : [steps + others];
          });
          const found = policyDistance(String(a), String(b), (name) => {
            const parent = up(Number(name));
            return parent === undefined ? undefined : String(parent);
          });
          expect(found).toBe(Math.min(...sums));
        },
      ),
    );
  });

  test('ends where damage made a circle', () => {
    const circle = (name: string) => ({ a: 'b', b: 'a' })[name];
    expect(policyDistance('a', 'b', circle)).toBe(1);
    expect(policyDistance('a', 'c', circle)).toBeUndefined();
  });
});

describe('distances in a scope', () => {
  const team: PolicyScope = { kind: 'space', spaceId: spaceId('web', 'team') };
  const others: PolicyScope = { kind: 'space', spaceId: spaceId('web', 'others') };
  const everywhere: PolicyScope = { kind: 'everywhere' };
  const made = (scope: PolicyScope, parent?: string) => ({
    scope,
    ...(parent === undefined ? {} : { parentId: policyId(parent) }),
  });
  const all = new Map([
    [policyId('t1'), made(team)],
    [policyId('t2'), made(team, 't1')],
    [policyId('t2b'), made(team, 't1')],
    [policyId('o1'), made(others)],
    [policyId('e1'), made(everywhere)],
  ]);
  const desk = (serving?: string): KnownPolicies => ({
    policyOf: (id: PolicyId) => all.get(id),
    versionOf: (stamp) => (stamp === 'plain' || stamp === 'plain before' ? 0 : undefined),
    servingIn: () => (serving === undefined ? undefined : { policyId: policyId(serving) }),
  });
  const distances = (serving: string | undefined, ...stamps: readonly string[]) =>
    stamps.map(distancesIn(desk(serving), team));

  test('are told over parents, down to the configured model by any of its names', () => {
    expect(distances('t2b', 't2b', 't1', 't2', 'plain', 'plain before')).toEqual([0, 1, 2, 2, 2]);
    expect(distances(undefined, 'plain', 't1', 't2')).toEqual([0, 1, 2]);
  });

  test('reach what answers everywhere, and no other space', () => {
    expect(distances('t1', 'e1', 'o1', 'another model')).toEqual([2, undefined, undefined]);
    expect(distances('e1', 'plain', 't1')).toEqual([1, 2]);
  });
});
