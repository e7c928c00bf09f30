import type { TurnId } from '../domain/ids.ts';
import { foldReward, standingSignals } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { JudgeView } from '../ports/judge-queue.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { JudgeScore } from './judge-parse.ts';

/** A turn that both the judge and people rated. */
export interface RatedPair {
  readonly judge: JudgeScore;
  /** The sign of what people gave. */
  readonly people: -1 | 1;
}

/** How well the judge agrees with people. Measures are absent where there is nothing to measure them by. */
export interface Calibration {
  readonly labels: number;
  readonly positive: number;
  readonly negative: number;
  /** Mean of the shares of good and of bad answers that it recognised; its 0 recognises neither. 0 … 1. */
  readonly balancedAccuracy?: number;
  /** One-sided 95 % lower bound of it. */
  readonly lowerBound?: number;
  /** Cohen's, over the three scores. */
  readonly kappa?: number;
  /** How much its word counts, 0 … 1. */
  readonly weight: number;
}

/** From how many on, of which how many of each sign, and with which lower bound its word counts. */
export const leastLabels = 50;
export const leastOfEachSign = 10;
export const leastLowerBound = 0.6;
/** 95 % of a normal distribution lie below it. */
const oneSided95 = 1.6449;

/**
 * The judge's weight: 0 until 50 labels with 10 of each sign are there, and whenever it cannot be told with 95 %
 * confidence that its balanced accuracy is 0.6 or more; else 2·accuracy − 1, which is 0 for guessing and 1 for people's own
 * word. The order of the pairs does not matter.
 */
export function calibrate(pairs: readonly RatedPair[]): Calibration {
  const good = shareRecognised(pairs, 1);
  const bad = shareRecognised(pairs, -1);
  const counts = { labels: pairs.length, positive: good.of, negative: bad.of };
  if (good.of === 0 || bad.of === 0) return { ...counts, weight: 0 };
  const balancedAccuracy = (good.hits / good.of + bad.hits / bad.of) / 2;
  const lowerBound = lowerBoundOf(good, bad);
  const kappa = kappaOf(pairs);
  const isEnough =
    pairs.length >= leastLabels &&
    Math.min(good.of, bad.of) >= leastOfEachSign &&
    lowerBound >= leastLowerBound;
  return {
    ...counts,
    balancedAccuracy,
    lowerBound,
    ...(kappa === undefined ? {} : { kappa }),
    weight: isEnough ? Math.max(0, Math.min(1, 2 * balancedAccuracy - 1)) : 0,
  };
}

interface Share {
  readonly hits: number;
  readonly of: number;
}

function shareRecognised(pairs: readonly RatedPair[], sign: -1 | 1): Share {
  const ofSign = pairs.filter(({ people }) => people === sign);
  return { hits: ofSign.filter(({ judge }) => judge === sign).length, of: ofSign.length };
}

/** Agresti and Caffo: one hit and one miss more in each share, so that 10 of 10 is not taken for certainty. */
function lowerBoundOf(good: Share, bad: Share): number {
  const adjusted = [good, bad].map(({ hits, of }) => ({ share: (hits + 1) / (of + 2), of: of + 2 }));
  const mean = adjusted.reduce((sum, { share }) => sum + share, 0) / 2;
  const variance = adjusted.reduce((sum, { share, of }) => sum + (share * (1 - share)) / of, 0) / 4;
  return Math.max(0, mean - oneSided95 * Math.sqrt(variance));
}

function kappaOf(pairs: readonly RatedPair[]): number | undefined {
  const share = (holds: (pair: RatedPair) => boolean): number => pairs.filter(holds).length / pairs.length;
  const observed = share(({ judge, people }) => judge === people);
  const byChance = [-1, 1].reduce(
    (sum, sign) => sum + share(({ judge }) => judge === sign) * share(({ people }) => people === sign),
    0,
  );
  return byChance === 1 ? undefined : (observed - byChance) / (1 - byChance);
}

const labelKinds: readonly Signal['kind'][] = ['reaction', 'button', 'feedback'];

/**
 * The pair that a turn's rows make, by the judge's row of this view and rule, withdrawn since or not, and by what people's
 * reactions, buttons and commands come to. `undefined` where one is missing, people are divided evenly, or the turn is held.
 */
export function ratedPair(rows: readonly Signal[], view: JudgeView, rule: string): RatedPair | undefined {
  const judged = rows.find(
    (row) => row.kind === 'judge' && row.name === view && row.change === 'given' && row.rule === rule,
  );
  if (judged === undefined || standingSignals(rows).some((row) => row.kind === 'hold')) return undefined;
  const reward = foldReward(rows.filter((row) => labelKinds.includes(row.kind)));
  if (reward.kind !== 'known' || reward.value === 0) return undefined;
  const judge = judged.polarity > 0 ? 1 : judged.polarity < 0 ? -1 : 0;
  return { judge, people: reward.value > 0 ? 1 : -1 };
}

/** The judge's calibrations as they are now. */
export interface CalibrationBook {
  of(view: JudgeView): Promise<Calibration>;
}

export interface CalibrationBookDeps {
  readonly ledger: Pick<LedgerStore, 'judgedAndRated' | 'ofTurn'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Only votes that were given under this rule count: another model, or another way to ask it, starts anew. */
  readonly rule: string;
}

const latestTurns = 200;
const freshMs = 10 * 60_000;

/** Measures each view over the last 200 turns that people rated; a measure is used for ten minutes. */
export function createCalibrationBook({ ledger, clock, rule }: CalibrationBookDeps): CalibrationBook {
  const measured = new Map<JudgeView, { readonly atMs: number; readonly result: Promise<Calibration> }>();

  async function measure(view: JudgeView): Promise<Calibration> {
    const turnIds = await ledger.judgedAndRated(view, latestTurns);
    const pairs: RatedPair[] = [];
    for (const turnId of turnIds) pairs.push(...(await pairOf(turnId, view)));
    return calibrate(pairs);
  }

  async function pairOf(turnId: TurnId, view: JudgeView): Promise<readonly RatedPair[]> {
    const pair = ratedPair(await ledger.ofTurn(turnId), view, rule);
    return pair === undefined ? [] : [pair];
  }

  return {
    of(view) {
      const known = measured.get(view);
      if (known !== undefined && clock.monotonicMs() - known.atMs < freshMs) return known.result;
      const result = measure(view);
      measured.set(view, { atMs: clock.monotonicMs(), result });
      // A measure that failed is taken again with the next question.
      result.catch(() => measured.delete(view));
      return result;
    },
  };
}
