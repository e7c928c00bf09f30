import type { BenchResult } from '../bench-report.ts';
import { wilson } from '../evolve/intervals.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { noPoison, type Poison, poisoned } from './community.ts';
import { type Candidate, canaryTrial, runCandidate, type TrialSize } from './promotion-runs.ts';

/** `wins`, `losses`: as the judge finds them. */
const candidates = [
  { name: 'a much worse candidate', candidate: { wins: 0.15, losses: 0.6, liked: -0.25 } },
  { name: 'a worse candidate', candidate: { wins: 0.25, losses: 0.4, liked: -0.1 } },
  { name: 'an equal candidate', candidate: { wins: 0.35, losses: 0.35, liked: 0 } },
  { name: 'a better candidate', candidate: { wins: 0.4, losses: 0.25, liked: 0.1 } },
  { name: 'a much better candidate', candidate: { wins: 0.6, losses: 0.15, liked: 0.25 } },
] as const satisfies readonly { readonly name: string; readonly candidate: Candidate }[];

const harmful: Candidate = { wins: 0, losses: 1, liked: -0.4 };

/** A judge that is poisoned as well gives so many verdicts the wrong way round. */
function misjudged({ wins, losses, liked }: Candidate, flipped: number): Candidate {
  const turned = (one: number, other: number): number => one * (1 - flipped) + other * flipped;
  return { wins: turned(wins, losses), losses: turned(losses, wins), liked };
}

const worlds = [
  { name: 'honest words', poison: noPoison, judgeFlips: 0 },
  { name: 'poisoned words', poison: poisoned, judgeFlips: 0 },
  { name: 'poisoned words and judge', poison: poisoned, judgeFlips: 0.2 },
] as const satisfies readonly {
  readonly name: string;
  readonly poison: Poison;
  readonly judgeFlips: number;
}[];

/** With the canary as shipped, sixty turns a day rate too few of its sessions: here three in ten conversations try it. */
const size: TrialSize = { heldOut: 180, sessionsADay: 20, canaryShare: 0.3 };
const shippedSize: TrialSize = { ...size, canaryShare: 0.1 };

/** How often each kind of candidate comes into service, from so many runs each; and what the canary alone stops. */
export function promotionResults(runs: number, progress: (line: string) => void): readonly BenchResult[] {
  const share = (metric: string, isSo: (seed: number) => boolean): BenchResult => {
    let hits = 0;
    for (let seed = 1; seed <= runs; seed += 1) if (isSo(seed)) hits += 1;
    const { value, interval } = wilson(hits, runs);
    return { metric, unit: 'share', value, ...(interval === undefined ? {} : { spread: interval }) };
  };
  const results: BenchResult[] = [];
  for (const { name: world, poison, judgeFlips } of worlds) {
    progress(`train: promotion with ${world}`);
    for (const { name, candidate } of candidates) {
      const judged = misjudged(candidate, judgeFlips);
      results.push(
        share(
          `${world}: ${name} promoted`,
          (seed) => runCandidate(seed, judged, size, poison) === 'promoted',
        ),
      );
    }
    results.push(
      share(
        `${world}: a much better candidate promoted with a canary of one in ten`,
        (seed) =>
          runCandidate(seed, misjudged(candidates[4].candidate, judgeFlips), shippedSize, poison) ===
          'promoted',
      ),
    );
    for (const [name, candidate] of [
      ['a canary that two in five more dislike', harmful],
      ['a canary that is as good', candidates[2].candidate],
    ] as const) {
      results.push(
        share(
          `${world}: ${name} stopped for harm`,
          (seed) => canaryTrial(candidate, size, poison, createSeededRandom(seed)) === 'harm',
        ),
      );
    }
  }
  return results;
}
