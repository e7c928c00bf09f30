import { type PersonId, platformOf, unknownAuthor } from '../../domain/ids.ts';
import type { GatheredSample } from './gathered-sample.ts';

/** On whose word a sample rests: whoever rated it, each with an equal part; its asker where only a judge spoke. */
export function ratersOf({
  voices,
  askerId,
}: Pick<GatheredSample, 'voices' | 'askerId'>): readonly PersonId[] {
  const raters = new Set(voices.flatMap(({ actorId }) => (actorId === undefined ? [] : [actorId])));
  return raters.size === 0 ? [askerId] : [...raters];
}

/** How many people rated these. Whom a platform does not name is nobody who could be counted. */
export function countPeople(samples: readonly Pick<GatheredSample, 'voices' | 'askerId'>[]): number {
  const people = new Set(samples.flatMap(ratersOf));
  return [...people].filter((person) => person !== unknownAuthor(platformOf(person))).length;
}

type Rated = Pick<GatheredSample, 'voices' | 'askerId'>;

/** A sample with its raters as small numbers: they are looked up for each of thousands, many times over. */
interface Part<Sample> {
  readonly sample: Sample;
  readonly raters: readonly number[];
}

function partsOf<Sample extends Rated>(samples: readonly Sample[]): readonly Part<Sample>[] {
  const numbers = new Map<PersonId, number>();
  return samples.map((sample) => ({
    sample,
    raters: ratersOf(sample).map((person) => numberOf(numbers, person)),
  }));
}

function numberOf(numbers: Map<PersonId, number>, person: PersonId): number {
  const known = numbers.get(person) ?? numbers.size;
  numbers.set(person, known);
  return known;
}

/** Parts are sums of fractions; they differ from what they stand for by rounding alone. */
const rounding = 1e-9;

interface Loads {
  /** Takes a sample if each of its raters then has at most `cap` samples' worth. */
  take(raters: readonly number[], cap: number): boolean;
}

function createLoads(): Loads {
  const loads: number[] = [];
  return {
    take(raters, cap) {
      const part = 1 / raters.length;
      if (raters.some((person) => (loads[person] ?? 0) + part > cap + rounding)) return false;
      for (const person of raters) loads[person] = (loads[person] ?? 0) + part;
      return true;
    },
  };
}

/**
 * As many of these, `most` at most, as there can be with nobody's part in them above `share`; the earlier ones first. What is
 * left out makes the whole smaller, and so what a person may have of it: the size is the largest at which both hold. No
 * further one could be added afterwards. Where each sample has one rater there is no larger set; where several rated
 * one, a larger set may exist that takes others.
 */
export function withinShares<Sample extends Rated>(
  samples: readonly Sample[],
  share: number,
  most: number,
): readonly Sample[] {
  const parts = partsOf(samples);
  let size = Math.min(samples.length, most);
  for (;;) {
    const loads = createLoads();
    const kept = new Set<Sample>();
    for (const { sample, raters } of parts) {
      if (kept.size < size && loads.take(raters, share * size)) kept.add(sample);
    }
    if (kept.size === size) {
      growWithin(kept, parts, share, most, loads);
      return samples.filter((sample) => kept.has(sample));
    }
    size = kept.size;
  }
}

/** Adds what still finds room as the whole grows. */
function growWithin<Sample>(
  kept: Set<Sample>,
  parts: readonly Part<Sample>[],
  share: number,
  most: number,
  loads: Loads,
): void {
  for (let before = -1; before < kept.size; ) {
    before = kept.size;
    for (const { sample, raters } of parts) {
      if (kept.size < most && !kept.has(sample) && loads.take(raters, share * (kept.size + 1))) {
        kept.add(sample);
      }
    }
  }
}
