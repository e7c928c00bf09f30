import type { Datum, LossName } from '../domain/datum.ts';

/**
 * The batch filled up to `count` datums, for engines that compile anew for each number of them. What is added has one
 * position and moves no weight where losses are summed. Where they are means it still counts as a datum: `normaliseBatch` and
 * `gradientDatums` make up for it. A batch of `count` or more stays as it is.
 */
export function padBatch(batch: readonly Datum[], count: number, loss: LossName): readonly Datum[] {
  const missing = Math.max(0, count - batch.length);
  return [...batch, ...Array.from({ length: missing }, () => paddingFor(loss))];
}

/** Ratio losses are 0 with an advantage of 0, and a weight keeps means from dividing by nothing. The others need a weight of 0. */
function paddingFor(loss: LossName): Datum {
  const position = { input: new Int32Array(1), targets: new Int32Array(1) };
  if (loss === 'cross_entropy') return { ...position, weights: new Float32Array(1) };
  return {
    ...position,
    weights: new Float32Array([loss === 'dro' ? 0 : 1]),
    logprobs: new Float32Array(1),
    advantages: new Float32Array(1),
  };
}
