import { afterEach, describe, expect, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createTinkerTrainer } from '../../adapters/tinker/tinker-trainer.ts';
import type { EngineFinding } from '../../core/learning/engine-check/engine-finding.ts';
import type { EngineProbe } from '../../core/learning/engine-check/engine-probe.ts';
import { examineEngine } from '../../core/learning/engine-check/examine-engine.ts';
import type { TrainableModel, TrainerPort } from '../../core/ports/trainer.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import type { Behaviour } from '../fakes/tinker/behaviours.ts';
import { createFakeTinker, type FakeTinker } from '../fakes/tinker/fake-tinker.ts';

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

interface Subject {
  readonly fake: FakeTinker;
  readonly trainer: TrainerPort;
}

async function open(behaviour: Behaviour): Promise<Subject> {
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
  return { fake, trainer };
}

async function findingsOf(
  trainer: TrainerPort,
  changes: Partial<EngineProbe> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<ReadonlyMap<string, EngineFinding>> {
  let names = 0;
  const probe: EngineProbe = {
    trainer,
    baseModel: 'test/tiny',
    rank: 8,
    steps: 10,
    learningRate: 0.05,
    groupSize: 16,
    nameOf: (what) => `check-${what}-${names++}`,
    ...changes,
  };
  const found = new Map<string, EngineFinding>();
  for await (const finding of examineEngine(probe, signal)) found.set(finding.check, finding);
  return found;
}

/** The same engine, whose models do something otherwise. */
function withModels(
  trainer: TrainerPort,
  change: (model: TrainableModel, isRestored: boolean) => Partial<TrainableModel>,
): TrainerPort {
  const changed = (model: TrainableModel, isRestored: boolean): TrainableModel => ({
    ...model,
    ...change(model, isRestored),
  });
  return {
    ...trainer,
    createModel: async (spec, signal) => changed(await trainer.createModel(spec, signal), false),
    restoreModel: async (path, options, signal) =>
      changed(await trainer.restoreModel(path, options, signal), true),
  };
}

describe('an engine as it should be', () => {
  test.each<[Behaviour, Readonly<Record<string, string>>]>([
    ['tinker', {}],
    ['tuft', {}],
    ['mint', {}],
    ['skyrl', { isolation: 'warning' }],
  ])('%s passes every check and is left as it was found', async (behaviour, others) => {
    const { fake, trainer } = await open(behaviour);
    const found = await findingsOf(trainer);
    const states = Object.fromEntries([...found].map(([check, { state }]) => [check, state]));
    expect(states).toEqual({
      models: 'ok',
      tokenizer: 'skipped',
      adapter: 'ok',
      sampling: 'ok',
      scoring: 'ok',
      agreement: 'ok',
      losses: 'ok',
      learning: 'ok',
      isolation: 'ok',
      checkpoints: 'ok',
      reduction: states['reduction'],
      ...others,
    });
    expect(states['reduction']).toMatch(/^(ok|skipped)$/);
    const named = fake.requestsTo('save_weights').length + fake.requestsTo('save_weights_for_sampler').length;
    expect(named).toBeGreaterThan(2);
    expect(fake.checkpoints()).toEqual([]);
    // TuFT’s checkpoints go with their model, so that one which saved some keeps its place until its session ends.
    if (behaviour === 'tuft') return;
    expect(fake.modelIds().filter((id) => !fake.model(id).isUnloaded)).toEqual([]);
  });

  test('what was trained is kept where that is asked for, and nothing else', async () => {
    const { fake, trainer } = await open('skyrl');
    const found = await findingsOf(trainer, { keepAs: 'first' });
    const path = found.get('kept')?.message ?? '';
    expect(fake.checkpoints()).toEqual([path]);
    expect(path).toContain('first');
  });

  test('its numbers are told: agreement, reward, trend', async () => {
    const { trainer } = await open('tinker');
    const found = await findingsOf(trainer);
    expect(found.get('agreement')?.numbers?.['meanAbsolute']).toBeLessThan(1e-4);
    expect(found.get('agreement')?.numbers?.['tokens']).toBe(32);
    expect(found.get('learning')?.numbers?.['last']).toBeGreaterThan(0.8);
  });
});

describe('an engine on which training would be wrong', () => {
  test('log-probabilities of sampling that training does not see', async () => {
    const { trainer } = await open('tinker');
    const found = await findingsOf(
      withModels(trainer, (model) => ({
        forward: async (...call) => {
          const { logprobs, metrics } = await model.forward(...call);
          return { metrics, logprobs: logprobs.map((own) => own.map((logprob) => logprob - 0.2)) };
        },
      })),
    );
    expect(found.get('agreement')?.state).toBe('problem');
    expect(found.get('scoring')?.state).toBe('ok');
  });

  test('positions shifted by one', async () => {
    const { trainer } = await open('tinker');
    const found = await findingsOf(
      withModels(trainer, (model) => ({
        forward: async (...call) => {
          const { logprobs, metrics } = await model.forward(...call);
          return { metrics, logprobs: logprobs.map((own) => Float32Array.of(0, ...own.slice(0, -1))) };
        },
      })),
    );
    expect(found.get('agreement')?.state).toBe('problem');
  });

  test('a gradient of the wrong sign', async () => {
    const { trainer } = await open('tinker');
    const found = await findingsOf(
      withModels(trainer, (model) => ({
        forwardBackward: (batch, loss, signal) =>
          model.forwardBackward(
            batch.map((datum) => ({
              ...datum,
              ...(datum.advantages === undefined ? {} : { advantages: datum.advantages.map((own) => -own) }),
            })),
            loss,
            signal,
          ),
      })),
    );
    expect(found.get('learning')).toMatchObject({
      state: 'problem',
      message: expect.stringContaining('fell'),
    });
  });

  test('saved weights that move with the training', async () => {
    const { trainer } = await open('tinker');
    let last: TrainableModel | undefined;
    const found = await findingsOf({
      ...withModels(trainer, (model) => {
        last ??= model;
        return {};
      }),
      async createSampler(source, signal) {
        const sampler = await trainer.createSampler(source, signal);
        return {
          ...sampler,
          logprobs: async (tokens, own) =>
            ((await last?.currentSampler(own)) ?? sampler).logprobs(tokens, own),
        };
      },
    });
    expect(found.get('isolation')?.state).toBe('problem');
  });

  test('saved weights that turn into no numbers', async () => {
    const { trainer } = await open('tinker');
    let asked = 0;
    const found = await findingsOf({
      ...trainer,
      async createSampler(source, signal) {
        const sampler = await trainer.createSampler(source, signal);
        return {
          ...sampler,
          async logprobs(tokens, own) {
            const given = await sampler.logprobs(tokens, own);
            asked += 1;
            return asked === 1 ? given : given.fill(Number.NaN);
          },
        };
      },
    });
    expect(found.get('isolation')?.state).toBe('problem');
  });

  test('a state of one place whose saved weights move without a word', async () => {
    const { trainer } = await open('tinker');
    let model: TrainableModel | undefined;
    const changed = withModels(trainer, (own) => {
      model ??= own;
      return {};
    });
    const found = await findingsOf({
      ...changed,
      facts: { ...trainer.facts, samplerIsolation: 'shared_slot' },
      async createSampler(source, signal) {
        const sampler = await trainer.createSampler(source, signal);
        return {
          ...sampler,
          logprobs: async (tokens, own) =>
            ((await model?.currentSampler(own)) ?? sampler).logprobs(tokens, own),
        };
      },
    });
    expect(found.get('isolation')?.state).toBe('problem');
  });

  test('saved weights that are loaded over those in training', async () => {
    const { trainer } = await open('tinker');
    let model: TrainableModel | undefined;
    let asked = 0;
    const found = await findingsOf({
      ...withModels(trainer, (own) => {
        model ??= own;
        return {};
      }),
      async createSampler(source, signal) {
        const sampler = await trainer.createSampler(source, signal);
        return {
          ...sampler,
          async logprobs(tokens, own) {
            asked += 1;
            if (asked > 1) await model?.optimStep({ learningRate: 0.3 }, own);
            return sampler.logprobs(tokens, own);
          },
        };
      },
    });
    expect(found.get('isolation')).toMatchObject({
      state: 'problem',
      message: expect.stringContaining('over the training'),
    });
  });

  test('tokens of which training has no log-probability', async () => {
    const { trainer } = await open('tinker');
    const found = await findingsOf(
      withModels(trainer, (model) => ({
        forward: async (...call) => {
          const { logprobs, metrics } = await model.forward(...call);
          return { metrics, logprobs: logprobs.map((own) => own.fill(Number.NaN, own.length - 3)) };
        },
      })),
    );
    expect(found.get('agreement')).toMatchObject({ state: 'problem', numbers: { missing: 12 } });
  });

  test('a state that does not come back', async () => {
    const { trainer } = await open('tinker');
    const found = await findingsOf({
      ...trainer,
      restoreModel: (_path, _options, signal) =>
        trainer.createModel({ baseModel: 'test/tiny', rank: 8 }, signal),
    });
    expect(found.get('checkpoints')?.state).toBe('problem');
  });

  test('a loss of the profile that the engine does not have', async () => {
    const { trainer } = await open('skyrl');
    const facts = { ...trainer.facts, losses: [...trainer.facts.losses, 'dro'] as const };
    const found = await findingsOf({
      ...withModels(trainer, (model) => ({
        forward: (batch, loss, signal) =>
          loss.name === 'dro' ? model.forward([], loss, signal) : model.forward(batch, loss, signal),
      })),
      facts,
    });
    expect(found.get('losses')).toMatchObject({ state: 'problem', message: expect.stringContaining('dro') });
  });

  test('another reduction than the profile says', async () => {
    const { trainer } = await open('skyrl');
    const found = await findingsOf({ ...trainer, facts: { ...trainer.facts, lossReduction: 'sum' } });
    expect(found.get('reduction')?.state).toBe('problem');
  });
});

describe('what stands in the way', () => {
  test('a base model that is not offered: nothing else is tried', async () => {
    const { fake, trainer } = await open('tinker');
    const found = await findingsOf(trainer, { baseModel: 'test/other' });
    expect([...found.keys()]).toEqual(['models']);
    expect(found.get('models')?.message).toContain('test/tiny');
    expect(fake.requestsTo('create_model')).toEqual([]);
  });

  test('an answer without log-probabilities is no problem, and nothing is trained', async () => {
    const { trainer } = await open('tinker');
    const found = await findingsOf(
      withModels(trainer, (model) => ({
        async currentSampler(signal) {
          const sampler = await model.currentSampler(signal);
          return {
            ...sampler,
            sample: async (request, own) =>
              (await sampler.sample(request, own)).map(({ tokens, stopReason }) => ({ tokens, stopReason })),
          };
        },
      })),
    );
    expect(found.get('sampling')?.state).toBe('warning');
    expect(found.has('learning')).toBe(false);
  });

  test('a model that always says the same: nothing is trained, and nothing is held against the engine', async () => {
    const { trainer } = await open('tinker');
    const found = await findingsOf(
      withModels(trainer, (model) => ({
        async currentSampler(signal) {
          const sampler = await model.currentSampler(signal);
          return {
            ...sampler,
            sample: ({ params, ...request }, own) =>
              sampler.sample({ ...request, params: { ...params, temperature: 0 } }, own),
          };
        },
      })),
      { steps: 4 },
    );
    expect(found.get('learning')?.state).toBe('skipped');
    expect(found.get('isolation')?.state).toBe('skipped');
  });

  test('no base model is set', async () => {
    const { trainer } = await open('tinker');
    const found = await findingsOf(trainer, { baseModel: '' });
    expect(found.get('models')).toMatchObject({
      state: 'problem',
      message: expect.stringContaining('test/tiny'),
    });
  });

  test('stopped while its adapter is made: takes it away all the same', async () => {
    const { fake, trainer } = await open('skyrl');
    const stopping = new AbortController();
    const work = findingsOf(
      {
        ...trainer,
        createModel(spec, signal) {
          stopping.abort();
          return trainer.createModel(spec, signal);
        },
      },
      {},
      stopping.signal,
    );
    await expect(work).rejects.toMatchObject({ code: 'aborted' });
    expect(fake.modelIds().map((id) => fake.model(id).isUnloaded)).toEqual([true]);
    expect(fake.checkpoints()).toEqual([]);
  });

  test('stopped in the middle: rejects, and takes its adapter away all the same', async () => {
    const { fake, trainer } = await open('tinker');
    const stopping = new AbortController();
    const work = findingsOf(trainer, { onStep: () => stopping.abort() }, stopping.signal);
    await expect(work).rejects.toMatchObject({ code: 'aborted' });
    expect(fake.requestsTo('unload_model')).toHaveLength(1);
  });
});
