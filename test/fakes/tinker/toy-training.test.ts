import { describe, expect, test } from 'vitest';
import type { Behaviour } from './behaviours.ts';
import { createFakeTinker } from './fake-tinker.ts';
import type { RawDatum } from './raw-client.ts';
import { createToyTask } from './toy-task.ts';
import { type ToyRun, type ToySample, trainToy } from './toy-training.ts';

const vocabulary = 32;
const task = createToyTask({ vocabulary });
/** Of an expected reward that starts near a quarter. */
const risen = 0.3;
const notRisen = 0.07;

async function gain(run: ToyRun, behaviour: Behaviour = 'tinker'): Promise<number> {
  const fake = await createFakeTinker({ behaviour, baseModels: [{ name: 'test/tiny', vocabulary }] });
  try {
    const { before, after } = await trainToy(fake, task, { group: 8, ...run });
    expect(before).toBeGreaterThan(0.2);
    expect(before).toBeLessThan(0.3);
    return after - before;
  } finally {
    await fake.close();
  }
}

const clips = { clip_low_threshold: 0.8, clip_high_threshold: 1.2 };
const importance: ToyRun = { loss: 'importance_sampling' };
/** An optimiser that lets the size of a gradient tell. */
const plainSteps: ToyRun = { ...importance, epsilon: 30, learningRate: 0.04 };
const dro: ToyRun = { loss: 'dro', settings: { beta: 1 } };

function changed(name: string, values: (datum: RawDatum, sample: ToySample) => readonly number[]) {
  return (datum: RawDatum, sample: ToySample): RawDatum => ({
    ...datum,
    inputs: { ...datum.inputs, [name]: values(datum, sample) },
  });
}

describe('thirty steps over the protocol raise the reward', () => {
  test.each<ToyRun>([
    { loss: 'cross_entropy' },
    importance,
    { loss: 'ppo', settings: clips },
    { loss: 'cispo', settings: { clip_low_threshold: 0, clip_high_threshold: 4 } },
    dro,
  ])('with $loss', async (run) => {
    expect(await gain(run)).toBeGreaterThan(risen);
  });

  test.each<Behaviour>(['skyrl', 'tuft', 'mint'])('on %s', async (behaviour) => {
    expect(await gain(importance, behaviour)).toBeGreaterThan(risen);
  });

  test('with steps as long as the gradient', async () => {
    expect(await gain(plainSteps)).toBeGreaterThan(risen);
  });
});

describe('a mistake of the client shows as a reward that does not rise', () => {
  test('targets that are not shifted', async () => {
    const spoil = changed('target_tokens', ({ tokens }) => tokens);
    expect(await gain({ ...importance, spoil })).toBeLessThan(notRisen);
  });

  test('advantages with the wrong sign', async () => {
    const spoil = changed('advantages', ({ inputs }) => inputs['advantages']!.map((one) => -one));
    expect(await gain({ ...importance, spoil })).toBeLessThan(-0.2);
  });

  test('a mask that holds the prompt in place of the answer', async () => {
    const spoil = changed('advantages', ({ inputs }, { advantage }) =>
      inputs['advantages']!.map((_, at, all) => (at < all.length - task.answerLength ? advantage : 0)),
    );
    expect(await gain({ ...importance, spoil })).toBeLessThan(notRisen);
  });

  test('old log-probabilities with the wrong sign', async () => {
    const spoil = changed('logprobs', ({ inputs }) => inputs['logprobs']!.map((one) => -one));
    expect(await gain({ ...plainSteps, spoil })).toBeLessThan(notRisen);
  });

  test('old log-probabilities that were left out', async () => {
    const spoil = changed('logprobs', ({ inputs }) => inputs['logprobs']!.map(() => 0));
    expect(await gain({ ...dro, spoil })).toBeLessThan(notRisen);
  });

  test('old log-probabilities of the next place', async () => {
    const spoil = changed('logprobs', ({ inputs }) => [...inputs['logprobs']!.slice(1), 0]);
    expect(await gain({ ...dro, spoil })).toBeLessThan(notRisen);
  });
});
