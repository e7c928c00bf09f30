import type { FakeTinker } from '../fakes/tinker/fake-tinker.ts';

const ofTraining: ReadonlySet<string> = new Set([
  'create_model',
  'forward',
  'forward_backward',
  'optim_step',
  'save_weights',
  'save_weights_for_sampler',
  'load_weights',
]);

/** The calls that only a run makes, in order. Looking whether one has ended is none. */
export const sentToTrain = (fake: FakeTinker): readonly string[] =>
  fake.requests.map(({ endpoint }) => endpoint).filter((endpoint) => ofTraining.has(endpoint));
