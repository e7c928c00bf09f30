import { describe, expect, test } from 'vitest';
import type { Datum, Loss } from '../../../core/domain/datum.ts';
import type { TrainableModel } from '../../../core/ports/trainer.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy, datum, ratioDatum } from './samples.ts';

const lost = { code: 'conflict', details: { reason: 'model_lost' } };

/** The next result of this operation is this. */
function answer(rig: Rig, operation: 'forward' | 'forward_backward' | 'optim_step', value: unknown): void {
  rig.fake.failNext(
    { endpoint: 'retrieve_future', operation },
    { kind: 'malformed', text: JSON.stringify(value).replace('"-1e999"', '-1e999') },
  );
}

const outputs = (...logprobs: readonly unknown[][]) => ({
  loss_fn_outputs: logprobs.map((data) => ({ logprobs: { data, dtype: 'float32', shape: [data.length] } })),
  metrics: {},
});

const pass = (model: TrainableModel, data: readonly Datum[], loss: Loss = crossEntropy) =>
  model.forwardBackward(data, loss, never());

describe('a pass whose log-probabilities are no numbers', () => {
  test.each([
    ['null', null],
    ['a text', '-0.5'],
    ['infinite', '-1e999'],
  ])('where it trains (%s) has spoilt the gradient: the model is lost', async (_, value) => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      answer(rig, 'forward_backward', outputs([-1, value]));
      const failure = await rig.failure(pass(model, [datum([1, 2, 3])]));
      expect(failure.code).toBe('bad_reply');
      expect(failure.message).toContain('target 1 of datum 0');
      expect(await rig.failure(model.optimStep(adam, never()))).toMatchObject(lost);
      expect(rig.fake.requestsTo('optim_step')).toHaveLength(0);
    });
  });

  test('where it trains, by advantage or weight, is told from where it does not', async () => {
    const [whole] = [ratioDatum([1, 2, 3])];
    const weighed: Datum = { ...whole, weights: Float32Array.of(0, 1) };
    const judged: Datum = { ...whole, advantages: Float32Array.of(0, 2) };
    const answers: readonly (readonly [Datum, Loss, unknown[], boolean])[] = [
      [datum([1, 2, 3], 1), crossEntropy, [null, -1], true],
      [datum([1, 2, 3], 1), crossEntropy, [-1, null], false],
      [weighed, { name: 'importance_sampling' }, [null, -1], true],
      [weighed, { name: 'importance_sampling' }, [-1, null], false],
      [judged, { name: 'importance_sampling' }, [null, -1], true],
      [judged, { name: 'importance_sampling' }, [-1, null], false],
    ];
    await withRig('mint', {}, async (rig) => {
      for (const [data, loss, logprobs, isFine] of answers) {
        const model = await rig.createModel();
        answer(rig, 'forward_backward', outputs(logprobs));
        if (isFine) await rig.done(pass(model, [data], loss));
        else expect((await rig.failure(pass(model, [data], loss))).code).toBe('bad_reply');
      }
    });
  });

  test('without a gradient leaves the model as it was', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      answer(rig, 'forward', outputs([-1, null]));
      const { logprobs } = await rig.done(model.forward([datum([1, 2, 3])], crossEntropy, never()));
      expect(logprobs[0]?.[1]).toBeNaN();
      await rig.done(pass(model, batch));
    });
  });
});

describe('a step whose gradient is no number', () => {
  test.each([
    ['skyrl', 'skyrl.ai/grad_norm'],
    ['tinker', 'grad_norm:mean'],
    ['tuft', 'grad_norm'],
  ] as const)('as %s says it has spoilt the weights: the model is lost', async (behaviour, name) => {
    await withRig(behaviour, {}, async (rig) => {
      const model = await rig.createModel();
      answer(rig, 'optim_step', { metrics: { [name]: null } });
      expect((await rig.failure(model.optimStep(adam, never()))).code).toBe('bad_reply');
      expect(await rig.failure(pass(model, batch))).toMatchObject(lost);
    });
  });

  test('is told from other metrics that an engine leaves empty', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      const metrics = { 'skyrl.ai/grad_norm': 0.5, max_grad_norm: null, loss: null };
      answer(rig, 'optim_step', { metrics });
      expect(await rig.done(model.optimStep(adam, never()))).toEqual({ 'skyrl.ai/grad_norm': 0.5 });
      answer(rig, 'optim_step', {});
      expect(await rig.done(model.optimStep(adam, never()))).toEqual({});
      await rig.done(pass(model, batch));
    });
  });
});
