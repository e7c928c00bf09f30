import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/domain/app-error.ts';
import type { AdamParams, Datum, Loss, LossName, LossResult } from '../../core/domain/datum.ts';
import type { EngineSampler, SampleRequest, TrainableModel, TrainerPort } from '../../core/ports/trainer.ts';

/** A trainer on an engine that has room for a few models of `baseModel`, with token ids 0 to 63 at least. */
export interface TrainerUnderTest {
  readonly trainer: TrainerPort;
  readonly baseModel: string;
  /** No description and no error may show it. */
  readonly secret: string;
  /** Gives what the work gives, moving whatever clock the trainer waits on. */
  done<T>(work: Promise<T>): Promise<T>;
  /** Resolves when nothing is held any more: connections, timers. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface TrainerContract {
  readonly name: string;
  create(): Promise<TrainerUnderTest>;
}

const crossEntropy: Loss = { name: 'cross_entropy' };
const step: AdamParams = { learningRate: 0.03 };
const never = (): AbortSignal => new AbortController().signal;

const losses: Readonly<Record<LossName, Loss>> = {
  cross_entropy: crossEntropy,
  importance_sampling: { name: 'importance_sampling' },
  ppo: { name: 'ppo', clipLow: 0.8, clipHigh: 1.2 },
  cispo: { name: 'cispo', clipLow: 0, clipHigh: 4 },
  dro: { name: 'dro', beta: 0.05 },
};

/** A datum of these tokens, each held to the next. */
function datumOf(tokens: readonly number[]): Datum {
  const input = Int32Array.from(tokens.slice(0, -1));
  return {
    input,
    targets: Int32Array.from(tokens.slice(1)),
    weights: new Float32Array(input.length).fill(1),
  };
}

const batch: readonly Datum[] = [datumOf([5, 6, 7, 8, 9]), datumOf([30, 20, 10])];

const question: SampleRequest = {
  prompt: Int32Array.of(3, 1, 4, 1, 5),
  count: 3,
  stopIds: [],
  params: { maxTokens: 8, temperature: 1, topP: 1, topK: -1, seed: 11 },
};

const sum = (numbers: Float32Array): number => numbers.reduce((total, number) => total + number, 0);

function expectClose(got: Float32Array | undefined, wanted: Float32Array | undefined, within = 1e-5): void {
  if (got === undefined || wanted === undefined) throw new Error('there are no numbers');
  expect(got.length).toBe(wanted.length);
  for (const [at, number] of got.entries()) {
    if (Number.isNaN(wanted[at])) expect(number).toBeNaN();
    else expect(Math.abs(number - (wanted[at] ?? Number.NaN))).toBeLessThan(within);
  }
}

/** What every `TrainerPort` promises. */
export function trainerContract(contract: TrainerContract): void {
  describe(`trainer contract: ${contract.name}`, () => {
    const open: TrainerUnderTest[] = [];
    afterEach(async () => {
      for (const subject of open.splice(0)) await subject.close();
    });

    async function begin() {
      const subject = await contract.create();
      open.push(subject);
      const { trainer, baseModel, done } = subject;
      return {
        ...subject,
        model: (seed = 1): Promise<TrainableModel> =>
          done(trainer.createModel({ baseModel, rank: 4, seed }, never())),
        restored: (path: string, withOptimizer: boolean): Promise<TrainableModel> =>
          done(trainer.restoreModel(path, { withOptimizer }, never())),
        /** Passes and steps, one after the other. */
        async train(model: TrainableModel, steps: number): Promise<void> {
          for (let at = 0; at < steps; at += 1) {
            await done(model.forwardBackward(batch, crossEntropy, never()));
            await done(model.optimStep(step, never()));
          }
        },
        forward: (model: TrainableModel, data = batch): Promise<LossResult> =>
          done(model.forward(data, crossEntropy, never())),
        async failure(work: Promise<unknown>): Promise<AppError> {
          const thrown = await done(
            work.then(
              () => undefined,
              (error: unknown) => error,
            ),
          );
          if (!(thrown instanceof AppError)) throw new Error(`no AppError but ${String(thrown)}`);
          expect(thrown.message).toMatch(/\.$/);
          expect(thrown.message).not.toContain(subject.secret);
          return thrown;
        },
      };
    }

    test('describes itself, its base models and what matters downstream', async () => {
      const { trainer, baseModel, secret, done } = await begin();
      expect(trainer.description).not.toBe('');
      expect(trainer.description).not.toContain(secret);
      expect(trainer.facts.losses).toContain('cross_entropy');
      const models = await done(trainer.models(never()));
      expect(models.map(({ name }) => name)).toContain(baseModel);
    });

    test('a new model is like its base, and training makes targets likelier', async () => {
      const { trainer, baseModel, done, model: create, train, forward } = await begin();
      const model = await create();
      expect(model.modelId).not.toBe('');
      expect(model.spec).toMatchObject({ baseModel, rank: 4 });
      const base = await done(trainer.createSampler({ baseModel }, never()));
      const before = await forward(model);
      const ofBase = await done(base.logprobs(Int32Array.of(5, 6, 7, 8, 9), never()));
      expectClose(before.logprobs[0], ofBase.slice(1));
      await train(model, 8);
      const after = await forward(model);
      for (const [at, logprobs] of after.logprobs.entries()) {
        expect(sum(logprobs)).toBeGreaterThan(sum(before.logprobs[at] ?? new Float32Array()) + 0.2);
      }
      expectClose(await done(base.logprobs(Int32Array.of(5, 6, 7, 8, 9), never())), ofBase, 1e-12);
    });

    test('a pass gives as many log-probabilities as targets, the same with a gradient and without', async () => {
      const { done, model: create, forward } = await begin();
      const model = await create();
      const without = await forward(model);
      const { logprobs } = await done(model.forwardBackward(batch, crossEntropy, never()));
      expect(logprobs).toHaveLength(batch.length);
      for (const [at, { input }] of batch.entries()) {
        expect(logprobs[at]).toBeInstanceOf(Float32Array);
        expect(logprobs[at]?.length).toBe(input.length);
        expectClose(logprobs[at], without.logprobs[at], 1e-12);
      }
    });

    test('a pass without a gradient leaves none', async () => {
      const { done, model: create, forward } = await begin();
      const model = await create();
      const before = await forward(model);
      await done(model.optimStep(step, never()));
      const after = await forward(model);
      expectClose(after.logprobs[0], before.logprobs[0], 1e-12);
    });

    test('gradients of several passes join in one step', async () => {
      const { done, model: create, forward } = await begin();
      const [together, apart] = [await create(), await create()];
      const [first, second] = [batch.slice(0, 1), batch.slice(1)];
      await done(together.forwardBackward(batch, crossEntropy, never()));
      await done(apart.forwardBackward(first, crossEntropy, never()));
      await done(apart.forwardBackward(second, crossEntropy, never()));
      for (const model of [together, apart]) await done(model.optimStep(step, never()));
      expectClose((await forward(apart)).logprobs[0], (await forward(together)).logprobs[0]);
    });

    test('every loss it declares trains, every other one is unsupported', async () => {
      const { trainer, done, model: create, failure } = await begin();
      const model = await create();
      const data = batch.map((datum) => ({
        ...datum,
        logprobs: new Float32Array(datum.input.length).fill(-4),
        advantages: new Float32Array(datum.input.length).fill(0.5),
      }));
      for (const [name, loss] of Object.entries(losses)) {
        const work = model.forwardBackward(data, loss, never());
        if (trainer.facts.losses.some((one) => one === name)) {
          expect((await done(work)).logprobs).toHaveLength(data.length);
        } else expect((await failure(work)).code).toBe('unsupported');
      }
      expect(Object.values(await done(model.optimStep(step, never()))).every(Number.isFinite)).toBe(true);
    });

    test('calls made at once take effect in the order in which they were made', async () => {
      const { done, model: create } = await begin();
      const [waited, hurried] = [await create(), await create()];
      const calls = (model: TrainableModel) => [
        () => model.forward(batch, crossEntropy, never()),
        () => model.forwardBackward(batch, crossEntropy, never()),
        () => model.optimStep(step, never()),
        () => model.forward(batch, crossEntropy, never()),
        () => model.forwardBackward(batch.slice(1), crossEntropy, never()),
        () => model.optimStep(step, never()),
        () => model.forward(batch, crossEntropy, never()),
      ];
      const slow: unknown[] = [];
      for (const call of calls(waited)) slow.push(await done<unknown>(call()));
      const quick = await done(Promise.all(calls(hurried).map((call) => call())));
      expect(quick).toEqual(slow);
      expect(quick[0]).not.toEqual(quick[3]);
      expect(quick[3]).not.toEqual(quick[6]);
    });

    test('a state with its optimiser goes on as if nothing had been', async () => {
      const { done, model: create, restored, train, forward } = await begin();
      const model = await create();
      await train(model, 3);
      const path = await done(model.saveState('state-3', never()));
      const saved = await forward(model);
      await train(model, 2);
      const unbroken = await forward(model);
      const again = await restored(path, true);
      expect(again.modelId).not.toBe(model.modelId);
      expect(again.spec).toMatchObject({ baseModel: model.spec.baseModel, rank: 4 });
      expectClose((await forward(again)).logprobs[0], saved.logprobs[0], 1e-6);
      await train(again, 2);
      const continued = await forward(again);
      for (const [at, logprobs] of continued.logprobs.entries()) {
        expectClose(logprobs, unbroken.logprobs[at], 1e-6);
      }
    });

    test('a state without its optimiser has the weights, and steps as a new one does', async () => {
      const { done, model: create, restored, train, forward } = await begin();
      const model = await create();
      await train(model, 3);
      const path = await done(model.saveState('state-3', never()));
      const saved = await forward(model);
      await train(model, 1);
      const again = await restored(path, false);
      expectClose((await forward(again)).logprobs[0], saved.logprobs[0], 1e-6);
      await train(again, 1);
      const [fresh] = (await forward(again)).logprobs;
      const [kept] = (await forward(model)).logprobs;
      expect(Math.abs(sum(fresh ?? new Float32Array()) - sum(kept ?? new Float32Array()))).toBeGreaterThan(
        1e-4,
      );
    });

    async function samplersOf(subject: Awaited<ReturnType<typeof begin>>, model: TrainableModel) {
      const path = await subject.done(model.saveSampler('named', never()));
      const named = await subject.done(subject.trainer.createSampler({ path }, never()));
      const current = await subject.done(model.currentSampler(never()));
      expect(named.version).toBe(path);
      return { named, current };
    }

    test('samplers have the weights of their moment', async () => {
      const subject = await begin();
      const { trainer, baseModel, done, train, forward } = subject;
      const model = await subject.model();
      await train(model, 4);
      const { named, current } = await samplersOf(subject, model);
      const base = await done(trainer.createSampler({ baseModel }, never()));
      expect(base.version).toBe(baseModel);
      for (const sampler of [named, current, base]) expect(sampler.baseModel).toBe(baseModel);
      const tokens = Int32Array.of(5, 6, 7, 8, 9);
      const [wanted] = (await forward(model)).logprobs;
      const asNow = Float32Array.of(Number.NaN, ...(wanted ?? []));
      for (const sampler of [named, current]) {
        expectClose(await done(sampler.logprobs(tokens, never())), asNow);
      }
      const ofBase = await done(base.logprobs(tokens, never()));
      expect(Math.abs(sum(ofBase.slice(1)) - sum(asNow.slice(1)))).toBeGreaterThan(0.1);
    });

    test('a sampler of a state has its weights, and keeps them while the model trains on', async () => {
      const subject = await begin();
      const { trainer, baseModel, done, train, forward } = subject;
      const model = await subject.model();
      await train(model, 4);
      const path = await done(model.saveState('to-answer', never()));
      const tokens = Int32Array.of(5, 6, 7, 8, 9);
      const [wanted] = (await forward(model)).logprobs;
      const asSaved = Float32Array.of(Number.NaN, ...(wanted ?? []));
      const sampler = await done(trainer.createSampler({ path }, never()));
      expect(sampler).toMatchObject({ version: path, baseModel });
      expectClose(await done(sampler.logprobs(tokens, never())), asSaved);
      await train(model, 4);
      expectClose(await done(sampler.logprobs(tokens, never())), asSaved);
    });

    test('samplers of one state share one place, and those of several states say each its own', async () => {
      const { trainer, done, model: create, train } = await begin();
      const model = await create();
      const paths: string[] = [];
      for (const name of ['a', 'b', 'c']) {
        await train(model, 2);
        paths.push(await done(model.saveState(name, never())));
      }
      const tokens = Int32Array.of(5, 6, 7, 8, 9);
      const open = (path: string): Promise<EngineSampler> => trainer.createSampler({ path }, never());
      const samplers = await done(Promise.all(paths.map(open)));
      const said: Float32Array[] = [];
      for (const sampler of samplers) said.push(await done(sampler.logprobs(tokens, never())));
      expect(new Set(said.map((one) => sum(one.slice(1)))).size).toBe(paths.length);
      // More often than an engine has room for models.
      for (let time = 0; time < 70; time += 1) await done(open(paths[2] ?? ''));
      for (const [at, sampler] of samplers.entries()) {
        expectClose(await done(sampler.logprobs(tokens, never())), said[at]);
      }
    });

    test('a sampler keeps its weights, or is refused once the model has trained on', async () => {
      const subject = await begin();
      const { trainer, done, failure, train } = subject;
      const model = await subject.model();
      await train(model, 2);
      const samplers = await samplersOf(subject, model);
      const tokens = Int32Array.of(5, 6, 7, 8, 9);
      const ask = (sampler: EngineSampler): Promise<Float32Array> => sampler.logprobs(tokens, never());
      const before = await done(ask(samplers.named));
      await train(model, 2);
      for (const sampler of Object.values(samplers)) {
        if (trainer.facts.samplerIsolation === 'snapshot') {
          expectClose(await done(ask(sampler)), before, 1e-12);
        } else {
          expect(await failure(ask(sampler))).toMatchObject({
            code: 'conflict',
            details: { reason: 'stale_sampler' },
          });
        }
      }
    });

    async function sampled(request: SampleRequest) {
      const subject = await begin();
      const model = await subject.model();
      await subject.train(model, 2);
      const sampler = await subject.done(model.currentSampler(never()));
      const answers = await subject.done(sampler.sample(request, never()));
      return { ...subject, sampler, answers };
    }

    test('an answer’s log-probabilities are those of its tokens after the prompt', async () => {
      const { sampler, answers, done } = await sampled(question);
      expect(answers).toHaveLength(question.count);
      for (const { tokens, logprobs, stopReason } of answers) {
        expect(tokens).toBeInstanceOf(Int32Array);
        expect(tokens.length).toBe(question.params.maxTokens);
        expect(stopReason).toBe('length');
        const whole = Int32Array.of(...question.prompt, ...tokens);
        const judged = await done(sampler.logprobs(whole, never()));
        expect(judged.length).toBe(whole.length);
        expect(judged[0]).toBeNaN();
        expect(judged.subarray(1).every(Number.isFinite)).toBe(true);
        expectClose(logprobs, judged.slice(question.prompt.length));
      }
    });

    test('one token alone has a log-probability that nobody knows', async () => {
      const { sampler, done } = await sampled(question);
      const alone = await done(sampler.logprobs(Int32Array.of(4), never()));
      expect(Array.from(alone)).toEqual([Number.NaN]);
    });

    test('answers to one prompt differ, and the same seed gives the same ones', async () => {
      const { sampler, answers, done } = await sampled(question);
      expect(new Set(answers.map(({ tokens }) => tokens.join(' '))).size).toBeGreaterThan(1);
      const again = await done(sampler.sample(question, never()));
      expect(again).toEqual(answers);
    });

    test('a stop token ends an answer and is its last', async () => {
      const stopIds = Array.from({ length: 32 }, (_, at) => at);
      const { answers } = await sampled({
        ...question,
        count: 4,
        stopIds,
        params: { ...question.params, maxTokens: 40 },
      });
      expect(answers.some(({ stopReason }) => stopReason === 'stop')).toBe(true);
      for (const { tokens, logprobs, stopReason } of answers) {
        const [last, ...before] = Array.from(tokens).reverse();
        expect(before.every((token) => !stopIds.includes(token))).toBe(true);
        expect(stopIds.includes(last ?? -1)).toBe(stopReason === 'stop');
        expect(logprobs?.length).toBe(tokens.length);
      }
    });

    test('temperature 0 takes the likeliest token', async () => {
      const { sampler, done } = await sampled(question);
      const params = { ...question.params, temperature: 0, maxTokens: 1 };
      const [answer] = await done(sampler.sample({ ...question, count: 1, params }, never()));
      const likelihood = async (token: number): Promise<number> =>
        (await done(sampler.logprobs(Int32Array.of(...question.prompt, token), never()))).at(-1) ??
        Number.NaN;
      const [chosen = -1] = answer?.tokens ?? [];
      const best = await likelihood(chosen);
      for (let token = 0; token < 64; token += 1) {
        expect(await likelihood(token)).toBeLessThanOrEqual(best + 1e-6);
      }
    });

    test('checkpoints are listed until they are deleted, and deleting twice is no error', async () => {
      const { trainer, done, model: create } = await begin();
      const model = await create();
      const state = await done(model.saveState('one', never()));
      const sampler = await done(model.saveSampler('two', never()));
      const list = () => done(trainer.checkpoints(model.modelId, never()));
      const listed = await list();
      expect(listed.map(({ kind }) => kind).sort()).toEqual(['sampler', 'state']);
      expect(listed.find(({ kind }) => kind === 'state')?.path).toBe(state);
      await done(trainer.deleteCheckpoint(state, never()));
      await done(trainer.deleteCheckpoint(state, never()));
      expect((await list()).map(({ kind }) => kind)).toEqual(['sampler']);
      await done(trainer.deleteCheckpoint(sampler, never()));
      await done(trainer.deleteCheckpoint(sampler, never()));
      expect(await list()).toEqual([]);
    });

    test('what is not there is not found', async () => {
      const { trainer, done, model: create, failure } = await begin();
      const model = await create();
      const path = await done(model.saveState('gone', never()));
      await done(trainer.deleteCheckpoint(path, never()));
      const restoring = trainer.restoreModel(path, { withOptimizer: true }, never());
      expect((await failure(restoring)).code).toBe('not_found');
      const sampler = await done(model.saveSampler('gone', never()));
      await done(trainer.deleteCheckpoint(sampler, never()));
      expect((await failure(trainer.createSampler({ path: sampler }, never()))).code).toBe('not_found');
      const creating = trainer.createModel({ baseModel: 'test/none', rank: 4 }, never());
      expect((await failure(creating)).code).toBe('not_found');
    });

    test('a name is checked before anything is sent, and the model lives on', async () => {
      const { done, model: create, failure, train } = await begin();
      const model = await create();
      for (const name of ['', 'a b', 'a/b', 'ä', 'x'.repeat(65)]) {
        expect((await failure(model.saveState(name, never()))).code).toBe('invalid_input');
        expect((await failure(model.saveSampler(name, never()))).code).toBe('invalid_input');
      }
      await train(model, 1);
      expect(await done(model.saveState('x'.repeat(64), never()))).toContain('x'.repeat(64));
    });

    test('a name is used once for a state and once for a sampler, and the first save stays', async () => {
      const { trainer, done, model: create, failure, train } = await begin();
      const model = await create();
      await done(model.saveState('once', never()));
      await done(model.saveSampler('once', never()));
      const saved = await done(trainer.checkpoints(model.modelId, never()));
      await train(model, 1);
      expect((await failure(model.saveState('once', never()))).code).toBe('conflict');
      expect((await failure(model.saveSampler('once', never()))).code).toBe('conflict');
      await train(model, 1);
      expect(await done(trainer.checkpoints(model.modelId, never()))).toEqual(saved);
    });

    const [good = datumOf([1, 2])] = batch;
    const wrongBatches: readonly (readonly [string, readonly Datum[], Loss])[] = [
      ['no datum', [], crossEntropy],
      ['no token', [good, datumOf([1])], crossEntropy],
      ['a target too few', [{ ...good, targets: good.targets.slice(1) }], crossEntropy],
      ['a weight too many', [{ ...good, weights: new Float32Array(9) }], crossEntropy],
      [
        'a weight that is no number',
        [good, { ...good, weights: good.weights.map(() => Number.NaN) }],
        crossEntropy,
      ],
      ['a token below 0', [{ ...good, input: good.input.map(() => -1) }], crossEntropy],
      ['a target below 0', [{ ...good, targets: good.targets.map(() => -1) }], crossEntropy],
      ['no log-probabilities for a ratio', [good], losses.importance_sampling],
      [
        'an infinite advantage',
        [
          {
            ...good,
            logprobs: new Float32Array(good.input.length),
            advantages: new Float32Array(good.input.length).fill(Number.POSITIVE_INFINITY),
          },
        ],
        losses.importance_sampling,
      ],
    ];

    test.each(wrongBatches)('a batch with %s is refused, and nothing is lost', async (_, data, loss) => {
      const { done, model: create, failure, forward } = await begin();
      const [model, other] = [await create(), await create()];
      for (const one of [model, other]) await done(one.forwardBackward(batch, crossEntropy, never()));
      expect((await failure(model.forwardBackward(data, loss, never()))).code).toBe('invalid_input');
      expect((await failure(model.forward(data, loss, never()))).code).toBe('invalid_input');
      for (const one of [model, other]) await done(one.optimStep(step, never()));
      expectClose((await forward(model)).logprobs[0], (await forward(other)).logprobs[0], 1e-12);
    });

    test('a step that was meant to follow a refused batch is not made', async () => {
      const { done, model: create, failure, train, forward } = await begin();
      const model = await create();
      await train(model, 2);
      const before = await forward(model);
      const refused = model.forwardBackward([], crossEntropy, never());
      const meant = model.optimStep(step, never());
      const saved = model.saveState('meant', never());
      for (const call of [refused, meant, saved]) call.catch(() => undefined);
      expect((await failure(refused)).code).toBe('invalid_input');
      for (const call of [meant, saved]) {
        expect(await failure(call)).toMatchObject({
          code: 'conflict',
          details: { reason: 'earlier_call_failed' },
        });
      }
      expectClose((await forward(model)).logprobs[0], before.logprobs[0], 1e-12);
      await train(model, 1);
      expect(await done(model.saveState('later', never()))).not.toBe('');
    });

    test('a step with a setting that is no number is refused, and nothing is lost', async () => {
      const { model: create, failure, train } = await begin();
      const model = await create();
      const wrong = model.optimStep({ learningRate: Number.NaN }, never());
      expect((await failure(wrong)).code).toBe('invalid_input');
      await train(model, 1);
    });

    test('a model that was unloaded is lost, and unloading twice is no error', async () => {
      const { done, model: create, failure } = await begin();
      const model = await create();
      await done(model.unload(never()));
      await done(model.unload(never()));
      const calls = [
        () => model.forward(batch, crossEntropy, never()),
        () => model.forwardBackward(batch, crossEntropy, never()),
        () => model.optimStep(step, never()),
        () => model.saveState('late', never()),
        () => model.saveSampler('late', never()),
        () => model.currentSampler(never()),
      ];
      for (const call of calls) {
        expect(await failure(call())).toMatchObject({ code: 'conflict', details: { reason: 'model_lost' } });
      }
      await done((await create()).forward(batch, crossEntropy, never()));
    });

    test('what was stopped before it began is not carried out', async () => {
      const { trainer, baseModel, done, model: create, failure, forward } = await begin();
      const model = await create();
      const sampler = await done(model.currentSampler(never()));
      const saved = await done(trainer.checkpoints(model.modelId, never()));
      const before = await forward(model);
      const stopped = AbortSignal.abort();
      const calls = [
        trainer.models(stopped),
        trainer.createModel({ baseModel, rank: 4 }, stopped),
        trainer.restoreModel('tinker://x/weights/y', { withOptimizer: true }, stopped),
        trainer.createSampler({ baseModel }, stopped),
        trainer.checkpoints(model.modelId, stopped),
        trainer.deleteCheckpoint('tinker://x/weights/y', stopped),
        model.forward(batch, crossEntropy, stopped),
        model.saveState('stopped', stopped),
        model.saveSampler('stopped', stopped),
        model.currentSampler(stopped),
        sampler.sample(question, stopped),
        sampler.logprobs(question.prompt, stopped),
        model.forwardBackward(batch, crossEntropy, stopped),
        model.optimStep(step, stopped),
      ];
      for (const call of calls) call.catch(() => undefined);
      for (const call of calls) expect((await failure(call)).code).toBe('aborted');
      expectClose((await forward(model)).logprobs[0], before.logprobs[0], 1e-12);
      expect(await done(trainer.checkpoints(model.modelId, never()))).toEqual(saved);
      await done(model.forwardBackward(batch, crossEntropy, never()));
    });

    test('nothing is held after closing, closing twice is no error, and later calls are stopped', async () => {
      const { trainer, baseModel, done, idle, model: create, failure } = await begin();
      const model = await create();
      const sampler = await done(model.currentSampler(never()));
      await done(trainer.close());
      await done(trainer.close());
      await idle();
      const calls = [
        () => trainer.models(never()),
        () => trainer.createModel({ baseModel, rank: 4 }, never()),
        () => trainer.createSampler({ baseModel }, never()),
        () => trainer.checkpoints('any', never()),
        () => model.forward(batch, crossEntropy, never()),
        () => model.optimStep(step, never()),
        () => sampler.sample(question, never()),
      ];
      for (const call of calls) expect(['aborted', 'conflict']).toContain((await failure(call())).code);
      await idle();
    });
  });
}
