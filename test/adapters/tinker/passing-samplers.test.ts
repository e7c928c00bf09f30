import { describe, expect, test } from 'vitest';
import type { TrainableModel } from '../../../core/ports/trainer.ts';
import { httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy, question } from './samples.ts';

const stale = { code: 'conflict', details: { reason: 'stale_sampler' } };
const keeping = ['skyrl', 'tuft'] as const;

async function train(rig: Rig, model: TrainableModel): Promise<void> {
  await rig.done(model.forwardBackward(batch, crossEntropy, never()));
  await rig.done(model.optimStep(adam, never()));
}

/** What the engine keeps, once nothing goes on any more. */
async function kept(rig: Rig): Promise<readonly string[]> {
  await rig.pass(1_000);
  return rig.fake.checkpoints().map((path) => path.split('/').at(-1) ?? '');
}

describe('weights of passing samplers', () => {
  test.each(keeping)(
    'are deleted at %s when later ones are sampled, and named ones are not',
    async (name) => {
      await withRig(name, {}, async (rig) => {
        const model = await rig.createModel();
        await rig.done(model.saveSampler('named', never()));
        for (let step = 0; step < 4; step += 1) {
          const sampler = await rig.done(model.currentSampler(never()));
          await rig.done(sampler.sample(question, never()));
          await train(rig, model);
          expect(await kept(rig)).toHaveLength(2);
        }
        expect(await kept(rig)).toContain('named');
      });
    },
  );

  test.each(keeping)('are kept at %s while samplers of the same weights are there', async (name) => {
    await withRig(name, {}, async (rig) => {
      const model = await rig.createModel();
      const [first, second] = await rig.done(
        Promise.all([model.currentSampler(never()), model.currentSampler(never())]),
      );
      expect(await kept(rig)).toHaveLength(2);
      expect(await rig.done(first.sample(question, never()))).toEqual(
        await rig.done(second.sample(question, never())),
      );
    });
  });

  test('are kept while answers of them are under way, and refused from then on', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      const old = await rig.done(model.currentSampler(never()));
      rig.fake.holdFutures(['sample']);
      const answers = old.sample(question, never());
      await rig.rest();
      await train(rig, model);
      await rig.done(model.currentSampler(never()));
      expect(await kept(rig)).toHaveLength(2);
      expect(await rig.failure(old.sample(question, never()))).toMatchObject(stale);
      rig.fake.releaseFutures();
      expect(await rig.done(answers)).toHaveLength(question.count);
      expect(await kept(rig)).toHaveLength(1);
    });
  });

  test('go with their model', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.saveState('named', never()));
      const samplers = await rig.done(Promise.all([1, 2, 3].map(() => model.currentSampler(never()))));
      await rig.done(model.unload(never()));
      expect(rig.fake.checkpoints().map((path) => path.split('/').at(-1))).toEqual(['named']);
      for (const sampler of samplers) {
        expect(await rig.failure(sampler.sample(question, never()))).toMatchObject(stale);
      }
    });
  });

  test('go at TuFT with a model that stays for the sake of its checkpoints', async () => {
    await withRig('tuft', {}, async (rig) => {
      const [staying, going] = [await rig.createModel(), await rig.createModel()];
      await rig.done(staying.saveState('named', never()));
      for (const model of [staying, going]) {
        await rig.done(model.currentSampler(never()));
        await rig.done(model.unload(never()));
      }
      expect(rig.fake.checkpoints().map((path) => path.split('/').at(-1))).toEqual(['named']);
      // The other’s went with it.
      expect(rig.fake.requestsTo('checkpoint_delete')).toHaveLength(1);
    });
  });

  test('are nobody else’s', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const [model, other] = [await rig.createModel(), await rig.createModel()];
      const path = await rig.done(other.saveSampler('foreign', never()));
      await rig.done(model.currentSampler(never()));
      const said = { base_model: 'test/tiny', model_path: path };
      rig.fake.failNext('sampler', { kind: 'malformed', text: JSON.stringify(said) });
      await rig.done(model.unload(never()));
      expect(rig.fake.requestsTo('checkpoint_delete')).toHaveLength(0);
    });
  });

  test.each([
    ['tinker://ID/sampler_weights/ss0_seq1', 1],
    ['tinker://ID/ss0_seq1', 1],
    ['/data/checkpoints/ID/ss0_seq1/adapter', 1],
    ['/data/checkpoints/ID/named/adapter', 0],
    ['/data/checkpoints/ID/state/adapter', 0],
    ['tinker://ID/ss0_seq1/more', 0],
    ['/data/ss0_seq1', 0],
    ['', 0],
    [null, 0],
  ])('are found by what the engine says of them: %s', async (said, deleted) => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.currentSampler(never()));
      await rig.done(model.saveSampler('named', never()));
      await rig.done(model.saveState('state', never()));
      const path = said?.replace('ID', model.modelId) ?? null;
      const answer = { base_model: 'test/tiny', model_path: path };
      rig.fake.failNext('sampler', { kind: 'malformed', text: JSON.stringify(answer) });
      await rig.done(model.unload(never()));
      expect(rig.fake.requestsTo('checkpoint_delete')).toHaveLength(deleted);
      expect(rig.fake.checkpoints()).toHaveLength(3 - deleted);
    });
  });

  test('that cannot be deleted stop nobody', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.currentSampler(never()));
      await train(rig, model);
      rig.fake.failNext('sampler', { kind: 'slow' });
      await rig.done(model.currentSampler(never()));
      await rig.fake.slowHeld();
      // It is waited for by nobody.
      await Promise.all([
        model.forwardBackward(batch, crossEntropy, never()),
        model.optimStep(adam, never()),
      ]);
      rig.fake.failNext('checkpoint_delete', httpFault(403, 'no'));
      rig.fake.releaseSlow();
      await rig.rest();
      expect(rig.logger.of('engine_passing_weights_kept')).toHaveLength(1);
      rig.fake.failNext('sampler', { kind: 'slow' });
      const startedAt = rig.clock.monotonicMs();
      const unloading = model.unload(never());
      await rig.fake.slowHeld();
      await rig.clock.advance(5_000);
      await unloading;
      expect(rig.clock.monotonicMs() - startedAt).toBe(5_000);
      expect(rig.fake.model(model.modelId).isUnloaded).toBe(true);
    });
  });

  test.each(['tinker', 'mint'] as const)('are left to %s, which keeps its own house', async (name) => {
    await withRig(name, {}, async (rig) => {
      const model = await rig.createModel();
      const old = await rig.done(model.currentSampler(never()));
      await train(rig, model);
      await rig.done(model.currentSampler(never()));
      await rig.done(old.sample(question, never()));
      await rig.done(model.unload(never()));
      expect(rig.fake.requestsTo('sampler')).toHaveLength(0);
      expect(rig.fake.requestsTo('checkpoint_delete')).toHaveLength(0);
    });
  });
});
