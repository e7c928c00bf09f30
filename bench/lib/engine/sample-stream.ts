import type { Datum, Loss } from '../../../core/domain/datum.ts';
import type { EngineFacts } from '../../../core/domain/engine-facts.ts';
import type { ModelMessage } from '../../../core/domain/model.ts';
import { type AnswerDatum, buildDatum } from '../../../core/learning/build-datum.ts';
import { normaliseBatch } from '../../../core/learning/normalise-batch.ts';
import type { TokenizerPort } from '../../../core/ports/tokenizer.ts';
import type { TrainableModel } from '../../../core/ports/trainer.ts';
import type { SeededRandom } from '../seeded-random.ts';

export interface StreamPlan {
  readonly tokenizer: TokenizerPort;
  readonly model: Pick<TrainableModel, 'forwardBackward'>;
  readonly facts: EngineFacts;
  nextTalk(): readonly ModelMessage[];
  readonly random: SeededRandom;
  readonly samples: number;
  /** Samples of one training pass. */
  readonly batchSize: number;
  /** Of each sample; the answer has what the prompt leaves. */
  readonly tokens: number;
}

/** Milliseconds of each way that a sample goes, all samples together. Making up talks and answers is in none of them. */
export interface StageTimes {
  readonly renderMs: number;
  /** Datums of samples, and the batch as the engine shall get it. */
  readonly datumMs: number;
  /** The client, the connection, and the engine's answer. */
  readonly wireMs: number;
}

/** How far the stream is. */
export interface StreamProgress extends StageTimes {
  readonly samples: number;
  readonly promptTokens: number;
}

/** Ids that every vocabulary here has. */
const idsBelow = 500;
export const streamLoss: Loss = { name: 'importance_sampling' };

/** An answer as an engine gave it, with what people thought of it. */
function makeAnswer(length: number, random: SeededRandom) {
  return {
    answer: Int32Array.from({ length }, () => random.below(idsBelow)),
    logprobs: Float32Array.from({ length }, () => -random.below(4_000) / 1_000),
    advantages: random.below(2) === 0 ? 1 : -1,
  };
}

function datumOf(prompt: Int32Array, made: ReturnType<typeof makeAnswer>): AnswerDatum {
  const built = buildDatum({ prompt, ...made });
  if (built.kind === 'refused') throw new Error(`A sample made no datum: ${built.reason}.`);
  return built.datum;
}

/** The next talk's prompt and how long it took. Talks that leave no room for an answer are passed over, and their time. */
function renderNext({ tokenizer, nextTalk, tokens }: Pick<StreamPlan, 'tokenizer' | 'nextTalk' | 'tokens'>) {
  for (;;) {
    const talk = nextTalk();
    const startedMs = performance.now();
    const prompt = tokenizer.renderPrompt(talk, []);
    const renderMs = performance.now() - startedMs;
    if (prompt.length < tokens) return { prompt, renderMs };
  }
}

/** Sends samples one batch after the other from messages to the wire, keeps none, and tells after each batch how far it is. */
export async function* streamSamples(plan: StreamPlan, signal: AbortSignal): AsyncGenerator<StreamProgress> {
  const { model, facts, random, samples, batchSize, tokens } = plan;
  let [renderMs, datumMs, wireMs, done, promptTokens] = [0, 0, 0, 0, 0];
  while (done < samples) {
    const data: AnswerDatum[] = [];
    while (data.length < Math.min(batchSize, samples - done)) {
      const { prompt, renderMs: ownMs } = renderNext(plan);
      renderMs += ownMs;
      promptTokens += prompt.length;
      const made = makeAnswer(tokens - prompt.length, random);
      const renderedMs = performance.now();
      data.push(datumOf(prompt, made));
      datumMs += performance.now() - renderedMs;
    }
    const builtMs = performance.now();
    const ready = normaliseBatch(data, { loss: streamLoss, objective: 'token_mean', facts });
    const normalisedMs = performance.now();
    await model.forwardBackward(ready.batch, ready.loss, signal);
    wireMs += performance.now() - normalisedMs;
    datumMs += normalisedMs - builtMs;
    done += data.length;
    yield { samples: done, promptTokens, renderMs, datumMs, wireMs };
  }
}

/** One batch of such samples, ready to be sent. */
export function makeBatch(plan: Omit<StreamPlan, 'model' | 'samples'>): readonly Datum[] {
  const { facts, random, batchSize, tokens } = plan;
  const data = Array.from({ length: batchSize }, () => {
    const { prompt } = renderNext(plan);
    return datumOf(prompt, makeAnswer(tokens - prompt.length, random));
  });
  return normaliseBatch(data, { loss: streamLoss, objective: 'token_mean', facts }).batch;
}
