import { expect, test } from 'vitest';
import { createSeededRandom } from '../../bench/lib/seeded-random.ts';
import { noPoison, poisoned } from '../../bench/lib/train/community.ts';
import {
  type Candidate,
  canaryTrial,
  replayTrial,
  runCandidate,
  type TrialEnd,
} from '../../bench/lib/train/promotion-runs.ts';

const size = { heldOut: 180, sessionsADay: 20, canaryShare: 0.3 };
const better: Candidate = { wins: 0.6, losses: 0.15, liked: 0.25 };
const equal: Candidate = { wins: 0.35, losses: 0.35, liked: 0 };
const worse: Candidate = { wins: 0.15, losses: 0.6, liked: -0.25 };
const seeds = Array.from({ length: 100 }, (_, at) => at + 1);

const count = (candidate: Candidate, end: TrialEnd, poison = noPoison, of = size): number =>
  seeds.filter((seed) => runCandidate(seed, candidate, of, poison) === end).length;

test('what is better is promoted, what is worse is found so, and what is equal is left undecided', () => {
  expect(count(better, 'promoted')).toBeGreaterThan(90);
  expect(count(worse, 'worse')).toBe(100);
  expect(count(equal, 'undecided')).toBeGreaterThan(85);
  // Twenty to one, at any time: 5 % and what 100 runs may add to it.
  expect(count(equal, 'promoted')).toBeLessThan(13);
});

test('without a held-out turn nothing is known', () => {
  expect(replayTrial(better, { ...size, heldOut: 0 }, createSeededRandom(1))).toBe('undecided');
});

test('a canary that few conversations try is rated too seldom to be promoted', () => {
  const rare = { ...size, canaryShare: 0.02 };
  expect(count(better, 'inconclusive', noPoison, rare)).toBeGreaterThan(90);
});

test('the canary stops what people dislike more often than what they like as much', () => {
  const stopped = (liked: number, poison = noPoison): number =>
    seeds.filter(
      (seed) => canaryTrial({ ...equal, liked }, size, poison, createSeededRandom(seed)) === 'harm',
    ).length;
  expect(stopped(-0.5)).toBeGreaterThan(stopped(0) + 10);
});

test('poisoned words alone promote nothing that loses', () => {
  expect(count(worse, 'promoted', poisoned)).toBe(0);
});

test('the same seed ends the same way', () => {
  for (const seed of [1, 2, 3]) {
    expect(runCandidate(seed, equal, size, poisoned)).toBe(runCandidate(seed, equal, size, poisoned));
  }
});
