import { describe, expect, test } from 'vitest';
import { type LossName, lossNames, positionFactors, type Reduction } from './losses.ts';
import { type Adapter, createAdapter, createBaseModel, zeroGradient } from './policy.ts';
import { createRandom, normals } from './random.ts';
import { passBatch, type TrainBatch, type TrainDatum } from './train-batch.ts';

const base = createBaseModel({ vocabulary: 11, seed: 4, width: 7 });
const settings = { clip_low_threshold: 0.8, clip_high_threshold: 1.2, beta: 0.3 };

function someAdapter(): Adapter {
  const adapter = createAdapter(base, { rank: 3, alpha: 6, seed: 2 });
  adapter.b.set(normals(createRandom(8), adapter.b.length, 0.4));
  return adapter;
}

/** Drifts of the log-probability, so that ratios lie on both sides of the bounds and between them. */
const drifts = [0.05, -0.6, 0.9, -0.1, 0.4, -0.35];

function batchFor(adapter: Adapter, loss: LossName): TrainBatch {
  const random = createRandom(31);
  const pick = (): number => Math.floor(random() * 11);
  const data = [5, 2, 6].map((length, which): TrainDatum => {
    const tokens = Array.from({ length }, pick);
    const targets = Array.from({ length }, pick);
    const plain = { tokens, targets, weights: tokens.map(() => 1), old: tokens.map(() => 0) };
    const probe = { data: [{ ...plain, advantages: plain.old }], loss: 'cross_entropy' as const, settings };
    const now = passBatch(base, adapter, probe, 'sum').logprobs[0]!;
    return {
      tokens,
      targets,
      weights: tokens.map((_, at) => [0, 1, 0.5, 2, 1, 1][(at + which) % 6]!),
      old: tokens.map((_, at) => now[at]! - drifts[(at + which) % 6]!),
      advantages: tokens.map((_, at) => [1.5, -0.7, 0.9, -1.1][(at + which) % 4]!),
    };
  });
  return { data, loss, settings };
}

/** What is differentiated; `cispo` with its ratio held at what it is without a nudge. */
function objective(
  adapter: Adapter,
  batch: TrainBatch,
  reduction: Reduction,
  held: readonly Float64Array[],
): number {
  const pass = passBatch(base, adapter, batch, reduction);
  if (batch.loss !== 'cispo') return pass.total;
  return batch.data.reduce((total, datum, which) => {
    const factors = positionFactors(datum.weights, reduction);
    const terms = datum.advantages.map((advantage, at) => {
      const ratio = Math.exp(held[which]![at]! - datum.old[at]!);
      const clipped = Math.min(Math.max(ratio, settings.clip_low_threshold), settings.clip_high_threshold);
      return -factors[at]! * clipped * advantage * pass.logprobs[which]![at]!;
    });
    return total + terms.reduce((sum, term) => sum + term, 0);
  }, 0);
}

describe('the gradient of A and B', () => {
  for (const loss of lossNames) {
    for (const reduction of ['sum', 'mean'] as const) {
      test(`of ${loss} joined by ${reduction} equals central finite differences`, () => {
        const adapter = someAdapter();
        const batch = batchFor(adapter, loss);
        const gradient = zeroGradient(adapter);
        const { logprobs } = passBatch(base, adapter, batch, reduction, gradient);
        const step = 1e-5;
        for (const part of ['a', 'b'] as const) {
          const numeric = Array.from(adapter[part], (value, at) => {
            adapter[part][at] = value + step;
            const up = objective(adapter, batch, reduction, logprobs);
            adapter[part][at] = value - step;
            const down = objective(adapter, batch, reduction, logprobs);
            adapter[part][at] = value;
            return (up - down) / (2 * step);
          });
          const largest = Math.max(...numeric.map(Math.abs));
          expect(largest).toBeGreaterThan(0.01);
          for (const [at, slope] of numeric.entries()) {
            expect(Math.abs(slope - gradient[part][at]!)).toBeLessThan(1e-6 * Math.max(1, largest));
          }
        }
      });
    }
  }

  test('is taken away from the kinks, with ratios clipped on both sides and not at all', () => {
    const ratios = drifts.map(Math.exp);
    for (const ratio of ratios) {
      expect(Math.min(Math.abs(ratio - 0.8), Math.abs(ratio - 1.2))).toBeGreaterThan(0.05);
    }
    expect(ratios.some((ratio) => ratio < 0.8)).toBe(true);
    expect(ratios.some((ratio) => ratio > 1.2)).toBe(true);
    expect(ratios.some((ratio) => ratio > 0.8 && ratio < 1.2)).toBe(true);
  });
});

describe('joining', () => {
  const adapter = someAdapter();
  const { data } = batchFor(adapter, 'importance_sampling');
  const pass = (reduction: Reduction, of: readonly TrainDatum[]): number =>
    passBatch(base, adapter, { data: of, loss: 'importance_sampling', settings }, reduction).total;

  test('by sum counts a datum that stands twice twice; by mean its weights have no scale', () => {
    const [first] = data;
    const doubled = { ...first!, weights: first!.weights.map((weight) => 2 * weight) };
    expect(pass('sum', [first!, first!])).toBeCloseTo(2 * pass('sum', [first!]), 10);
    expect(pass('sum', [doubled])).toBeCloseTo(2 * pass('sum', [first!]), 10);
    expect(pass('mean', [doubled])).toBeCloseTo(pass('mean', [first!]), 10);
  });

  test('a datum without any weight gives no loss, no gradient and no NaN', () => {
    const silent = { ...data[0]!, weights: data[0]!.weights.map(() => 0) };
    const gradient = zeroGradient(adapter);
    const batch = { data: [silent], loss: 'importance_sampling' as const, settings };
    expect(passBatch(base, adapter, batch, 'mean', gradient).total).toBe(0);
    expect([...gradient.a, ...gradient.b].every((value) => value === 0)).toBe(true);
  });
});
