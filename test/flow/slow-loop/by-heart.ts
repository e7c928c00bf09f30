import { buildSupervisedDatum } from '../../../core/learning/build-datum.ts';
import { normaliseBatch } from '../../../core/learning/normalise-batch.ts';
import type { StepMethod } from '../../../core/learning/run/step-engine.ts';
import { numberOfTokens } from './tokens-of-turns.ts';

/** Of the answers of a turn's calls, the turn's number. */
const numberOf = ([call]: Parameters<StepMethod>[0][number]['calls']): number =>
  call === undefined ? 0 : numberOfTokens(call.prompt);

/**
 * The cheapest step there is. Some answers it does not take, and now and then it takes none, as real methods do: which
 * depends on the answers alone, so that a step that is made again does the same.
 */
export const byHeart: StepMethod = async (batch, engine) => {
  const taken = batch.filter(({ calls }) => numberOf(calls) % 9 !== 4);
  const leftOut = batch.filter((sample) => !taken.includes(sample));
  const data = taken.flatMap(({ calls }) =>
    calls.flatMap(({ prompt, tokens }) => {
      const built = buildSupervisedDatum({ prompt, answer: tokens });
      return built.kind === 'datum' ? [built.datum] : [];
    }),
  );
  const [first] = data;
  if (first === undefined || taken.some(({ calls }) => numberOf(calls) % 13 === 6)) {
    return { kind: 'skipped', reason: 'low_ess', metrics: {} };
  }
  // A pause may come between this and the update.
  await engine.reference('base', [first.input]);
  const made = normaliseBatch(data, {
    loss: { name: 'cross_entropy' },
    objective: 'sequence_mean',
    facts: engine.facts,
  });
  await engine.update(made.batch, made.loss);
  return {
    kind: 'updated',
    leftOut: leftOut.map(({ turnId }) => ({ turnId, reason: 'unusable' })),
    metrics: { answers: taken.length, klBase: 0.1 },
  };
};
