import { describe, expect, test } from 'vitest';
import type { EngineSampler } from '../../../core/ports/trainer.ts';
import { httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy, question } from './samples.ts';

/** States of a model that trains between them; it is gone afterwards. */
async function states(rig: Rig, ...names: readonly string[]): Promise<readonly string[]> {
  const model = await rig.createModel();
  const paths: string[] = [];
  for (const name of names) {
    await rig.done(model.forwardBackward(batch, crossEntropy, never()));
    await rig.done(model.optimStep(adam, never()));
    paths.push(await rig.done(model.saveState(name, never())));
  }
  await rig.done(model.unload(never()));
  return paths;
}

const open = (rig: Rig, path = ''): Promise<EngineSampler> =>
  rig.done(rig.trainer.createSampler({ path }, never()));

const ask = (rig: Rig, sampler: EngineSampler): Promise<unknown> =>
  rig.done(sampler.sample(question, never()));

const loaded = (rig: Rig): number =>
  rig.fake.modelIds().filter((id) => !rig.fake.model(id).isUnloaded).length;

const made = (rig: Rig): number => rig.fake.requestsTo('create_model').length - 1;

describe('samplers of states', () => {
  test('of one path share one model, opened at the same time or later', async () => {
    await withRig('skyrl', { fake: { maxModels: 1 } }, async (rig) => {
      const [path = ''] = await states(rig, 'a');
      const opening = [1, 2, 3].map(() => rig.trainer.createSampler({ path }, never()));
      const [first, second] = await rig.done(Promise.all(opening));
      const third = await open(rig, path);
      expect(first).toMatchObject({ version: path, baseModel: 'test/tiny' });
      const answers = [];
      for (const sampler of [first, second, third]) {
        if (sampler !== undefined) answers.push(await ask(rig, sampler));
      }
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
      expect(made(rig)).toBe(1);
    });
  });

  test('of two paths live side by side; the third takes the place of the one asked longest ago', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const [a, b, c] = await states(rig, 'a', 'b', 'c');
      const [first, second] = [await open(rig, a), await open(rig, b)];
      await ask(rig, first);
      expect([made(rig), loaded(rig)]).toEqual([2, 2]);
      const said = await ask(rig, second);
      await ask(rig, first);
      const third = await open(rig, c);
      await rig.rest();
      expect([made(rig), loaded(rig)]).toEqual([3, 2]);
      await ask(rig, first);
      await ask(rig, third);
      expect(made(rig)).toBe(3);
      // Whoever still has the second gets its answers all the same.
      expect(await ask(rig, second)).toEqual(said);
      await rig.rest();
      expect([made(rig), loaded(rig)]).toEqual([4, 2]);
    });
  });

  test('let an answer under way end before they give their place back', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const [a, b, c] = await states(rig, 'a', 'b', 'c');
      const first = await open(rig, a);
      rig.fake.holdFutures(['sample']);
      const answers = first.sample(question, never());
      await rig.rest();
      await open(rig, b);
      await open(rig, c);
      await rig.rest();
      expect(loaded(rig)).toBe(3);
      rig.fake.releaseFutures();
      expect(await rig.done(answers)).toHaveLength(question.count);
      await rig.rest();
      expect(loaded(rig)).toBe(2);
    });
  });

  test('are made anew where their session ended', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const [path] = await states(rig, 'a');
      const sampler = await open(rig, path);
      const said = await ask(rig, sampler);
      rig.fake.loseSession();
      await rig.pass(10_000);
      expect(await ask(rig, sampler)).toEqual(said);
      await open(rig, path);
      expect(made(rig)).toBe(2);
    });
  });

  test('are made anew where the engine does not know them, and the place is given back', async () => {
    await withRig('tinker', {}, async (rig) => {
      const [path] = await states(rig, 'a');
      const sampler = await open(rig, path);
      rig.fake.failNext('asample', httpFault(404, 'Sampling session not found'));
      expect((await rig.failure(sampler.sample(question, never()))).code).toBe('not_found');
      await rig.rest();
      expect(loaded(rig)).toBe(0);
      await ask(rig, await open(rig, path));
      expect(loaded(rig)).toBe(1);
    });
  });

  test('that could not be opened are tried anew by the next who asks', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const [path = ''] = await states(rig, 'a');
      rig.fake.failNext('save_weights_for_sampler', httpFault(422, 'no'));
      const failing = rig.trainer.createSampler({ path }, never());
      expect((await rig.failure(failing)).code).toBe('invalid_input');
      await rig.rest();
      expect(loaded(rig)).toBe(0);
      await ask(rig, await open(rig, path));
    });
  });

  test('are not lost to others by one who does not wait', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const [path = ''] = await states(rig, 'a');
      const stop = new AbortController();
      const first = rig.failure(rig.trainer.createSampler({ path }, stop.signal));
      const second = rig.trainer.createSampler({ path }, never());
      stop.abort();
      expect((await first).code).toBe('aborted');
      await ask(rig, await rig.done(second));
      expect(made(rig)).toBe(1);
    });
  });

  test('give their places back when the trainer is closed, made or not', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const [a, b = ''] = await states(rig, 'a', 'b');
      const sampler = await open(rig, a);
      rig.fake.holdFutures(['load_weights']);
      const opening = rig.failure(rig.trainer.createSampler({ path: b }, never()));
      await rig.rest();
      expect(loaded(rig)).toBe(2);
      await rig.done(rig.trainer.close());
      rig.fake.releaseFutures();
      expect((await opening).code).toBe('aborted');
      await rig.rest();
      expect(loaded(rig)).toBe(0);
      expect((await rig.failure(sampler.sample(question, never()))).code).toBe('aborted');
    });
  });

  test('give their places back at once then, whatever is still asked of them', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const [path] = await states(rig, 'a');
      const sampler = await open(rig, path);
      rig.fake.holdFutures(['sample']);
      const answers = rig.failure(sampler.sample(question, never()));
      await rig.rest();
      await rig.done(rig.trainer.close());
      expect(loaded(rig)).toBe(0);
      expect((await answers).code).toBe('aborted');
    });
  });

  test('do not keep the trainer from closing where the engine is silent', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const [path] = await states(rig, 'a');
      await open(rig, path);
      rig.fake.failNext('unload_model', { kind: 'slow' });
      const startedAt = rig.clock.monotonicMs();
      const closing = rig.trainer.close();
      await rig.fake.slowHeld();
      await rig.clock.advance(5_000);
      await closing;
      expect(rig.clock.monotonicMs() - startedAt).toBe(5_000);
    });
  });
});
