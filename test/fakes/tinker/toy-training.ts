import type { FakeTinker } from './fake-tinker.ts';
import { openModel, post, type RawDatum, resultOf, sendBatch } from './raw-client.ts';
import type { ToyTask } from './toy-task.ts';

export interface ToyRun {
  readonly loss: string;
  readonly settings?: Readonly<Record<string, number>>;
  readonly steps?: number;
  readonly learningRate?: number;
  /** Adam's. A large one lets the size of a gradient tell. */
  readonly epsilon?: number;
  /** Answers to each prompt. */
  readonly group?: number;
  /** Changes a datum before it is sent: a mistake of a client. */
  readonly spoil?: (datum: RawDatum, sampled: ToySample) => RawDatum;
}

export interface ToySample {
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
  readonly logprobs: readonly number[];
  readonly advantage: number;
}

/** As a client builds it: the input ends before the last token, targets are shifted by one, prompts get no advantage. */
function datumOf(sample: ToySample, loss: string, sendsWeights: boolean): RawDatum {
  const { prompt, answer, logprobs, advantage } = sample;
  const before = prompt.slice(1).map(() => 0);
  const mask = [...before, ...answer.map(() => 1)];
  const targets = { target_tokens: [...prompt.slice(1), ...answer] };
  const tokens = [...prompt, ...answer.slice(0, -1)];
  // Supervised: only what was good is imitated.
  if (loss === 'cross_entropy') {
    const weight = advantage > 0 ? advantage : 0;
    return { tokens, inputs: { ...targets, weights: mask.map((one) => one * weight) } };
  }
  return {
    tokens,
    inputs: {
      ...targets,
      logprobs: [...before, ...logprobs],
      advantages: mask.map((one) => one * advantage),
      ...(sendsWeights ? { weights: mask } : {}),
    },
  };
}

async function sampleGroup(
  fake: FakeTinker,
  task: ToyTask,
  session: unknown,
  prompt: readonly number[],
  group: number,
  seed: number,
): Promise<readonly ToySample[]> {
  const { sequences } = await resultOf(
    fake,
    post(fake, 'asample', {
      sampling_session_id: session,
      seq_id: seed,
      num_samples: group,
      prompt: { chunks: [{ type: 'encoded_text', tokens: prompt }] },
      sampling_params: { max_tokens: task.answerLength, temperature: 1, seed },
    }),
  );
  const drawn = sequences as readonly { readonly tokens: number[]; readonly logprobs: number[] }[];
  const rewards = drawn.map(({ tokens }) => task.reward(prompt, tokens));
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / group;
  return drawn.map(({ tokens, logprobs }, at) => ({
    prompt,
    answer: tokens,
    logprobs,
    advantage: rewards[at]! - mean,
  }));
}

/** Trains a fresh model over the protocol; gives the exact expected reward before and after. */
export async function trainToy(
  fake: FakeTinker,
  task: ToyTask,
  run: ToyRun,
): Promise<{ readonly modelId: string; readonly before: number; readonly after: number }> {
  const modelId = await openModel(fake);
  const before = task.expectedReward(fake, modelId);
  let seqId = 0;
  for (let step = 0; step < (run.steps ?? 30); step += 1) {
    seqId += 1;
    const saved = await resultOf(
      fake,
      post(fake, 'save_weights_for_sampler', {
        model_id: modelId,
        seq_id: seqId,
        sampling_session_seq_id: step,
      }),
    );
    const samples: ToySample[] = [];
    for (const [at, prompt] of task.prompts.entries()) {
      const seed = 100 * step + at;
      const session = saved['sampling_session_id'];
      samples.push(...(await sampleGroup(fake, task, session, prompt, run.group ?? 16, seed)));
    }
    const data = samples.map((sample) => {
      const datum = datumOf(sample, run.loss, fake.behaviour === 'skyrl');
      return run.spoil?.(datum, sample) ?? datum;
    });
    seqId += 1;
    const settings = run.settings === undefined ? {} : { settings: run.settings };
    await resultOf(fake, sendBatch(fake, { modelId, seqId, data, loss: run.loss, ...settings }));
    seqId += 1;
    const params = { learning_rate: run.learningRate ?? 0.02, eps: run.epsilon ?? 1e-8 };
    await resultOf(fake, post(fake, 'optim_step', { model_id: modelId, seq_id: seqId, adam_params: params }));
  }
  return { modelId, before, after: task.expectedReward(fake, modelId) };
}
