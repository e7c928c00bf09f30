import { afterEach, describe, expect, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createTinkerTrainer } from '../../adapters/tinker/tinker-trainer.ts';
import { turnId } from '../../core/domain/ids.ts';
import type { ModelRequest } from '../../core/domain/model.ts';
import { createAnswerGrader } from '../../core/learning/run/grade/grade-answers.ts';
import { combinedStep } from '../../core/learning/run/methods/combined-step.ts';
import { groupsPart } from '../../core/learning/run/methods/groups-step.ts';
import { hindsightPart, hindsightStep } from '../../core/learning/run/methods/hindsight-step.ts';
import { teacherPart, teacherStep } from '../../core/learning/run/methods/teacher-step.ts';
import type { PreparedSample } from '../../core/learning/run/prepared-sample.ts';
import type { StepEngine, StepMethod, StepSettings } from '../../core/learning/run/step-engine.ts';
import type { EngineSampler, TrainableModel, TrainerPort } from '../../core/ports/trainer.ts';
import { createCostMeter } from '../../core/skills/evolver/cost-meter.ts';
import { callOf, storedSample } from '../core/learning/run/methods/stored-samples.ts';
import { modelOf, wordsOf } from '../fakes/model/model-of.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { createFakeTinker, type FakeTinker } from '../fakes/tinker/fake-tinker.ts';

/** One that adds losses up and one that takes their means. */
const engines = ['tinker', 'skyrl'] as const;
const baseModel = 'test/tiny';
const never = new AbortController().signal;
/** Enough of them that answers are of different lengths. */
const stopIds = [3, 13, 23, 33, 43, 53];
const contextTokens = 32;
const prompts = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
] as const;
const stored = [60, 61, 3];
/** What a prompt with a hint reads. */
const hint = [20, 21];

const batch = prompts.map((prompt, at) =>
  storedSample(`t${at}`, { calls: [callOf(prompt, stored)], hints: ['smaller numbers'], value: -1 }),
);

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

interface Subject {
  readonly fake: FakeTinker;
  readonly model: TrainableModel;
  readonly teacher: TrainableModel;
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
  const teacher = await trainer.createModel({ baseModel, rank: 8, seed: 4 }, never);
  await teach(teacher, trainer);
  const base = await trainer.createSampler({ baseModel }, never);
  const path = await teacher.saveSampler('teacher', never);
  const taught = await trainer.createSampler({ path }, never);
  return { fake, model, teacher, engine: engineOf(trainer, model, { base, taught }, learningRate) };
}

/** It learns a little to begin its answers with 40. */
async function teach(teacher: TrainableModel, { facts }: TrainerPort): Promise<void> {
  const data = prompts.map((prompt) => ({
    input: Int32Array.from(prompt),
    targets: Int32Array.of(...prompt.slice(1), 40),
    weights: Float32Array.of(0, 0, facts.lossReduction === 'sum' ? 1 / 3 : 1),
  }));
  for (let steps = 0; steps < 3; steps += 1) {
    await teacher.forwardBackward(data, { name: 'cross_entropy' }, never);
    await teacher.optimStep({ learningRate: 0.02 }, never);
  }
}

function engineOf(
  { facts }: TrainerPort,
  model: TrainableModel,
  { base, taught }: { readonly base: EngineSampler; readonly taught: EngineSampler },
  learningRate: number,
): StepEngine {
  let sampler: Promise<EngineSampler> | undefined;
  return {
    facts,
    forward: (data, loss) => model.forward(data, loss, never),
    async update(data, loss) {
      sampler = undefined;
      const [pass] = await Promise.all([
        model.forwardBackward(data, loss, never),
        model.optimStep({ learningRate }, never),
      ]);
      return pass;
    },
    async reference(name, sequences) {
      const other = name === 'teacher' ? taught : base;
      return Promise.all(sequences.map((tokens) => other.logprobs(tokens, never)));
    },
    async sample(request) {
      sampler ??= model.currentSampler(never);
      return (await sampler).sample(request, never);
    },
  };
}

/** Answers are numbers; all that end are whole. */
const tokenizer = {
  stopIds,
  parseAnswer: (tokens: Int32Array) => ({ text: [...tokens].join(' '), toolCalls: [], isWhole: true }),
};

/** A judge that likes small numbers, and reads them where its prompt shows the new answer. */
function likesSmall(request: ModelRequest): string {
  const shown = /begin the new answer\]\n\| ([\d ]+)\n/.exec(wordsOf(request))?.[1] ?? '';
  const numbers = shown.split(' ').map(Number);
  const grade = Math.round((10 * numbers.filter((id) => id < 32).length) / numbers.length);
  return `{"grade": ${grade}}`;
}

const groups = () =>
  groupsPart({
    tokenizer,
    contextTokens,
    mayJudge: () => ({ allowed: true }),
    judgeWeight: async () => 0.9,
    grade: createAnswerGrader({
      model: modelOf('judge', likesSmall),
      clock: createSystemClock(),
      ids: createSequentialIds(),
      timeoutMs: 10_000,
      reserve: async () => true,
      meter: createCostMeter(),
      gate: { call: (_, make) => make() },
      costOf: ({ input, output }) => ({ tokens: input + output, micros: 0 }),
      signal: never,
    }),
  });
const hindsightDeps = {
  promptWithHint: ({ calls }: PreparedSample) => Int32Array.of(...(calls[0]?.prompt ?? []), ...hint),
  contextTokens,
};

const settings: StepSettings = {
  beta: 0.1,
  kl: 0.02,
  leastEss: 0.3,
  ratioCap: 2,
  advantageCap: 2,
  groupSize: 8,
  groupMaxTokens: 4,
  distillation: 1,
  seed: 0,
};

async function run(method: StepMethod, engine: StepEngine, steps: number, samples = batch) {
  const rewards: number[] = [];
  for (let seed = 1; seed <= steps; seed += 1) {
    const outcome = await method(samples, engine, { ...settings, seed });
    if (outcome.kind === 'updated') expect(outcome.metrics.klBase).toBeGreaterThanOrEqual(0);
    if (outcome.metrics.ess !== undefined) expect(outcome.metrics.ess).toBeGreaterThan(0.5);
    rewards.push(outcome.metrics.reward ?? Number.NaN);
  }
  return rewards;
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Exact: probabilities of the first token of an answer to each prompt. */
const firstTokens = (fake: FakeTinker, of: string): readonly Float64Array[] =>
  prompts.map((prompt) => Float64Array.from(fake.nextTokenProbabilities(of, [...prompt])));

const small = (all: readonly Float64Array[]): number =>
  meanOf(all.map((own) => own.subarray(0, 32).reduce((sum, one) => sum + one, 0)));

/** Exact KL at the first token, nats. */
const divergence = (all: readonly Float64Array[], others: readonly Float64Array[]): number =>
  meanOf(
    all.map((own, prompt) =>
      own.reduce((sum, one, id) => sum + one * Math.log(one / (others[prompt]?.[id] ?? Number.NaN)), 0),
    ),
  );

describe.each(engines)('on an engine like %s', (behaviour) => {
  test('groups make likelier what the judge grades higher', async () => {
    const { fake, model, engine } = await open(behaviour);
    const before = small(firstTokens(fake, model.modelId));
    const rewards = await run(combinedStep([groups()]), engine, 10);
    expect(small(firstTokens(fake, model.modelId))).toBeGreaterThan(before + 0.1);
    expect(meanOf(rewards.slice(-3))).toBeGreaterThan(meanOf(rewards.slice(0, 3)) + 0.1);
  });

  test('hindsight draws an answer to where the hint has it', async () => {
    const { model, engine } = await open(behaviour);
    const scores = async () => {
      const lists = await Promise.all(
        prompts.flatMap((prompt) =>
          [prompt, [...prompt, ...hint]].map(async (own) => {
            const sampler = await model.currentSampler(never);
            return (await sampler.logprobs(Int32Array.of(...own, ...stored), never)).subarray(own.length);
          }),
        ),
      );
      return { plain: lists.filter((_, at) => at % 2 === 0), told: lists.filter((_, at) => at % 2 === 1) };
    };
    const before = await scores();
    await run(hindsightStep(hindsightDeps), engine, 3);
    const after = await scores();
    const gained = before.plain.map((own, at) =>
      own.reduce((sum, lp, token) => {
        const gap = (before.told[at]?.[token] ?? Number.NaN) - lp;
        return sum + gap * ((after.plain[at]?.[token] ?? Number.NaN) - lp);
      }, 0),
    );
    expect(meanOf(gained)).toBeGreaterThan(0.01);
  });

  test('a teacher draws the policy to itself', async () => {
    const { fake, model, teacher, engine } = await open(behaviour, 0.02);
    const goal = firstTokens(fake, teacher.modelId);
    // One answer to each prompt says little.
    const many = Array.from({ length: 8 }, (_, round) =>
      batch.map((sample) => ({ ...sample, turnId: turnId(`${sample.turnId}-${round}`) })),
    ).flat();
    const before = divergence(firstTokens(fake, model.modelId), goal);
    await run(teacherStep({ stopIds, contextTokens }), engine, 10, many);
    expect(divergence(firstTokens(fake, model.modelId), goal)).toBeLessThan(0.7 * before);
  });
});

test('both kinds of engines come to the same policy, by all three together', async () => {
  const policies = await Promise.all(
    engines.map(async (behaviour) => {
      const { fake, model, engine } = await open(behaviour);
      const teacher = teacherPart({ stopIds, contextTokens });
      await run(combinedStep([groups(), hindsightPart(hindsightDeps), teacher]), engine, 3);
      return firstTokens(fake, model.modelId);
    }),
  );
  const [summed = [], averaged = []] = policies;
  for (const [at, probabilities] of summed.entries()) {
    for (const [id, own] of probabilities.entries())
      expect(own).toBeCloseTo(averaged[at]?.[id] ?? Number.NaN, 4);
  }
});
