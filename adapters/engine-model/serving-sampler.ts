import type { EngineSampler } from '../../core/ports/trainer.ts';

/** The weights that answer people: one pointer, so that a swap is one step and answers under way end on what they began with. */
export interface ServingSampler {
  /** Set up when first asked for; one attempt for all who wait. Rejects as `TrainerPort.createSampler`, and the next who asks tries again. */
  current(): Promise<EngineSampler>;
  /** Whoever asks from now on gets this one. */
  swap(sampler: EngineSampler): void;
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
    swap(sampler) {
      inPlace = sampler;
      serving = Promise.resolve(sampler);
    },
    lost(sampler) {
      if (inPlace !== sampler) return;
      inPlace = undefined;
      serving = undefined;
    },
  };
}
