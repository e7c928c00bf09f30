import type { GatheredSample, LeftOutSample } from './gathered-sample.ts';
import { withinShares } from './person-shares.ts';
import type { RunLimits } from './plan-limits.ts';
import { swapsLeft } from './staleness.ts';

type Limits = Pick<RunLimits, 'personShare' | 'mostSamples' | 'staleBad' | 'staleGood'>;

export interface ChosenSamples {
  readonly chosen: readonly GatheredSample[];
  /** All others: they stay in the queue. */
  readonly leftOut: readonly LeftOutSample[];
}

/**
 * Which samples a run takes of those that may train. First nobody may have more than their share of the whole: what is too
 * much of a person's is left out, `person_share`, and of each sign their newest are kept. If more than a run takes are left,
 * those go first that the fewest further swaps of the policy make too stale, then the oldest, so that nothing grows
 * stale while fresher answers are trained; the others wait, `batch_full`. Good and bad ones are taken in turn, so that neither
 * crowds the other out while there are both. Among equals those given first go first.
 */
export function chooseSamples(
  samples: readonly GatheredSample[],
  servingVersion: number,
  limits: Limits,
): ChosenSamples {
  const { personShare, mostSamples } = limits;
  const newest = inTurn(samples, (a, b) => b.askedAt - a.askedAt);
  const shared = new Set(withinShares(newest, personShare, samples.length));
  const left = (sample: GatheredSample): number => swapsLeft(sample, servingVersion, limits) ?? 0;
  const chosen =
    shared.size <= mostSamples
      ? shared
      : new Set(
          withinShares(
            inTurn([...shared], (a, b) => left(a) - left(b) || a.askedAt - b.askedAt),
            personShare,
            mostSamples,
          ),
        );
  return {
    chosen: samples.filter((sample) => chosen.has(sample)),
    leftOut: samples
      .filter((sample) => !chosen.has(sample))
      .map((sample) => ({
        turnId: sample.turnId,
        reason: shared.has(sample) ? 'batch_full' : 'person_share',
      })),
  };
}

/** Good ones and bad ones, each by this order and then as they were given, one of each in turn for as long as there are both. */
function inTurn(
  samples: readonly GatheredSample[],
  order: (a: GatheredSample, b: GatheredSample) => number,
): readonly GatheredSample[] {
  const ordered = samples.toSorted(order);
  const places = { good: 0, bad: 0 };
  return ordered
    .map((sample) => {
      const sign = sample.value > 0 ? 'good' : 'bad';
      places[sign] += 1;
      return { sample, place: places[sign] };
    })
    .toSorted((a, b) => a.place - b.place || b.sample.value - a.sample.value)
    .map(({ sample }) => sample);
}
