import fc from 'fast-check';
import { type PersonId, personId, spaceId, turnId } from '../../../../core/domain/ids.ts';
import type { Voice } from '../../../../core/learning/batch-weights.ts';
import type { GatheredSample } from '../../../../core/learning/run/gathered-sample.ts';

export const person = (name: string): PersonId => personId('web', name);

export const voice = (name: string | undefined, polarity: number, occurredAt = 0): Voice => ({
  ...(name === undefined ? {} : { actorId: person(name) }),
  kind: name === undefined ? 'judge' : 'feedback',
  polarity,
  weight: 1,
  occurredAt,
});

/** An answer that one person rated, each with a request of its own. */
export function gathered(id: string, rater: string, value: number, changes: Partial<GatheredSample> = {}) {
  return {
    turnId: turnId(id),
    revision: 1,
    spaceId: spaceId('web', 'team'),
    askerId: person(rater),
    voices: [voice(rater, value)],
    value,
    distance: 0,
    askedAt: 0,
    tokens: 100,
    longestTokens: 100,
    path: { path: 'ratio' },
    hasHints: false,
    request: id,
    answer: `answer ${id}`,
    ...changes,
  } as const satisfies GatheredSample;
}

/** `count` answers, rated by so many people in turn, every third one bad. */
export function crowd(
  count: number,
  people: number,
  changes: (index: number) => Partial<GatheredSample> = () => ({}),
): readonly GatheredSample[] {
  return Array.from({ length: count }, (_, index) =>
    gathered(`t${String(index).padStart(5, '0')}`, `p${index % people}`, index % 3 === 0 ? -1 : 1, {
      askedAt: index,
      ...changes(index),
    }),
  );
}

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** Any waiting answers: of few people, often the same one's, several raters at times, stale ones, ones without a weight. */
export const anyGathered = (
  bounds: { readonly minLength?: number; readonly maxLength?: number; readonly mostRaters?: number } = {},
): fc.Arbitrary<readonly GatheredSample[]> =>
  fc
    .array(
      fc.record({
        raters: fc.uniqueArray(fc.constantFrom('a', 'a', 'a', ...names), {
          maxLength: bounds.mostRaters ?? 3,
        }),
        asker: fc.constantFrom(...names),
        value: fc.constantFrom(-1, -0.5, 0, 0.5, 1, 1),
        distance: fc.constantFrom(undefined, 6, 5, 4, 1, 0, 0, 0),
        askedAt: fc.integer({ min: 0, max: 50 }),
        tokens: fc.integer({ min: 1, max: 4_000 }),
        request: fc.constantFrom('r1', 'r2', 'r3', undefined, undefined),
      }),
      { minLength: bounds.minLength ?? 0, maxLength: bounds.maxLength ?? 120 },
    )
    .map((all) =>
      all.map(({ raters, asker, value, distance, askedAt, tokens, request }, index) => {
        const id = `t${String(index).padStart(4, '0')}`;
        const { distance: _, ...sample } = gathered(id, asker, value, {
          voices: raters.length === 0 ? [voice(undefined, value)] : raters.map((name) => voice(name, value)),
          askedAt,
          tokens,
          longestTokens: tokens,
          request: request ?? id,
        });
        return distance === undefined ? sample : { ...sample, distance };
      }),
    );

/** Computed apart from what is tested: how many samples' worth each person has. */
export function loadsOf(samples: readonly GatheredSample[]): ReadonlyMap<PersonId, number> {
  const loads = new Map<PersonId, number>();
  for (const sample of samples) {
    const actors = new Set(sample.voices.map(({ actorId }) => actorId).filter((id) => id !== undefined));
    const raters = actors.size === 0 ? [sample.askerId] : [...actors];
    for (const rater of raters) loads.set(rater, (loads.get(rater) ?? 0) + 1 / raters.length);
  }
  return loads;
}

export const isWithinShare = (samples: readonly GatheredSample[], share: number): boolean =>
  [...loadsOf(samples).values()].every((load) => load <= share * samples.length + 1e-6);
