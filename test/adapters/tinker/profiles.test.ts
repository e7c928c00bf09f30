import { describe, expect, test } from 'vitest';
import { type EngineProfileName, engineProfiles } from '../../../adapters/tinker/profiles.ts';
import type { Loss } from '../../../core/domain/datum.ts';
import { type Behaviour, traitsOf } from '../../fakes/tinker/behaviours.ts';
import { never, withRig } from './rig.ts';
import { batch, crossEntropy, datum, ratioDatum } from './samples.ts';

const all = ['tinker', 'skyrl', 'tuft', 'mint'] as readonly (EngineProfileName & Behaviour)[];

describe('what a profile declares', () => {
  test.each(all)('is what the engine of %s does', async (name) => {
    const { facts } = engineProfiles[name];
    const traits = traitsOf[name];
    expect(facts.lossReduction).toBe(traits.reduction);
    expect(facts.losses).toEqual(traits.losses);
    expect(facts.samplerIsolation).toBe(traits.isolation);
    expect(facts.loadState === 'new_model').toBe(traits.loadsFirstOnly);
    // An engine that would refuse them must not get them; one that uses them must.
    if (traits.ratioWeights === 'refused') expect(facts.ratioWeights).toBe(false);
    if (traits.ratioWeights === 'used') expect(facts.ratioWeights).toBe(true);
    if (facts.clipsGradients) expect(traits.clipsGradients).toBe(true);
    await withRig(name, {}, async (rig) => {
      expect(rig.trainer.facts).toEqual(facts);
      expect(rig.trainer.description).toBe(`${name} at 127.0.0.1:${rig.fake.port}`);
    });
  });

  test.each(all)('decides what of a ratio loss travels to %s', async (name) => {
    await withRig(name, {}, async (rig) => {
      const model = await rig.createModel();
      const data = [ratioDatum([1, 2, 3])];
      await rig.done(model.forwardBackward(data, { name: 'importance_sampling' }, never()));
      const [sent] = rig.fake.requestsTo('forward_backward');
      const inputs = Object.keys(Object(sent?.body).data[0].inputs).sort();
      const withWeights = ['advantages', 'logprobs', 'target_tokens', 'weights'];
      expect(inputs).toEqual(rig.trainer.facts.ratioWeights ? withWeights : withWeights.slice(0, 3));
    });
  });

  test.each([
    [
      { name: 'ppo', clipLow: 0.7, clipHigh: 1.4 },
      { clip_low_threshold: 0.7, clip_high_threshold: 1.4 },
    ],
    [
      { name: 'cispo', clipLow: 0.1, clipHigh: 3 },
      { clip_low_threshold: 0.1, clip_high_threshold: 3 },
    ],
    [{ name: 'dro', beta: 0.2 }, { beta: 0.2 }],
  ] as readonly (readonly [Loss, Readonly<Record<string, number>>])[])(
    'the settings of %o travel',
    async (loss, settings) => {
      await withRig('tuft', {}, async (rig) => {
        const model = await rig.createModel();
        await rig.done(model.forwardBackward([ratioDatum([1, 2, 3])], loss, never()));
        expect(rig.fake.requestsTo('forward_backward')[0]?.body).toMatchObject({ loss: loss.name, settings });
      });
    },
  );

  test('the gradient of a mean is of each datum’s own mean, of a sum of all that is there', async () => {
    const short = [datum([5, 6])];
    for (const name of all) {
      await withRig(name, {}, async (rig) => {
        const model = await rig.createModel();
        const half = short.map((one) => ({ ...one, weights: one.weights.map(() => 0.5) }));
        await rig.done(model.forwardBackward(short, crossEntropy, never()));
        const whole = rig.fake.model(model.modelId).pendingGradient;
        const other = await rig.createModel();
        await rig.done(other.forwardBackward(half, crossEntropy, never()));
        const halved = rig.fake.model(other.modelId).pendingGradient;
        const factor = rig.trainer.facts.lossReduction === 'sum' ? 0.5 : 1;
        for (const [at, slope] of halved.entries()) expect(slope).toBeCloseTo((whole[at] ?? 0) * factor, 10);
      });
    }
  });

  test('JSON goes to MinT, protobuf to the others, and an engine of its wire that takes no JSON is found out', async () => {
    for (const name of all) {
      await withRig(name, {}, async (rig) => {
        const model = await rig.createModel();
        await rig.done(model.forwardBackward(batch, crossEntropy, never()));
        await rig.done(model.forward(batch, crossEntropy, never()));
        const [sent] = rig.fake.requestsTo('forward_backward');
        const type = name === 'mint' ? 'application/json' : 'application/x-protobuf';
        expect(sent?.headers['content-type']).toBe(type);
        expect(rig.fake.requestsTo('forward')).toHaveLength(name === 'mint' ? 1 : 0);
      });
    }
    const traits = { takesJson: false, takesProtobuf: true, lacks: ['forward'] };
    await withRig('mint', { fake: { traits } }, async (rig) => {
      const model = await rig.createModel();
      const passes = [
        model.forward(batch, crossEntropy, never()),
        model.forwardBackward(batch, crossEntropy, never()),
      ];
      const [without, withGradient] = await rig.done(Promise.all(passes));
      expect(withGradient).toEqual(without);
    });
  });
});
