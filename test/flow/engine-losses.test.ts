import { afterEach, describe, expect, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createTinkerTrainer } from '../../adapters/tinker/tinker-trainer.ts';
import type { Datum } from '../../core/domain/datum.ts';
import type { SampledTokens } from '../../core/domain/sampling.ts';
import { advantagesOf } from '../../core/learning/advantages.ts';
import { answerLogprob, tokenSlopes } from '../../core/learning/answer-logprob.ts';
import { type AnswerDatum, buildDatum, joined } from '../../core/learning/build-datum.ts';
import { withTruncatedRatios } from '../../core/learning/correct-ratios.ts';
import { gradientDatums } from '../../core/learning/custom-loss.ts';
import { dpoLoss } from '../../core/learning/dpo-loss.ts';
import { withKlPenalty } from '../../core/learning/kl-penalty.ts';
import { defaultKto, ktoLoss, ktoReferencePoint } from '../../core/learning/kto-loss.ts';
import { normaliseBatch } from '../../core/learning/normalise-batch.ts';
import { tokenRatios } from '../../core/learning/ratios.ts';
import { turnTrainingPath } from '../../core/learning/training-path.ts';
import type { EngineSampler, TrainableModel, TrainerPort } from '../../core/ports/trainer.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { createFakeTinker, type FakeTinker } from '../fakes/tinker/fake-tinker.ts';

/** One that adds losses up and one that takes their means. */
const engines = ['tinker', 'skyrl'] as const;
const baseModel = 'test/tiny';
const current = { tokenizerHash: 'toy', baseModel };
const never = new AbortController().signal;
const importance = { name: 'importance_sampling' } as const;
const prompts = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
].map((ids) => Int32Array.from(ids));

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

interface Subject {
  readonly fake: FakeTinker;
  readonly trainer: TrainerPort;
  readonly model: TrainableModel;
  /** The base model, which is the reference. */
  readonly reference: EngineSampler;
}

async function open(behaviour: (typeof engines)[number]): Promise<Subject> {
  const fake = await createFakeTinker({ behaviour });
  const trainer = createTinkerTrainer({
    profile: behaviour,
    baseUrl: fake.baseUrl,
    apiKey: fake.apiKey,
    fetch,
    clock: createSystemClock(),
    ids: createSequentialIds(),
    logger: createMemoryLogger(),
  });
  opened.push(fake, trainer);
  const model = await trainer.createModel({ baseModel, rank: 8, seed: 3 }, never);
  return { fake, trainer, model, reference: await trainer.createSampler({ baseModel }, never) };
}

/** Enough of them that answers are of different lengths. */
const stopIds = [3, 13, 23, 33, 43, 53];

/** As serving keeps it: answers of up to four tokens to each prompt, those of one prompt together. */
async function draw(
  sampler: EngineSampler,
  { count, temperature = 1, seed }: { count: number; temperature?: number; seed: number },
): Promise<readonly SampledTokens[]> {
  const params = { maxTokens: 4, temperature, topP: 1, topK: -1 };
  const drawn = await Promise.all(
    prompts.map(async (prompt, at) => {
      const own = { ...params, seed: seed + at };
      const answers = await sampler.sample({ prompt, count, stopIds, params: own }, never);
      const { tokenizerHash } = current;
      return answers.map((answer) => ({
        ...answer,
        prompt,
        params: own,
        tokenizerHash,
        baseModel,
        samplerVersion: sampler.version,
      }));
    }),
  );
  return drawn.flat();
}

/** `advantage` 0 and nothing of the drawing, where an answer trains by preference. */
function datumOf({ prompt, tokens, logprobs }: SampledTokens, advantage?: number): AnswerDatum {
  const built = buildDatum({
    prompt,
    answer: tokens,
    advantages: advantage ?? 0,
    ...(advantage === undefined || logprobs === undefined ? {} : { logprobs }),
  });
  if (built.kind === 'refused') throw new Error(built.reason);
  return built.datum;
}

/** Log-probabilities of the targets at the reference, as a pass would give them. */
async function referenceOf(reference: EngineSampler, { input, targets }: Datum): Promise<Float32Array> {
  const scored = await reference.logprobs(joined(input, targets.subarray(-1)), never);
  return scored.subarray(1);
}

async function passOf(model: TrainableModel, batch: readonly Datum[]): Promise<readonly Float32Array[]> {
  const { logprobs } = await model.forward(batch, { name: 'cross_entropy' }, never);
  return logprobs;
}

async function step(model: TrainableModel, batch: readonly Datum[], learningRate: number): Promise<void> {
  await model.forwardBackward(batch, importance, never);
  await model.optimStep({ learningRate }, never);
}

const sumsOf = (batch: readonly Datum[], logprobs: readonly ArrayLike<number>[]): readonly number[] =>
  batch.map(({ weights }, at) => answerLogprob(logprobs[at] ?? [], weights) ?? Number.NaN);
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const isEven = (_: unknown, at: number): boolean => at % 2 === 0;
const isOdd = (_: unknown, at: number): boolean => at % 2 === 1;

/** A loss of answers' log-probabilities, its slope along each. Answers come in pairs: one liked, one not. */
type AnswerLoss = (
  policy: readonly number[],
  reference: readonly number[],
  isGood: (at: number) => boolean,
  z0: number,
) => { readonly value: number; readonly slopes: readonly number[] };

const kto: AnswerLoss = (policy, reference, isGood, z0) =>
  ktoLoss(
    policy.map((own, at) => ({ policy: own, reference: reference[at] ?? Number.NaN, isGood: isGood(at) })),
    { ...defaultKto, referencePoint: z0 },
  );

const dpo: AnswerLoss = (policy, reference, isGood) => {
  const at = (index: number) => ({
    policy: policy[index] ?? Number.NaN,
    reference: reference[index] ?? Number.NaN,
  });
  const pairs = policy
    .filter(isEven)
    .map((_, pair) =>
      isGood(2 * pair)
        ? { chosen: at(2 * pair), rejected: at(2 * pair + 1) }
        : { chosen: at(2 * pair + 1), rejected: at(2 * pair) },
    );
  const { value, slopes } = dpoLoss(pairs);
  const listed = slopes.flatMap(({ chosen, rejected }, pair) =>
    isGood(2 * pair) ? [chosen, rejected] : [rejected, chosen],
  );
  return { value, slopes: listed };
};

/** What became of the answers with even and odd places: how much likelier they are, on the mean, and the loss before and after. */
async function trainByPreference(
  { trainer, model, reference }: Subject,
  lossOf: AnswerLoss,
  isGood: (at: number) => boolean,
): Promise<{ readonly even: number; readonly odd: number; readonly values: readonly number[] }> {
  const answers = await draw(reference, { count: 4, temperature: 0.8, seed: 20 });
  for (const answer of answers) {
    expect(turnTrainingPath([answer], current)).toMatchObject({ path: 'preference', tokens: 'exact' });
  }
  const batch = answers.map((answer) => datumOf(answer));
  // Each answer under the prompt of another, which tells how far the policy is at large.
  const mismatched = answers.map((answer, at) =>
    datumOf({ ...answer, prompt: answers[(at + 4) % answers.length]?.prompt ?? answer.prompt }),
  );
  const both = [...batch, ...mismatched];
  const still = sumsOf(both, await Promise.all(both.map((datum) => referenceOf(reference, datum))));
  const look = async () => {
    const logprobs = await passOf(model, both);
    const policy = sumsOf(both, logprobs);
    const z0 = ktoReferencePoint(
      policy.slice(batch.length).map((own, at) => ({ policy: own, reference: still[batch.length + at] })),
    );
    const loss = lossOf(policy.slice(0, batch.length), still.slice(0, batch.length), isGood, z0);
    return { logprobs: logprobs.slice(0, batch.length), policy: policy.slice(0, batch.length), ...loss };
  };
  const before = await look();
  for (let steps = 0; steps < 10; steps += 1) {
    const { logprobs, slopes } = await look();
    const made = gradientDatums({
      batch,
      current: logprobs,
      slopes: batch.map(({ weights }, at) => tokenSlopes(slopes[at] ?? Number.NaN, weights)),
      facts: trainer.facts,
      padTo: batch.length + 2,
    });
    await step(model, made, 0.02);
  }
  const after = await look();
  const moved = after.policy.map((own, at) => own - (before.policy[at] ?? Number.NaN));
  return {
    even: meanOf(moved.filter(isEven)),
    odd: meanOf(moved.filter(isOdd)),
    values: [before.value, after.value],
  };
}

describe.each(engines)('by preference, on an engine like %s', (behaviour) => {
  test.each([
    ['KTO', kto],
    ['DPO', dpo],
  ] as const)('%s makes good answers likelier and bad ones less, whichever they are', async (_name, loss) => {
    const liked = await trainByPreference(await open(behaviour), loss, (at) => at % 2 === 0);
    expect(liked.even).toBeGreaterThan(0.5);
    expect(liked.odd).toBeLessThan(-0.5);
    expect(liked.values[1]).toBeLessThan(liked.values[0] ?? 0);
    const flipped = await trainByPreference(await open(behaviour), loss, (at) => at % 2 === 1);
    expect(flipped.even).toBeLessThan(-0.5);
    expect(flipped.odd).toBeGreaterThan(0.5);
  });
});

/** The part of an answer's tokens in the lower half of the vocabulary. */
const rewardOf = ({ tokens }: SampledTokens): number => tokens.filter((id) => id < 32).length / tokens.length;

/** All with what each was better or worse than the others to its prompt. */
function rewarded(answers: readonly SampledTokens[], sign = 1): readonly AnswerDatum[] {
  const rewards = answers.map((answer, at) => ({
    id: String(at),
    group: String(answer.prompt),
    reward: sign * rewardOf(answer),
  }));
  return advantagesOf(rewards, { against: 'group', cap: 1 }).known.flatMap(({ id, advantage }) => {
    const answer = answers[Number(id)];
    return answer === undefined ? [] : [datumOf(answer, advantage)];
  });
}

/** Exact: the probability of a first token that is liked. */
function likedBy({ fake, model }: Subject): number {
  return meanOf(
    prompts.map((prompt) =>
      fake
        .nextTokenProbabilities(model.modelId, [...prompt])
        .subarray(0, 32)
        .reduce((sum, probability) => sum + probability, 0),
    ),
  );
}

/** Exact: KL of the policy to its reference at the first token, in nats. */
function divergenceOf({ fake, model }: Subject): number {
  return meanOf(
    prompts.map((prompt) => {
      const now = fake.nextTokenProbabilities(model.modelId, [...prompt]);
      const before = fake.nextTokenProbabilities(baseModel, [...prompt]);
      return now.reduce((sum, own, id) => sum + own * Math.log(own / (before[id] ?? Number.NaN)), 0);
    }),
  );
}

/** Steps on answers of the weights of the moment. `coefficient`: of the penalty for leaving the reference. */
async function trainOnPolicy(
  { trainer, model, reference }: Subject,
  { steps, sign = 1, coefficient = 0 }: { steps: number; sign?: number; coefficient?: number },
): Promise<void> {
  const objective = 'sequence_mean';
  for (let at = 0; at < steps; at += 1) {
    const answers = await draw(await model.currentSampler(never), { count: 8, seed: 100 + 10 * at });
    const batch = rewarded(answers, sign);
    const references = await Promise.all(batch.map((datum) => referenceOf(reference, datum)));
    const penalised = withKlPenalty(batch, references, { coefficient, objective });
    const plan = { loss: importance, objective, facts: trainer.facts } as const;
    await step(model, normaliseBatch(penalised.batch, plan).batch, 0.005);
  }
}

describe.each(engines)('by ratios, on an engine like %s', (behaviour) => {
  test('stale samples still teach, with ratios of at most the cap', async () => {
    const subject = await open(behaviour);
    const { fake, trainer, model } = subject;
    const stale = await draw(await model.currentSampler(never), { count: 32, seed: 50 });
    for (const answer of stale) expect(turnTrainingPath([answer], current)).toEqual({ path: 'ratio' });
    // The policy goes the other way, so that what was drawn before is no longer what it says.
    await trainOnPolicy(subject, { steps: 12, sign: -1 });
    const before = likedBy(subject);
    const batch = rewarded(stale);
    const plan = { loss: importance, objective: 'token_mean', facts: trainer.facts } as const;

    const now = await passOf(model, batch);
    const ratios = batch.map(({ logprobs = [], weights }, at) =>
      tokenRatios(now[at] ?? [], logprobs, weights),
    );
    expect(ratios.flatMap((own) => [...own]).filter((ratio) => ratio > 2).length).toBeGreaterThan(20);
    // By hand: at q = lp of now the ratio is 1, and −min(r, 2)·A takes back what the corrected batch gave.
    const takenBack = batch.map((datum, at) => ({
      ...datum,
      logprobs: (now[at] ?? new Float32Array(0)).map((own, token) => (datum.weights[token] === 0 ? 0 : own)),
      advantages: (datum.advantages ?? new Float32Array(0)).map(
        (own, token) => -own * Math.min(ratios[at]?.[token] ?? Number.NaN, 2),
      ),
    }));
    const corrected = withTruncatedRatios(batch, now);
    await model.forwardBackward(normaliseBatch(corrected, plan).batch, importance, never);
    const largest = (): number =>
      fake.model(model.modelId).pendingGradient.reduce((most, own) => Math.max(most, Math.abs(own)), 0);
    const given = largest();
    await model.forwardBackward(normaliseBatch(takenBack, plan).batch, importance, never);
    expect(largest()).toBeLessThan(given * 1e-4);
    await model.optimStep({ learningRate: 0 }, never);

    for (let steps = 0; steps < 28; steps += 1) {
      const made = withTruncatedRatios(batch, await passOf(model, batch));
      await step(model, normaliseBatch(made, plan).batch, 0.005);
    }
    expect(likedBy(subject)).toBeGreaterThan(before + 0.3);
  });

  test('a penalty holds the policy nearer to its reference, while it learns', async () => {
    const learn = async (coefficient: number) => {
      const subject = await open(behaviour);
      const before = likedBy(subject);
      await trainOnPolicy(subject, { steps: 10, coefficient });
      return { learnt: likedBy(subject) - before, divergence: divergenceOf(subject) };
    };
    const free = await learn(0);
    const held = await learn(0.2);
    const driven = await learn(-0.2);
    expect(free.learnt).toBeGreaterThan(0.1);
    expect(held.learnt).toBeGreaterThan(0.05);
    expect(held.divergence).toBeLessThan(0.8 * free.divergence);
    expect(driven.divergence).toBeGreaterThan(free.divergence);
  });
});

test('both kinds of engines come to the same policy', async () => {
  const policies = await Promise.all(
    engines.map(async (behaviour) => {
      const subject = await open(behaviour);
      await trainOnPolicy(subject, { steps: 3, coefficient: 0.2 });
      return prompts.map((prompt) => subject.fake.nextTokenProbabilities(subject.model.modelId, [...prompt]));
    }),
  );
  const [summed = [], averaged = []] = policies;
  for (const [at, probabilities] of summed.entries()) {
    const apart = probabilities.map((own, id) => Math.abs(own - (averaged[at]?.[id] ?? Number.NaN)));
    expect(Math.max(...apart)).toBeLessThan(1e-6);
  }
});
