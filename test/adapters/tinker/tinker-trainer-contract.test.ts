import { expect } from 'vitest';
import { trainerContract } from '../../contract/trainer.ts';
import { createRig } from './rig.ts';

for (const behaviour of ['tinker', 'skyrl', 'tuft', 'mint'] as const) {
  trainerContract({
    name: `tinker adapter on ${behaviour}`,
    async create() {
      const { trainer, fake, clock, wire, done, rest, close } = await createRig(behaviour);
      return {
        trainer,
        baseModel: 'test/tiny',
        secret: fake.apiKey,
        done,
        async idle() {
          await rest();
          expect(clock.waiting()).toBe(0);
          expect(wire.underWay()).toBe(0);
        },
        close,
      };
    },
  });
}
