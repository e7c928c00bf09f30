import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PersonId, personId } from '../../../../core/domain/ids.ts';
import type { GatheredSample } from '../../../../core/learning/run/gathered-sample.ts';
import { ratersOf } from '../../../../core/learning/run/person-shares.ts';
import { withoutLoudVoices } from '../../../../core/learning/run/without-loud-voices.ts';
import { gathered } from './sample-gathered.ts';

const now = async (): Promise<void> => {};
const person = (name: string): PersonId => personId('web', name);

function rated(id: string, votes: Readonly<Record<string, number>>): GatheredSample {
  const voices = Object.entries(votes).map(([name, polarity]) => ({
    actorId: person(name),
    kind: 'reaction' as const,
    polarity,
    weight: 1,
    occurredAt: 1,
  }));
  const value = voices.reduce((sum, { polarity }) => sum + polarity, 0) / voices.length;
  return { ...gathered(id, 'ann', 1), voices, value };
}

describe('who votes on everything', () => {
  test('is not heard where others speak, and the reward is theirs', async () => {
    const samples = ['ann', 'bob', 'cat', 'dan', 'eve'].map((name, at) =>
      rated(`t${at}`, { [name]: 1, brigand: -1 }),
    );
    const heard = await withoutLoudVoices(samples, 0.2, now);
    expect(heard.map(({ value }) => value)).toEqual([1, 1, 1, 1, 1]);
    expect(heard.flatMap(ratersOf)).not.toContain(person('brigand'));
    expect(samples.map(({ value }) => value)).toEqual([0, 0, 0, 0, 0]);
  });

  test('keeps their word where nobody else spoke', async () => {
    const alone = rated('t1', { brigand: -1 });
    const [kept] = await withoutLoudVoices([alone, rated('t2', { brigand: -1, ann: 1 })], 0.2, now);
    expect(kept).toEqual(alone);
  });
});

test('within the share nothing is touched', async () => {
  const samples = ['ann', 'bob', 'cat', 'dan', 'eve'].map((name, at) => rated(`t${at}`, { [name]: 1 }));
  expect(await withoutLoudVoices(samples, 0.2, now)).toBe(samples);
});

test('nobody is silenced who is not above the share, and every sample keeps a voice', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const votes = fc.dictionary(fc.constantFrom(...names), fc.constantFrom(-1, 1), { minKeys: 1 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(votes, { minLength: 1, maxLength: 30 }),
      fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      async (all, share) => {
        const samples = all.map((own, at) => rated(`t${at}`, own));
        const heard = await withoutLoudVoices(samples, share, now);
        const parts = (name: string): number =>
          samples.reduce((sum, sample) => {
            const raters = ratersOf(sample);
            return sum + (raters.includes(person(name)) ? 1 / raters.length : 0);
          }, 0);
        for (const [at, sample] of heard.entries()) {
          expect(sample.voices.length).toBeGreaterThan(0);
          expect(sample.value).toBeGreaterThanOrEqual(-1);
          expect(sample.value).toBeLessThanOrEqual(1);
          const silenced = ratersOf(samples[at] ?? sample).filter(
            (rater) => !ratersOf(sample).includes(rater),
          );
          for (const name of names.filter((one) => silenced.includes(person(one)))) {
            expect(parts(name)).toBeGreaterThan(share * samples.length);
          }
        }
      },
    ),
  );
});
