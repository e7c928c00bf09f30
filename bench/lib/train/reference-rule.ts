import type { SampledTokens } from '../../../core/domain/sampling.ts';
import { buildDatum } from '../../../core/learning/build-datum.ts';
import type { SamplerSource, TrainableModel } from '../../../core/ports/trainer.ts';

/** One rated answer as the reference keeps it. */
export interface QueuedSample {
  readonly sampled: SampledTokens;
  /** −1 … 1. */
  readonly reward: number;
}

export interface ReferenceCounts {
  readonly trained: number;
  /** More than one batch was in the queue. */
  readonly surplus: number;
  /** A generation came. */
  readonly flushed: number;
  readonly waiting: number;
  readonly steps: number;
  /** Of these with equal rewards, so that nothing could be learned. */
  readonly emptySteps: number;
}

/** The reference's slow loop, as its documents describe it, bugs included where they make the rule. */
export interface ReferenceLoop {
  put(sample: QueuedSample): void;
  /** The library has changed: everything in the queue is thrown away. */
  flush(): void;
  /** A window: one batch, one optimiser step, and its weights answer at once. Nothing where the queue holds no whole batch. */
  night(signal: AbortSignal): Promise<void>;
  source(): SamplerSource;
  counts(): ReferenceCounts;
}

/** Of the reference. */
export const referenceBatch = 4;
const smallest = 1e-8;

/** (reward − mean) / (population's standard deviation + 1e-8), over whatever is in the batch. */
export function batchAdvantages(rewards: readonly number[]): readonly number[] {
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  const variance = rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / rewards.length;
  return rewards.map((reward) => (reward - mean) / (Math.sqrt(variance) + smallest));
}

export function createReferenceLoop({
  model,
  baseModel,
  learningRate,
  name,
}: {
  readonly model: TrainableModel;
  readonly baseModel: string;
  readonly learningRate: number;
  /** Of its checkpoints: of no other loop at the same engine. */
  readonly name: string;
}): ReferenceLoop {
  let queue: QueuedSample[] = [];
  let source: SamplerSource = { baseModel };
  const counts = { trained: 0, surplus: 0, flushed: 0, steps: 0, emptySteps: 0 };

  return {
    put(sample) {
      queue.push(sample);
    },
    flush() {
      counts.flushed += queue.length;
      queue = [];
    },
    async night(signal) {
      if (queue.length < referenceBatch) return;
      const batch = queue.slice(0, referenceBatch);
      counts.surplus += queue.length - batch.length;
      queue = [];
      const advantages = batchAdvantages(batch.map(({ reward }) => reward));
      const data = batch.flatMap(({ sampled }, at) => {
        const { prompt, tokens, logprobs } = sampled;
        const built = buildDatum({
          prompt,
          answer: tokens,
          advantages: advantages[at] ?? 0,
          ...(logprobs === undefined ? {} : { logprobs }),
        });
        return built.kind === 'datum' ? [built.datum] : [];
      });
      await Promise.all([
        model.forwardBackward(data, { name: 'importance_sampling' }, signal),
        model.optimStep({ learningRate }, signal),
      ]);
      counts.steps += 1;
      counts.trained += batch.length;
      if (advantages.every((advantage) => advantage === 0)) counts.emptySteps += 1;
      source = { path: await model.saveSampler(`${name}-${counts.steps}`, signal) };
    },
    source: () => source,
    counts: () => ({ ...counts, waiting: queue.length }),
  };
}
