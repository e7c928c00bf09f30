import type { GatheredSample, LeftOutSample } from './gathered-sample.ts';
import { eachInPieces, setInPieces, sortedInPieces, type YieldNow } from './in-pieces.ts';
import { ratersOf, withinShares } from './person-shares.ts';
import type { RunLimits } from './plan-limits.ts';
import { swapsLeft } from './staleness.ts';

type Limits = Pick<RunLimits, 'personShare' | 'mostSamples' | 'staleBad' | 'staleGood'>;
type Order = (a: GatheredSample, b: GatheredSample) => number;

export interface ChosenSamples {
  readonly chosen: readonly GatheredSample[];
  /** All others: they stay in the queue. */
  readonly leftOut: readonly LeftOutSample[];
}

/** Looking at so many takes a few milliseconds. */
const lookedAtOnce = 4_000;

/**
 * Which samples a run takes of those that may train. First nobody may have more than their share of the whole: what is too
 * much of a person's is left out, `person_share`, and of each sign their newest are kept. If more than a run takes are left,
 * those go first that the fewest further swaps of the policy make too stale, then the oldest, so that nothing grows
 * stale while fresher answers are trained; the others wait, `batch_full`. Good and bad ones are taken in turn, so that neither
 * crowds the other out while there are both. Among equals those given first go first.
 */
export async function chooseSamples(
  samples: readonly GatheredSample[],
  limits: Limits,
  yieldNow: YieldNow,
): Promise<ChosenSamples> {
  const { personShare: share, mostSamples: most } = limits;
  const within = async (
    those: readonly GatheredSample[],
    order: Order,
    room: number,
  ): Promise<readonly GatheredSample[]> =>
    withinShares(await inTurn(those, order, yieldNow), ratersOf, { share, most: room }, yieldNow);

  const left = (sample: GatheredSample): number => swapsLeft(sample, limits) ?? 0;
  const shared = await within(samples, (a, b) => b.askedAt - a.askedAt, samples.length);
  const taken =
    shared.length <= most
      ? shared
      : await within(shared, (a, b) => left(a) - left(b) || a.askedAt - b.askedAt, most);

  const isShared = await setInPieces(shared, lookedAtOnce, yieldNow);
  const isTaken = await setInPieces(taken, lookedAtOnce, yieldNow);
  const chosen: GatheredSample[] = [];
  const leftOut: LeftOutSample[] = [];
  await eachInPieces(samples, lookedAtOnce, yieldNow, (sample) => {
    if (isTaken.has(sample)) chosen.push(sample);
    else {
      const reason = isShared.has(sample) ? 'batch_full' : 'person_share';
      leftOut.push({ turnId: sample.turnId, reason });
    }
  });
  return { chosen, leftOut };
}

/** Good ones and bad ones, each by this order and then as they were given, one of each in turn for as long as there are both. */
async function inTurn(
  samples: readonly GatheredSample[],
  order: Order,
  yieldNow: YieldNow,
): Promise<readonly GatheredSample[]> {
  const good: GatheredSample[] = [];
  const bad: GatheredSample[] = [];
  await eachInPieces(await sortedInPieces(samples, order, yieldNow), lookedAtOnce, yieldNow, (sample) => {
    (sample.value > 0 ? good : bad).push(sample);
  });
  const [longer, shorter] = good.length < bad.length ? [bad, good] : [good, bad];
  const mixed: GatheredSample[] = [];
  await eachInPieces(longer, lookedAtOnce, yieldNow, (sample, place) => {
    const other = shorter[place];
    if (other === undefined) mixed.push(sample);
    else if (sample.value > 0) mixed.push(sample, other);
    else mixed.push(other, sample);
  });
  return mixed;
}
