import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeConversationKey } from '../../../../core/domain/conversation.ts';
import { personId, type TurnId, turnId } from '../../../../core/domain/ids.ts';
import type { Turn } from '../../../../core/domain/turn.ts';
import {
  createHeldOutTurns,
  fairestOf,
  type HeldOutPlace,
  type HeldOutTurn,
  heardAfter,
} from '../../../../core/learning/policies/held-out-turns.ts';
import { turn } from '../../skills/evolver/samples.ts';
import { createMemoryPolicies } from './memory-policies.ts';
import { createRig, talk } from './policy-rig.ts';

const placeIn = (channel: string, by = 'ann'): HeldOutPlace => ({
  conversationKey: encodeConversationKey(talk(channel)),
  askerId: personId('web', by),
});
const places = fc
  .tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('ann', 'bob', 'cem'))
  .map(([channel, by]) => placeIn(channel, by));
const countOf = (all: readonly HeldOutPlace[], key: keyof HeldOutPlace, place: HeldOutPlace): number =>
  all.filter((other) => other[key] === place[key]).length;

describe('the fairest turn', () => {
  test('is of the conversation that was heard least, there of the person who was, there the first', () => {
    fc.assert(
      fc.property(fc.array(places, { minLength: 1 }), fc.array(places), (open, compared) => {
        const turns: readonly HeldOutTurn[] = open.map((place, index) => ({
          ...place,
          turnId: turnId(`${index}`),
        }));
        const rank = (one: HeldOutTurn): readonly number[] => [
          countOf(compared, 'conversationKey', one),
          countOf(compared, 'askerId', one),
          turns.indexOf(one),
        ];
        const [best] = turns.toSorted((x, y) => {
          const [a, b] = [rank(x), rank(y)];
          const at = a.findIndex((value, index) => value !== b[index]);
          return (a[at] ?? 0) - (b[at] ?? 0);
        });
        expect(fairestOf(turns, compared)).toEqual(best);
      }),
    );
  });

  test('is none where none is open', () => {
    expect(fairestOf([], [placeIn('a')])).toBeUndefined();
  });
});

test('conversations are heard when the last of so many was, not by what nobody knows the place of', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(places, { nil: undefined })),
      fc.integer({ min: 1, max: 4 }),
      (all, many) => {
        const after = heardAfter(many, all);
        const keysIn = (count: number): number =>
          new Set(all.slice(0, count).flatMap((place) => place?.conversationKey ?? [])).size;
        if (after === Number.POSITIVE_INFINITY) expect(keysIn(all.length)).toBeLessThan(many);
        else expect([keysIn(after), keysIn(after - 1)]).toEqual([many, many - 1]);
      },
    ),
  );
});

describe('held-out turns', () => {
  async function stored(channels: readonly string[]) {
    const store = createMemoryPolicies();
    const turns = new Map<TurnId, Turn>();
    let reads = 0;
    for (const [index, channel] of channels.entries()) {
      const id = turnId(`t${index}`);
      turns.set(id, turn(`t${index}`, 'ann', 'What?', { conversation: talk(channel) }));
      store.held.push(id);
    }
    const held = createHeldOutTurns({
      store,
      foreignPlatforms: ['api'],
      conversations: 3,
      turns: {
        async get(id) {
          reads += 1;
          return turns.get(id);
        },
      },
    });
    const candidate = await (await createRig()).add();
    return { store, turns, held, candidate, reads: () => reads };
  }
  const choice = { compared: [], passed: new Set<TurnId>(), isElsewhere: false };
  const many = (count: number, channel: string): readonly string[] => Array(count).fill(channel);

  test('of programs are passed over', async () => {
    const { store, turns, held, candidate } = await stored(['a']);
    const [own] = store.held;
    for (const id of ['api 1', 'api 2'].map(turnId)) {
      turns.set(id, turn(id, 'ann', 'What?', { conversation: talk('b') }));
      store.held.unshift(id);
    }
    expect(await held.next(candidate, choice)).toBe(own);
  });

  test('are found behind hundreds of newer ones of one conversation', async () => {
    const { held, candidate } = await stored([...many(700, 'a'), 'b', 'c']);
    const compared = [placeIn('a')];
    expect(await held.next(candidate, { ...choice, compared })).toBe('t700');
    expect(await held.next(candidate, { ...choice, compared: [...compared, placeIn('b')] })).toBe('t701');
    expect(await held.next(candidate, { ...choice, compared, isElsewhere: true })).toBe('t700');
  });

  test('are looked for no further than it takes, and each is read once', async () => {
    const { held, candidate, reads } = await stored([...many(98, 'a'), 'b', 'c', ...many(500, 'd')]);
    expect(await held.next(candidate, choice)).toBe('t0');
    expect(reads()).toBe(100);
    expect(await held.next(candidate, { ...choice, compared: [placeIn('a')] })).toBe('t98');
    expect(reads()).toBe(100);
    held.forget(candidate.policyId);
    await held.next(candidate, choice);
    expect(reads()).toBe(200);
  });

  test('are found behind any number that were passed over', async () => {
    const { held, candidate, store } = await stored([...many(2_000, 'a'), 'a']);
    const passed = new Set(store.held.slice(0, 2_000));
    expect(await held.next(candidate, { ...choice, passed })).toBe('t2000');
  });

  test('that are no longer stored are not chosen, and are of no conversation', async () => {
    const { held, candidate, turns } = await stored(['a', 'b']);
    turns.delete(turnId('t0'));
    expect(await held.next(candidate, choice)).toBe('t1');
    expect(await held.placesOf(candidate.policyId, [turnId('t0'), turnId('t1')])).toEqual([
      undefined,
      placeIn('b'),
    ]);
  });

  test('are none of another conversation where all were heard', async () => {
    const { held, candidate } = await stored(['a', 'b']);
    const compared = [placeIn('a'), placeIn('b')];
    expect(await held.next(candidate, { ...choice, compared, isElsewhere: true })).toBeUndefined();
    expect(await held.next(candidate, { ...choice, compared })).toBe('t0');
  });
});
