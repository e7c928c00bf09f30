import type { SqliteStores } from '../../adapters/sqlite/stores.ts';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import type { EngineProfileName } from '../../adapters/tinker/profiles.ts';
import { createTinkerTrainer } from '../../adapters/tinker/tinker-trainer.ts';
import { type PersonId, personId, type TurnId, turnId } from '../../core/domain/ids.ts';
import type { SampledTokens } from '../../core/domain/sampling.ts';
import type { RunSample } from '../../core/domain/training-run.ts';
import { buildSupervisedDatum } from '../../core/learning/build-datum.ts';
import { normaliseBatch } from '../../core/learning/normalise-batch.ts';
import type { PreparedSample } from '../../core/learning/run/prepared-sample.ts';
import type { StepMethod, StepSettings } from '../../core/learning/run/step-engine.ts';
import type { TrainerPort } from '../../core/ports/trainer.ts';
import { sampleAt, sampleTurn } from '../contract/store-samples.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import type { FakeTinker } from '../fakes/tinker/fake-tinker.ts';

export const rigBaseModel = 'test/tiny';
export const rigTokenizer = 'toy';

export const rigStepSettings: StepSettings = {
  beta: 0.1,
  kl: 0,
  leastEss: 0.3,
  ratioCap: 2,
  advantageCap: 3,
  groupSize: 4,
  groupMaxTokens: 4,
  distillation: 1,
  seed: 1,
};

/** A rated answer that an engine gave, settled as a sample. */
export interface SeededSample {
  readonly id: string;
  readonly value: number;
  readonly by?: PersonId;
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
  readonly logprobs: readonly number[];
  readonly generation?: number;
}

export function trainerFor(fake: FakeTinker, profile: EngineProfileName): TrainerPort {
  const clock = createSystemClock();
  return createTinkerTrainer({
    profile,
    baseUrl: fake.baseUrl,
    apiKey: fake.apiKey,
    fetch,
    clock,
    // Of several processes at one engine no two name their calls alike.
    ids: createSystemIds(clock),
    logger: createMemoryLogger(),
  });
}

/** As serving and settling would have left it. */
export async function seedSample(stores: SqliteStores, given: SeededSample): Promise<TurnId> {
  const id = turnId(given.id);
  const asker = given.by ?? personId('web', 'ann');
  const sampled: SampledTokens = {
    prompt: Int32Array.from(given.prompt),
    tokens: Int32Array.from(given.answer),
    logprobs: Float32Array.from(given.logprobs),
    stopReason: 'stop',
    params: { maxTokens: 8, temperature: 1, topP: 1, topK: -1 },
    tokenizerHash: rigTokenizer,
    baseModel: rigBaseModel,
    samplerVersion: rigBaseModel,
  };
  const { turns, ledger } = stores;
  await turns.open(
    sampleTurn(given.id, { askerId: asker, generation: given.generation ?? 0, skills: [], maskedSkills: [] }),
  );
  await turns.answer(id, 'So.', undefined, [sampled]);
  await turns.end(id, {
    state: 'done',
    endedAt: sampleAt,
    dueAt: { skills: sampleAt, weights: sampleAt },
  });
  for (const use of ['skills', 'weights'] as const) {
    const { revision } = (await ledger.settlement(id, use)) ?? { revision: -1 };
    const reward = {
      kind: 'known',
      value: given.value,
      authority: 'explicit',
      voices: 1,
      weight: 1,
    } as const;
    const role =
      use === 'weights'
        ? ({ role: 'query', reason: 'rated' } as const)
        : given.value < 0
          ? ({ role: 'support', reason: 'failure' } as const)
          : ({ role: 'statistics', reason: 'not_a_failure' } as const);
    await ledger.settle(id, use, revision, reward, role);
  }
  return id;
}

/** What a step is given, read from the stores. */
export function preparer(
  stores: SqliteStores,
): (samples: readonly RunSample[]) => Promise<{ prepared: readonly PreparedSample[]; leftOut: readonly [] }> {
  return async (samples) => {
    const prepared: PreparedSample[] = [];
    for (const { turnId: id, value, weight, baseline } of samples) {
      const turn = await stores.turns.get(id);
      if (turn === undefined) throw new Error(`no turn ${id}`);
      const calls = await stores.turns.sampled(id);
      prepared.push({ turnId: id, turn, calls, value, weight, baseline, hints: [] });
    }
    return { prepared, leftOut: [] };
  };
}

/** Learns good answers by heart: the simplest step there is, as this is about the run and not about the loss. */
export const learnByHeart: StepMethod = async (batch, engine) => {
  const data = batch.flatMap(({ calls }) =>
    calls.flatMap(({ prompt, tokens }) => {
      const built = buildSupervisedDatum({ prompt, answer: tokens });
      return built.kind === 'datum' ? [built.datum] : [];
    }),
  );
  const made = normaliseBatch(data, {
    loss: { name: 'cross_entropy' },
    objective: 'sequence_mean',
    facts: engine.facts,
  });
  const [first] = await engine.reference('base', [data[0]?.input ?? new Int32Array(1)]);
  await engine.update(made.batch, made.loss);
  return {
    kind: 'updated',
    leftOut: [],
    metrics: { answers: batch.length, klBase: first === undefined ? 1 : 0 },
  };
};
