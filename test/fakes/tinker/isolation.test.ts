import { afterEach, describe, expect, test } from 'vitest';
import type { Behaviour } from './behaviours.ts';
import { createFakeTinker, type FakeTinker } from './fake-tinker.ts';
import { openModel, post, resultOf, sendBatch } from './raw-client.ts';

let fake: FakeTinker;
afterEach(() => fake.close());

const data = [{ tokens: [1, 2, 3], inputs: { target_tokens: [2, 3, 4], weights: [1, 1, 1] } }];
const tokens = [1, 2, 3, 4];

async function start(behaviour: Behaviour): Promise<string> {
  fake = await createFakeTinker({ behaviour });
  return openModel(fake);
}

async function train(modelId: string, seqId: number): Promise<void> {
  await resultOf(fake, sendBatch(fake, { modelId, seqId, data, loss: 'cross_entropy' }));
  const params = { learning_rate: 0.05 };
  await resultOf(
    fake,
    post(fake, 'optim_step', { model_id: modelId, seq_id: seqId + 1, adam_params: params }),
  );
}

const saveNamed = async (modelId: string, seqId: number, path: string): Promise<string> =>
  String(
    (
      await resultOf(fake, post(fake, 'save_weights_for_sampler', { model_id: modelId, seq_id: seqId, path }))
    )['path'],
  );

async function saveEphemeral(modelId: string, seqId: number): Promise<string> {
  const body = { model_id: modelId, seq_id: seqId, sampling_session_seq_id: seqId };
  const result = await resultOf(fake, post(fake, 'save_weights_for_sampler', body));
  expect(result['path']).toBeNull();
  return String(result['sampling_session_id']);
}

/** What a sampler says of the tokens, by their log-probabilities. */
async function ask(source: Record<string, unknown>): Promise<readonly (number | null)[]> {
  const result = await resultOf(
    fake,
    post(fake, 'asample', {
      ...source,
      prompt: { chunks: [{ type: 'encoded_text', tokens }] },
      prompt_logprobs: true,
      sampling_params: { max_tokens: 1 },
    }),
  );
  return (result['prompt_logprobs'] as (number | null)[]).slice(-3);
}

const rounded = (values: Iterable<number | null>): readonly number[] =>
  Array.from(values, (value) => Number((value ?? Number.NaN).toFixed(4)));
const weightsSay = (ref: string): readonly number[] => rounded(fake.logprobs(ref, tokens).slice(1));

describe('hosted', () => {
  test('a sampler keeps the weights it was made of, named or passing, while training goes on', async () => {
    const modelId = await start('tinker');
    await train(modelId, 1);
    const then = weightsSay(modelId);
    const passing = await saveEphemeral(modelId, 3);
    const path = await saveNamed(modelId, 4, 'first');
    await train(modelId, 5);
    const trained = weightsSay(modelId);
    expect(trained).not.toEqual(then);
    expect(rounded(await ask({ sampling_session_id: passing, seq_id: 0 }))).toEqual(then);
    expect(rounded(await ask({ model_path: path }))).toEqual(then);
    expect(weightsSay(modelId)).toEqual(trained);
    expect(weightsSay(path)).toEqual(then);
  });
});

describe('SkyRL, where sampler weights live in the training slot', () => {
  test('a sampler that was in use gives what training has made of it since', async () => {
    const modelId = await start('skyrl');
    await train(modelId, 1);
    const then = weightsSay(modelId);
    const passing = await saveEphemeral(modelId, 3);
    expect(rounded(await ask({ sampling_session_id: passing, seq_id: 0 }))).toEqual(then);
    await train(modelId, 4);
    const trained = weightsSay(modelId);
    expect(trained).not.toEqual(then);
    expect(rounded(await ask({ sampling_session_id: passing, seq_id: 0 }))).toEqual(trained);
    expect(weightsSay(modelId)).toEqual(trained);
  });

  test('the first sample after more training rolls the training back', async () => {
    const modelId = await start('skyrl');
    await train(modelId, 1);
    const then = weightsSay(modelId);
    const path = await saveNamed(modelId, 3, 'first');
    expect(path).toBe(`tinker://${modelId}/first`);
    await train(modelId, 4);
    expect(weightsSay(modelId)).not.toEqual(then);
    expect(rounded(await ask({ model_path: path }))).toEqual(then);
    expect(weightsSay(modelId)).toEqual(then);
  });

  test('both spellings of a path are of the same weights', async () => {
    const modelId = await start('skyrl');
    await train(modelId, 1);
    await saveNamed(modelId, 3, 'first');
    const long = await ask({ model_path: `tinker://${modelId}/sampler_weights/first` });
    expect(long).toEqual(await ask({ model_path: `tinker://${modelId}/first` }));
  });
});
