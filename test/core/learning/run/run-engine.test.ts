import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../core/domain/app-error.ts';
import type { Datum, Loss } from '../../../../core/domain/datum.ts';
import type { SampledAnswer } from '../../../../core/domain/sampling.ts';
import { createRunEngine, type References } from '../../../../core/learning/run/run-engine.ts';
import { type CallCost, haltError, haltOf, type RunGate } from '../../../../core/learning/run/run-gate.ts';
import type { EngineSampler, SamplerSource, TrainableModel } from '../../../../core/ports/trainer.ts';
import { createStandInTrainer } from '../../../fakes/engine/stand-in-trainer.ts';

const prices = { train: 3_000_000, read: 1_000_000, write: 2_000_000 };
const loss: Loss = { name: 'cross_entropy' };
const broken = new AppError('peer_failed', 'The engine broke.');
const adam = { learningRate: 1e-5, beta2: 0.9 };

/** Of so many positions. */
const datum = (positions: number): Datum => ({
  input: Int32Array.from({ length: positions }, (_, at) => at),
  targets: Int32Array.from({ length: positions }, (_, at) => at + 1),
  weights: new Float32Array(positions).fill(1),
});
const batch = [datum(3), datum(5)];
/** With the last target each. */
const batchTokens = 4 + 6;
const request = { prompt: Int32Array.of(1, 2, 3), count: 2, stopIds: [0], params: paramsOf(10) };
const answered: SampledAnswer = { tokens: Int32Array.of(7, 0), stopReason: 'stop' };

function paramsOf(maxTokens: number) {
  return { maxTokens, temperature: 1, topP: 1, topK: -1 };
}

type Verb =
  | 'forward'
  | 'forwardBackward'
  | 'optimStep'
  | 'saveState'
  | 'currentSampler'
  | 'createSampler'
  | 'logprobs';

interface Given {
  readonly references?: References;
  /** Thrown by the call of this name, once each. */
  readonly failing?: Verb[];
  /** Stands before every call; what it throws is what the call rejects with. */
  readonly before?: (cost: CallCost) => void;
  /** How long scoring takes. */
  readonly scoring?: () => Promise<void>;
}

function open({
  references = {},
  failing = [],
  before = () => undefined,
  scoring = async () => {},
}: Given = {}) {
  /** What was done, in order: `cost 10 30` before the call that has it. */
  const log: string[] = [];
  const signal = new AbortController().signal;
  const signals: AbortSignal[] = [];
  let versions = 0;
  let saves = 0;
  async function done(verb: Verb, cut: AbortSignal, more = ''): Promise<void> {
    signals.push(cut);
    log.push(more === '' ? verb : `${verb} ${more}`);
    const at = failing.indexOf(verb);
    if (at === -1) return;
    failing.splice(at, 1);
    throw broken;
  }
  const result = { logprobs: [Float32Array.of(-1)], metrics: { loss: 2 } };

  const samplerOf = (version: string): EngineSampler => ({
    version,
    baseModel: 'base',
    async sample(_, cut) {
      signals.push(cut);
      log.push(`sample of ${version}`);
      return [answered, answered];
    },
    async logprobs(tokens, cut) {
      await done('logprobs', cut, `of ${version}`);
      await scoring();
      return Float32Array.from(tokens, (token, at) => (at === 0 ? Number.NaN : -token));
    },
  });
  const trainer = createStandInTrainer({});
  const model: TrainableModel = {
    modelId: 'model_1',
    spec: { baseModel: 'base', rank: 8 },
    async forward(_, of, cut) {
      await done('forward', cut, of.name);
      return result;
    },
    async forwardBackward(_, of, cut) {
      await done('forwardBackward', cut, of.name);
      return result;
    },
    async optimStep(params, cut) {
      await done('optimStep', cut, JSON.stringify(params));
      return {};
    },
    async saveState(name, cut) {
      await done('saveState', cut, name);
      return `state://${name}`;
    },
    saveSampler: () => Promise.reject(new Error('a step saves no sampler')),
    async currentSampler(cut) {
      versions += 1;
      const version = `passing ${versions}`;
      await done('currentSampler', cut);
      return samplerOf(version);
    },
    unload: async () => {},
  };
  const gate: RunGate = {
    halted: signal,
    beforeStep: async () => {},
    async call(cost, make) {
      before(cost);
      log.push(`cost ${cost.tokens} ${cost.micros}`);
      return make();
    },
  };
  const engine = createRunEngine({
    trainer: {
      facts: trainer.facts,
      async createSampler(source: SamplerSource, cut) {
        const name = 'path' in source ? source.path : source.baseModel;
        await done('createSampler', cut, name);
        return samplerOf(name);
      },
    },
    model,
    references,
    gate,
    prices,
    adam,
    checkpointName: () => {
      saves += 1;
      return `run-step-${saves}`;
    },
    signal,
  });
  return { engine, log, signals, signal, result, facts: trainer.facts };
}

const calls = (log: readonly string[]): readonly string[] => log.filter((line) => !line.startsWith('cost'));

describe('an update', () => {
  test('is gradient, step and checkpoint in one, paid for before them', async () => {
    const { engine, log, result } = open();
    expect(await engine.update(batch, loss)).toEqual(result);
    expect(log).toEqual([
      `cost ${batchTokens} ${batchTokens * 3}`,
      'forwardBackward cross_entropy',
      `optimStep ${JSON.stringify(adam)}`,
      'saveState run-step-1',
    ]);
    expect(engine.takeCheckpoint()).toBe('state://run-step-1');
  });

  test('happens once, until its checkpoint is taken, which is given once', async () => {
    const { engine, log } = open();
    expect(engine.takeCheckpoint()).toBeUndefined();
    await engine.update(batch, loss);
    const before = log.length;
    await expect(engine.update(batch, loss)).rejects.toMatchObject({ name: 'AppError', code: 'internal' });
    expect(log).toHaveLength(before);
    expect(engine.takeCheckpoint()).toBe('state://run-step-1');
    expect(engine.takeCheckpoint()).toBeUndefined();
    await engine.update(batch, loss);
    expect(engine.takeCheckpoint()).toBe('state://run-step-2');
  });

  test.each<Verb>(['forwardBackward', 'optimStep', 'saveState'])(
    'that failed in %s has no checkpoint, and no other comes after it',
    async (verb) => {
      const { engine, log } = open({ failing: [verb] });
      await expect(engine.update(batch, loss)).rejects.toBe(broken);
      expect(engine.takeCheckpoint()).toBeUndefined();
      const before = log.length;
      await expect(engine.update(batch, loss)).rejects.toMatchObject({ code: 'internal' });
      expect(log).toHaveLength(before);
    },
  );

  test('that the gate stopped did not happen: it may be made later', async () => {
    let isClosed = true;
    const { engine, log } = open({
      before: () => {
        if (isClosed) throw haltError('paused');
      },
    });
    const stopped = await engine.update(batch, loss).catch((thrown: unknown) => thrown);
    expect(haltOf(stopped)).toBe('paused');
    expect(log).toEqual([]);
    isClosed = false;
    await engine.update(batch, loss);
    expect(engine.takeCheckpoint()).toBe('state://run-step-1');
  });
});

describe('references', () => {
  const references = { serving: { path: 's://1' }, base: { baseModel: 'qwen' } };
  const sequences = [Int32Array.of(4, 5), Int32Array.of(6, 7, 8)];

  test('are opened when first asked for and once, also by two who ask at once', async () => {
    const { engine, log } = open({ references });
    const [first] = await Promise.all([
      engine.reference('serving', sequences),
      engine.reference('serving', sequences),
    ]);
    await engine.reference('serving', sequences);
    expect(first).toEqual([Float32Array.of(Number.NaN, -5), Float32Array.of(Number.NaN, -7, -8)]);
    expect(calls(log).filter((call) => call.startsWith('createSampler'))).toEqual(['createSampler s://1']);
    await engine.reference('base', [Int32Array.of(1, 2)]);
    expect(calls(log).slice(-2)).toEqual(['createSampler qwen', 'logprobs of qwen']);
  });

  test('that could not be opened are opened anew when asked for again', async () => {
    const { engine, log } = open({ references, failing: ['createSampler'] });
    await expect(engine.reference('serving', sequences)).rejects.toBe(broken);
    expect(await engine.reference('serving', sequences)).toHaveLength(2);
    expect(calls(log).filter((call) => call.startsWith('createSampler'))).toHaveLength(2);
  });

  test('are paid for sequence by sequence, and what fails there is no reason to open them again', async () => {
    const { engine, log } = open({ references, failing: ['logprobs'] });
    await expect(engine.reference('serving', sequences)).rejects.toBe(broken);
    await engine.reference('serving', sequences);
    expect(log.filter((line) => line.startsWith('cost'))).toEqual([
      'cost 0 0',
      'cost 2 2',
      'cost 3 3',
      'cost 2 2',
      'cost 3 3',
    ]);
  });

  test('are scored in the order asked, eight at a time', async () => {
    let under = 0;
    let most = 0;
    const { engine } = open({
      references,
      async scoring() {
        under += 1;
        most = Math.max(most, under);
        await new Promise((resolve) => setImmediate(resolve));
        under -= 1;
      },
    });
    const many = Array.from({ length: 19 }, (_, index) => Int32Array.of(0, index + 1));
    const found = await engine.reference('serving', many);
    expect(found.map((list) => list[1])).toEqual(many.map((_, index) => -(index + 1)));
    expect(most).toBe(8);
  });

  test('that are not set are `unsupported`, and nothing is asked or paid', async () => {
    const { engine, log } = open({ references });
    await expect(engine.reference('teacher', sequences)).rejects.toMatchObject({ code: 'unsupported' });
    expect(log).toEqual([]);
  });
});

describe('fresh answers', () => {
  test('come from one sampler until an update makes another necessary', async () => {
    const { engine, log } = open();
    expect(await engine.sample(request)).toEqual([answered, answered]);
    await engine.sample(request);
    await engine.update(batch, loss);
    await engine.sample(request);
    expect(calls(log).filter((call) => /ampler|sample/.test(call))).toEqual([
      'currentSampler',
      'sample of passing 1',
      'sample of passing 1',
      'currentSampler',
      'sample of passing 2',
    ]);
  });

  test('are paid for before, with all that they may become', async () => {
    const { engine, log } = open();
    await engine.sample(request);
    expect(log).toEqual(['cost 0 0', 'currentSampler', 'cost 23 43', 'sample of passing 1']);
  });

  test('are drawn by a sampler made anew where it could not be made', async () => {
    const { engine } = open({ failing: ['currentSampler'] });
    await expect(engine.sample(request)).rejects.toBe(broken);
    expect(await engine.sample(request)).toHaveLength(2);
  });
});

test('a pass without a gradient is paid for as read, and trains nothing', async () => {
  const { engine, log, result, facts } = open();
  expect(await engine.forward(batch, loss)).toEqual(result);
  expect(log).toEqual([`cost ${batchTokens} ${batchTokens}`, 'forward cross_entropy']);
  expect(engine.takeCheckpoint()).toBeUndefined();
  expect(engine.facts).toBe(facts);
});

test('nothing is called that the budget has no room for, and everything ends with the process', async () => {
  const references = { serving: { path: 's://1' } };
  const spent = open({
    references,
    before: () => {
      throw haltError('budget_spent');
    },
  });
  const { engine } = spent;
  for (const call of [
    () => engine.forward(batch, loss),
    () => engine.update(batch, loss),
    () => engine.sample(request),
    () => engine.reference('serving', [Int32Array.of(1, 2)]),
  ]) {
    expect(haltOf(await call().catch((thrown: unknown) => thrown))).toBe('budget_spent');
  }
  expect(spent.log).toEqual([]);

  const { engine: free, signals, signal } = open({ references });
  await free.forward(batch, loss);
  await free.reference('serving', [Int32Array.of(1, 2)]);
  await free.sample(request);
  await free.update(batch, loss);
  expect(signals).toHaveLength(8);
  expect(signals.every((one) => one === signal)).toBe(true);
});
