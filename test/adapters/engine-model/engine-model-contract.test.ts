import { AppError } from '../../../core/domain/app-error.ts';
import { type ModelBehaviour, modelContract } from '../../contract/model.ts';
import { createStandInSampler, never, saying } from '../../fakes/engine/stand-in-sampler.ts';
import { createSubject } from './subject.ts';

const whole = 'an engine gives its answer whole';

modelContract({
  name: 'a training engine',
  lacks: { fails_after_text: whole, hangs_after_text: whole },
  async create(behaviour: ModelBehaviour) {
    let waiting = 0;
    const sampler = createStandInSampler(async (_, signal) => {
      if (behaviour === 'fails_before_text') throw new AppError('network', 'The engine is away.');
      if (behaviour === 'calls_tools') {
        const calls = ['lamp', 'fog'].map((word) => ({
          name: 'lookup',
          argumentsJson: JSON.stringify({ word }),
        }));
        return saying('', { calls });
      }
      if (behaviour === 'answers') return saying('A light that warns ships.');
      waiting += 1;
      return never(signal).finally(() => {
        waiting -= 1;
      });
    });
    const { model, clock } = createSubject(sampler);
    return {
      model,
      async idle() {
        await new Promise((resolve) => setImmediate(resolve));
        if (waiting > 0) throw new Error('the engine is still asked');
        if (clock.waiting() > 0) throw new Error('a timer is left behind');
      },
      close: async () => undefined,
    };
  },
});
