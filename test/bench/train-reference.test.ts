import { afterEach, expect, test } from 'vitest';
import { openTrainer } from '../../bench/lib/engine/open-trainer.ts';
import { batchAdvantages, createReferenceLoop } from '../../bench/lib/train/reference-rule.ts';
import type { SampledTokens } from '../../core/domain/sampling.ts';
import type { TrainerPort } from '../../core/ports/trainer.ts';
import { createFakeTinker, type FakeTinker } from '../fakes/tinker/fake-tinker.ts';

const { signal } = new AbortController();
const baseModel = 'test/tiny';
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

async function open(): Promise<{ readonly fake: FakeTinker; readonly trainer: TrainerPort }> {
  const fake = await createFakeTinker();
  const trainer = openTrainer({ profile: 'tinker', baseUrl: fake.baseUrl, apiKey: fake.apiKey });
  opened.push(fake, trainer);
  return { fake, trainer };
}

async function openLoop({ trainer }: { readonly trainer: TrainerPort }) {
  const model = await trainer.createModel({ baseModel, rank: 8, seed: 1 }, signal);
  return createReferenceLoop({ model, baseModel, learningRate: 0.05, name: 'reference' });
}

const prompt = Int32Array.of(1, 2, 3);

const sampled = (token: number): SampledTokens => ({
  prompt,
  tokens: Int32Array.of(token),
  logprobs: Float32Array.of(-4),
  stopReason: 'length',
  params: { maxTokens: 1, temperature: 1, topP: 1, topK: -1 },
  tokenizerHash: 'toy',
  baseModel,
  samplerVersion: baseModel,
});

test('advantages are normalised over the batch, whatever the prompts, and none where rewards are equal', () => {
  const advantages = batchAdvantages([1, 1, 1, -1]);
  expect(advantages.reduce((sum, one) => sum + one, 0)).toBeCloseTo(0);
  expect(advantages[0]).toBeCloseTo(1 / Math.sqrt(3));
  expect(advantages[3]).toBeCloseTo(-Math.sqrt(3));
  expect(batchAdvantages([1, 1])).toEqual([0, 0]);
});

test('a night takes one batch, loses the rest of the queue, and what it made answers at once', async () => {
  const { fake, trainer } = await open();
  const loop = await openLoop({ trainer });
  expect(loop.source()).toEqual({ baseModel });
  for (const [token, reward] of [
    [5, 1],
    [6, -1],
    [7, 1],
    [8, -1],
    [9, 1],
    [10, 1],
  ] as const) {
    loop.put({ sampled: sampled(token), reward });
  }
  const sampler = await trainer.createSampler({ baseModel }, signal);
  const scored = (token: number) => sampler.logprobs(Int32Array.of(...prompt, token), signal);
  const before = [await scored(5), await scored(6)].map((lps) => lps.at(-1) ?? Number.NaN);
  await loop.night(signal);
  expect(loop.counts()).toEqual({ trained: 4, surplus: 2, flushed: 0, waiting: 0, steps: 1, emptySteps: 0 });
  expect(fake.requestsTo('optim_step')).toHaveLength(1);
  const later = await trainer.createSampler(loop.source(), signal);
  const after = await Promise.all(
    [5, 6].map((token) => later.logprobs(Int32Array.of(...prompt, token), signal)),
  );
  expect(after[0]?.at(-1)).toBeGreaterThan(before[0] ?? 0);
  expect(after[1]?.at(-1)).toBeLessThan(before[1] ?? 0);
});

test('less than a batch waits for the next night, and is lost where the library changes', async () => {
  const { fake, trainer } = await open();
  const loop = await openLoop({ trainer });
  for (const token of [5, 6, 7]) loop.put({ sampled: sampled(token), reward: 1 });
  await loop.night(signal);
  expect(loop.counts()).toMatchObject({ trained: 0, waiting: 3, steps: 0 });
  loop.flush();
  expect(loop.counts()).toMatchObject({ flushed: 3, waiting: 0 });
  await loop.night(signal);
  expect(fake.requestsTo('forward_backward')).toHaveLength(0);
});

test('equal rewards make a step all the same, and it is counted as an empty one', async () => {
  const loop = await openLoop(await open());
  for (const token of [5, 6, 7, 8]) loop.put({ sampled: sampled(token), reward: 1 });
  await loop.night(signal);
  expect(loop.counts()).toMatchObject({ trained: 4, steps: 1, emptySteps: 1 });
});
