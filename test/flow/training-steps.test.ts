import { afterEach, describe, expect, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createTinkerTrainer } from '../../adapters/tinker/tinker-trainer.ts';
import type { SampledTokens } from '../../core/domain/sampling.ts';
import { buildDatum } from '../../core/learning/build-datum.ts';
import { dpoStep } from '../../core/learning/run/methods/dpo-step.ts';
import { ktoStep } from '../../core/learning/run/methods/kto-step.ts';
import { policyGradientStep } from '../../core/learning/run/methods/policy-gradient-step.ts';
import type { PreparedSample } from '../../core/learning/run/prepared-sample.ts';
import type { StepEngine, StepMethod, StepOutcome } from '../../core/learning/run/step-engine.ts';
import type { EngineSampler, TrainableModel } from '../../core/ports/trainer.ts';
import { prepared, stepSettings } from '../core/learning/run/methods/prepared.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { createFakeTinker, type FakeTinker } from '../fakes/tinker/fake-tinker.ts';

/** One that adds losses up and one that takes their means. */
const engines = ['tinker', 'skyrl'] as const;
const baseModel = 'test/tiny';
const policy = { tokenizerHash: 'toy', baseModel };
const never = new AbortController().signal;
const settings = { ...stepSettings, beta: 0.1, kl: 0.02 };
const balanced = { goodWeight: 1, badWeight: 1 };
const prompts = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
].map((ids) => Int32Array.from(ids));
/** Enough of them that answers are of different lengths. */
const stopIds = [3, 13, 23, 33, 43, 53];

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

interface Subject {
  readonly fake: FakeTinker;
  readonly model: TrainableModel;
  /** What serves: the base model. */
  readonly serving: EngineSampler;
  readonly engine: StepEngine;
}

async function open(behaviour: (typeof engines)[number], learningRate = 0.02): Promise<Subject> {
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
  const serving = await trainer.createSampler({ baseModel }, never);
  const engine: StepEngine = {
    facts: trainer.facts,
    forward: (batch, loss) => model.forward(batch, loss, never),
    async update(batch, loss) {
      const [pass] = await Promise.all([
        model.forwardBackward(batch, loss, never),
        model.optimStep({ learningRate }, never),
      ]);
      return pass;
    },
    reference: (_, sequences) => Promise.all(sequences.map((tokens) => serving.logprobs(tokens, never))),
    sample: () => Promise.reject(new Error('stored answers are enough')),
  };
  return { fake, model, serving, engine };
}

/** Answers as serving keeps them, those to one prompt together. */
async function drawn(
  sampler: EngineSampler,
  { count, temperature, seed }: { count: number; temperature: number; seed: number },
): Promise<readonly SampledTokens[]> {
  const groups = await Promise.all(
    prompts.map(async (prompt, at) => {
      const params = { maxTokens: 4, temperature, topP: 1, topK: -1, seed: seed + at };
      const answers = await sampler.sample({ prompt, count, stopIds, params }, never);
      return answers.map((answer) => ({
        ...answer,
        ...policy,
        prompt,
        params,
        samplerVersion: sampler.version,
      }));
    }),
  );
  return groups.flat();
}

/** Two after two answer one request, of which `isGood` says which was liked. */
function rated(
  answers: readonly SampledTokens[],
  isGood: (answer: SampledTokens, at: number) => boolean,
): readonly PreparedSample[] {
  return answers.map((answer, at) =>
    prepared(String(at), [answer], {
      value: isGood(answer, at) ? 1 : -1,
      turn: { requestText: `request ${Math.floor(at / 2)}` },
    }),
  );
}

/** Of each answer its log-probability now. */
async function scoresOf({ model }: Subject, batch: readonly PreparedSample[]): Promise<readonly number[]> {
  const data = batch.flatMap(({ calls }) =>
    calls.flatMap(({ prompt, tokens }) => {
      const built = buildDatum({ prompt, answer: tokens, advantages: 0 });
      return built.kind === 'datum' ? [built.datum] : [];
    }),
  );
  const { logprobs } = await model.forward(data, { name: 'cross_entropy' }, never);
  return data.map(({ weights }, at) =>
    weights.reduce((sum, weight, token) => sum + weight * (logprobs[at]?.[token] ?? Number.NaN), 0),
  );
}

async function train(
  { engine }: Subject,
  method: StepMethod,
  batch: readonly PreparedSample[],
  steps: number,
): Promise<readonly StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  for (let at = 0; at < steps; at += 1) outcomes.push(await method(batch, engine, settings));
  return outcomes;
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(engines)('on an engine like %s', (behaviour) => {
  test.each([
    ['KTO', ktoStep(balanced), 0],
    ['KTO', ktoStep(balanced), 1],
    ['DPO', dpoStep(balanced), 0],
    ['DPO', dpoStep(balanced), 1],
  ] as const)(
    'steps of %s make good answers likelier and bad ones less, whichever they are (%#)',
    async (_, method, parity) => {
      const subject = await open(behaviour);
      // Colder than the policy is: no ratio can be told of these.
      const answers = await drawn(subject.serving, { count: 4, temperature: 0.8, seed: 20 });
      const batch = rated(answers, (_answer, at) => at % 2 === parity);
      const before = await scoresOf(subject, batch);
      const outcomes = await train(subject, method, batch, 7);
      const after = await scoresOf(subject, batch);
      const movedOf = (sign: number) =>
        meanOf(
          batch.flatMap(({ value }, at) =>
            value === sign ? [(after[at] ?? Number.NaN) - (before[at] ?? Number.NaN)] : [],
          ),
        );
      expect(movedOf(1)).toBeGreaterThan(0.3);
      expect(movedOf(-1)).toBeLessThan(-0.3);
      const [first, last] = [outcomes[0], outcomes.at(-1)];
      expect(first).toMatchObject({ kind: 'updated', leftOut: [], metrics: { reward: 0, answers: 12 } });
      expect(first?.metrics.kl).toBeCloseTo(0, 6);
      expect(last?.metrics.kl).toBeGreaterThan(0.01);
      expect(last?.metrics.klBase).toBe(last?.metrics.kl);
      expect(last?.metrics.loss).toBeLessThan(first?.metrics.loss ?? 0);
      expect(last?.metrics).not.toHaveProperty('ess');
    },
  );

  test.each(['cispo', 'importance_sampling'] as const)(
    'steps of policy gradient by %s make what was liked likelier, until the answers tell too little',
    async (loss) => {
      const subject = await open(behaviour, 0.01);
      const engine: StepEngine = {
        ...subject.engine,
        facts: { ...subject.engine.facts, losses: ['cross_entropy', 'importance_sampling', loss] },
      };
      const answers = await drawn(await subject.model.currentSampler(never), {
        count: 8,
        temperature: 1,
        seed: 50,
      });
      const batch = rated(answers, ({ tokens }) => (tokens[0] ?? 0) < 32);
      const liked = (): number =>
        meanOf(
          prompts.map((prompt) =>
            subject.fake
              .nextTokenProbabilities(subject.model.modelId, [...prompt])
              .subarray(0, 32)
              .reduce((sum, probability) => sum + probability, 0),
          ),
        );
      const before = liked();
      const outcomes = await train({ ...subject, engine }, policyGradientStep(policy), batch, 7);
      expect(outcomes.map(({ kind }) => kind)).toEqual([...Array<string>(6).fill('updated'), 'skipped']);
      const [first, last] = [outcomes[0], outcomes.at(-1)];
      expect(first?.metrics.ess).toBeCloseTo(1, 4);
      expect(last).toMatchObject({ reason: 'low_ess' });
      expect(last?.metrics.ess).toBeLessThan(settings.leastEss);
      const learnt = liked();
      expect(learnt).toBeGreaterThan(before + 0.15);
      await train({ ...subject, engine }, policyGradientStep(policy), batch, 1);
      expect(liked()).toBe(learnt);
      // Sixty-four tokens, nearly alike.
      expect(first?.metrics.entropy).toBeGreaterThan(2);
      expect(first?.metrics.entropy).toBeLessThan(Math.log(64) + 0.3);
    },
  );
});

test.each([
  ['KTO', ktoStep(balanced)],
  ['DPO', dpoStep(balanced)],
  ['policy gradient', policyGradientStep(policy)],
] as const)('both kinds of engines come to the same policy by %s', async (_name, method) => {
  const policies = await Promise.all(
    engines.map(async (behaviour) => {
      const subject = await open(behaviour);
      const answers = await drawn(subject.serving, { count: 4, temperature: 1, seed: 20 });
      // Of different weights, lengths and worth; one has no twin.
      const batch = rated(answers, (_answer, at) => at % 3 === 0)
        .slice(1)
        .map((sample, at) => ({ ...sample, weight: 1 / (1 + (at % 3)) }));
      const outcomes = await train(subject, method, batch, 4);
      expect(outcomes.every(({ kind }) => kind === 'updated')).toBe(true);
      return prompts.map((prompt) => subject.fake.nextTokenProbabilities(subject.model.modelId, [...prompt]));
    }),
  );
  const [summed = [], averaged = []] = policies;
  expect(summed.length).toBe(prompts.length);
  for (const [at, probabilities] of summed.entries()) {
    const apart = probabilities.map((own, id) => Math.abs(own - (averaged[at]?.[id] ?? Number.NaN)));
    expect(Math.max(...apart)).toBeLessThan(1e-5);
  }
});
