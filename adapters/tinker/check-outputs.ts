import { badReply } from './json-codec.ts';
import type { PassResult, WireDatum } from './wire.ts';

/** Whether what the engine says of this target moves the weights. */
function isTrained({ lossInputs }: WireDatum, at: number): boolean {
  const { weights, advantages } = lossInputs;
  return (weights?.data[at] ?? 1) !== 0 && (advantages?.data[at] ?? 1) !== 0;
}

/**
 * Throws `bad_reply` unless there is an output for each datum, with a log-probability for each target; with `hasGradient` those
 * that are trained must be finite: what is none has gone into the gradient, and the next step would make all weights such.
 */
export function checkOutputs(
  outputs: PassResult['outputs'],
  data: readonly WireDatum[],
  hasGradient: boolean,
): void {
  if (outputs.length !== data.length) {
    throw badReply(`there are ${outputs.length} outputs for ${data.length} datums`);
  }
  for (const [at, datum] of data.entries()) {
    const targets = datum.lossInputs['target_tokens'];
    if (targets === undefined || targets.sparse !== undefined) continue;
    const given = outputs[at]?.['logprobs'] ?? new Float32Array();
    if (given.length !== targets.data.length) {
      throw badReply(
        `datum ${at} came back with ${given.length} log-probabilities for ${targets.data.length}`,
      );
    }
    if (!hasGradient) continue;
    const wrong = given.findIndex((logprob, place) => !Number.isFinite(logprob) && isTrained(datum, place));
    if (wrong >= 0) {
      throw badReply(`the log-probability of target ${wrong} of datum ${at} is no finite number`);
    }
  }
}
