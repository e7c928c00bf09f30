import type { EngineSampler } from '../../core/ports/trainer.ts';

/** The weights that answer, set up once for all who ask. */
export interface ServingSampler {
  /** Set up when first asked for; one attempt for all who wait. Rejects as `TrainerPort.createSampler`, and the next who asks tries again. */
  current(): Promise<EngineSampler>;
  /** Where this one is still in place, the next who asks has it set up anew. */
  lost(sampler: EngineSampler): void;
}

/** `create`: sets the configured weights up. */
export function createServingSampler(create: () => Promise<EngineSampler>): ServingSampler {
  let serving: Promise<EngineSampler> | undefined;
  let inPlace: EngineSampler | undefined;

  return {
    current() {
      if (serving !== undefined) return serving;
      const made = create();
      serving = made;
      made.then(
        (sampler) => {
          if (serving === made) inPlace = sampler;
        },
        () => {
          if (serving === made) serving = undefined;
        },
      );
      return made;
    },
    lost(sampler) {
      if (inPlace !== sampler) return;
      inPlace = undefined;
      serving = undefined;
    },
  };
}
