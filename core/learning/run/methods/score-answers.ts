import type { Datum } from '../../../domain/datum.ts';
import { answerLogprob } from '../../answer-logprob.ts';
import { joined } from '../../build-datum.ts';
import type { ReferenceName, StepEngine } from '../step-engine.ts';

/** For each datum as many log-probabilities as positions, NaN where the engine gave none. */
export type Scores = readonly Float32Array[];

/** By the weights in training. The batch is not empty. */
export async function currentScores(engine: StepEngine, batch: readonly Datum[]): Promise<Scores> {
  const { logprobs } = await engine.forward(batch, { name: 'cross_entropy' });
  return batch.map(({ targets }, at) => fitted(logprobs[at], targets.length));
}

/** By fixed weights. */
export async function referenceScores(
  engine: StepEngine,
  name: ReferenceName,
  batch: readonly Datum[],
): Promise<Scores> {
  const sequences = batch.map(({ input, targets }) => joined(input, targets.subarray(-1)));
  const found = await engine.reference(name, sequences);
  // What is said of the first token of a sequence is said of no target.
  return batch.map(({ targets }, at) => fitted(found[at]?.subarray(1), targets.length));
}

/** The scores of a whole batch as those of each of its answers. */
export function scoresOfEach(
  answers: readonly { readonly data: readonly Datum[] }[],
  scores: Scores,
): readonly Scores[] {
  let end = 0;
  return answers.map(({ data }) => {
    const start = end;
    end += data.length;
    return scores.slice(start, end);
  });
}

/** The log-probability of all that an answer's calls wrote; `undefined` where one number of it is missing. */
export function totalScore(data: readonly Datum[], scores: Scores): number | undefined {
  let total = 0;
  for (const [at, { weights }] of data.entries()) {
    const own = answerLogprob(scores[at] ?? fitted(undefined, weights.length), weights);
    if (own === undefined) return undefined;
    total += own;
  }
  return total;
}

/** The numbers of several lists, one after the other. */
export function strung(lists: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(lists.reduce((sum, own) => sum + own.length, 0));
  let at = 0;
  for (const own of lists) {
    all.set(own, at);
    at += own.length;
  }
  return all;
}

/** A list of another length says nothing of any of its positions. */
function fitted(scores: Float32Array | undefined, positions: number): Float32Array {
  return scores?.length === positions ? scores : new Float32Array(positions).fill(Number.NaN);
}
