import { describe, expect, test } from 'vitest';
import { adamStep, createAdam } from './adam.ts';
import { type DrawSettings, drawTokens } from './draw-tokens.ts';
import { copyAdapter, createAdapter, createBaseModel, nextToken, tokenLogprobs } from './policy.ts';
import { createRandom, normals } from './random.ts';

const base = createBaseModel({ vocabulary: 12, seed: 1 });
const plain: DrawSettings = {
  maxTokens: 4,
  temperature: 1,
  topK: -1,
  topP: 1,
  stopIds: [],
  seed: 3,
  logprobsOf: 'raw',
};

describe('the base model', () => {
  test('gives probabilities that add up to 1, other ones for each order of the same tokens', () => {
    const following = (tokens: readonly number[]) =>
      nextToken(base, undefined, base.readAll(tokens).at(-1)!.hidden).probabilities;
    for (const tokens of [[1], [1, 2], [2, 1]]) {
      expect(following(tokens).reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
    }
    expect(Math.abs(following([1, 2, 3])[5]! - following([2, 1, 3])[5]!)).toBeGreaterThan(1e-3);
    expect(Math.abs(following([1, 2])[5]! - following([1, 3])[5]!)).toBeGreaterThan(1e-3);
  });

  test('takes a vocabulary of 50,000 with no larger tables', () => {
    const wide = createBaseModel({ vocabulary: 50_000, seed: 1 });
    expect(wide.rows).toBe(1024);
    const adapter = createAdapter(wide, { rank: 4, alpha: 32, seed: 1 });
    adapter.b.set(normals(createRandom(2), adapter.b.length, 0.1));
    const { hidden } = wide.readAll([49_999, 7]).at(-1)!;
    const next = nextToken(wide, adapter, hidden);
    let total = 0;
    for (let token = 0; token < 50_000; token += 1) total += Math.exp(next.logprob(token));
    expect(total).toBeCloseTo(1, 9);
  });

  test('an adapter changes nothing before its first step', () => {
    const adapter = createAdapter(base, { rank: 4, alpha: 32, seed: 9 });
    expect(tokenLogprobs(base, adapter, [1, 2, 3])).toEqual(tokenLogprobs(base, undefined, [1, 2, 3]));
    expect(adapter.a.some((value) => value !== 0)).toBe(true);
  });
});

describe('drawing', () => {
  test('is the same for the same seed and gives the log-probabilities that reading gives', () => {
    const drawn = drawTokens(base, undefined, [1, 2], plain);
    expect(drawTokens(base, undefined, [1, 2], plain)).toEqual(drawn);
    const read = tokenLogprobs(base, undefined, [1, 2, ...drawn.tokens]);
    for (const [at, logprob] of drawn.logprobs.entries()) expect(logprob).toBeCloseTo(read[at + 2]!, 12);
    expect(drawn.stopReason).toBe('length');
  });

  test('follows the probabilities', () => {
    const { hidden } = base.readAll([4]).at(-1)!;
    const { probabilities } = nextToken(base, undefined, hidden);
    const counts = new Array<number>(12).fill(0);
    const draws = 4_000;
    for (let seed = 0; seed < draws; seed += 1) {
      counts[drawTokens(base, undefined, [4], { ...plain, maxTokens: 1, seed }).tokens[0]!]! += 1;
    }
    for (const [token, count] of counts.entries()) {
      expect(Math.abs(count / draws - probabilities[token]!)).toBeLessThan(0.03);
    }
  });

  test('temperature 0 and top_k 1 take the likeliest; a stop id ends the answer and stands in it', () => {
    const greedy = drawTokens(base, undefined, [4], { ...plain, temperature: 0 });
    for (const seed of [1, 2, 3]) {
      expect(drawTokens(base, undefined, [4], { ...plain, topK: 1, seed }).tokens).toEqual(greedy.tokens);
    }
    const stopId = greedy.tokens[1]!;
    const stopped = drawTokens(base, undefined, [4], { ...plain, temperature: 0, stopIds: [stopId] });
    expect(stopped.tokens.at(-1)).toBe(stopId);
    expect(stopped.tokens.slice(0, -1)).not.toContain(stopId);
    expect(stopped.stopReason).toBe('stop');
  });

  test('top_p leaves the smallest set of that mass', () => {
    const { probabilities } = nextToken(base, undefined, base.readAll([4]).at(-1)!.hidden);
    const sorted = [...probabilities].sort((x, y) => y - x);
    const topP = sorted[0]! + sorted[1]! / 2;
    const seen = new Set<number>();
    for (let seed = 0; seed < 300; seed += 1) {
      seen.add(drawTokens(base, undefined, [4], { ...plain, maxTokens: 1, topP, seed }).tokens[0]!);
    }
    const allowed = [0, 1].map((rank) => probabilities.indexOf(sorted[rank]!));
    expect([...seen].sort()).toEqual(allowed.sort());
  });

  test('log-probabilities are of the raw distribution unless those of the drawn one are asked for', () => {
    const settings = { ...plain, maxTokens: 1, temperature: 0.5 };
    const raw = drawTokens(base, undefined, [4], settings);
    const tempered = drawTokens(base, undefined, [4], { ...settings, logprobsOf: 'tempered' });
    expect(tempered.tokens).toEqual(raw.tokens);
    expect(raw.logprobs[0]).toBeCloseTo(tokenLogprobs(base, undefined, [4, ...raw.tokens])[1]!, 12);
    expect(Math.abs(tempered.logprobs[0]! - raw.logprobs[0]!)).toBeGreaterThan(0.01);
  });
});

describe('Adam', () => {
  const settings = { learningRate: 0.1, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, clipNorm: 0 };
  const fresh = () => createAdapter(base, { rank: 1, alpha: 1, seed: 1 });
  const pull = (adapter: ReturnType<typeof fresh>, slope: number) => {
    const gradient = { a: new Float64Array(adapter.a.length), b: new Float64Array(adapter.b.length) };
    gradient.b[0] = slope;
    return gradient;
  };

  test('the first step is the learning rate, whatever the size of the gradient; the second follows the moments', () => {
    const adapter = fresh();
    const state = createAdam(adapter);
    expect(adamStep(adapter, state, pull(adapter, 40), settings)).toBe(40);
    expect(adapter.b[0]).toBeCloseTo(-0.1, 8);
    adamStep(adapter, state, pull(adapter, -20), settings);
    const first = (0.9 * 4 - 0.1 * 20) / (1 - 0.81);
    const second = (0.95 * 80 + 0.05 * 400) / (1 - 0.9025);
    expect(adapter.b[0]).toBeCloseTo(-0.1 - (0.1 * first) / Math.sqrt(second), 8);
  });

  test('weight decay is decoupled: it shrinks weights that have no gradient', () => {
    const adapter = fresh();
    const before = copyAdapter(adapter);
    adamStep(adapter, createAdam(adapter), pull(adapter, 1), { ...settings, weightDecay: 0.5 });
    expect(adapter.a[3]).toBeCloseTo(before.a[3]! * (1 - 0.1 * 0.5), 12);
  });

  test('a clipped gradient is as long as the bound', () => {
    const [clipped, small] = [fresh(), fresh()];
    const withEpsilon = { ...settings, epsilon: 1 };
    adamStep(clipped, createAdam(clipped), pull(clipped, 40), { ...withEpsilon, clipNorm: 0.5 });
    adamStep(small, createAdam(small), pull(small, 0.5), withEpsilon);
    expect(clipped.b[0]).toBeCloseTo(small.b[0]!, 12);
  });
});
