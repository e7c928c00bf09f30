import type { Loss } from '../../../domain/datum.ts';
import type { StepMetrics } from '../../../domain/training-run.ts';
import { joined } from '../../build-datum.ts';
import { withKlPenalty } from '../../kl-penalty.ts';
import { normaliseBatch } from '../../normalise-batch.ts';
import type { RunReason } from '../run-reasons.ts';
import type { StepEngine, StepMethod, StepOutcome } from '../step-engine.ts';
import { drawnMetrics, klOf, lossOf } from './part-metrics.ts';
import type { PartAnswers, StepPart } from './step-part.ts';

const loss: Loss = { name: 'importance_sampling' };
/** Every answer counts the same, however long. */
const objective = 'sequence_mean';

/**
 * One update of what all parts make of the same samples, as one batch: groups, hindsight and a teacher together or alone. It is
 * made of all its parts or not at all: where one is refused the step is skipped with its reason, so that no part ever stands in
 * for another. A part that finds nothing in these samples stops no other. A sample is left out where no part has an
 * answer of it, with the first part's reason.
 *
 * All answers' log-probabilities are those of the policy as it is, so that the penalty for leaving the one that serves is exact
 * (`withKlPenalty`) where answers are fresh. KL is measured over the answers that are trained, before the update; over
 * hindsight's, which others drew, it is an estimate. Entropy and effective sample size are those of all that was drawn.
 */
export function combinedStep(parts: readonly StepPart[]): StepMethod {
  return async (batch, engine, settings) => {
    if (!engine.facts.losses.includes(loss.name)) return skipped('unsupported', {});
    const made: PartAnswers[] = [];
    for (const part of parts) {
      const own = await part(batch, engine, settings);
      if (own.kind === 'refused') return skipped(own.reason, drawnMetrics([...made, own]));
      made.push(own);
    }
    const seen = drawnMetrics(made);
    const answers = made.flatMap((own) => own.answers);
    const trained = new Set(answers.map(({ turnId }) => turnId));
    const leftOut = new Map(
      made
        .flatMap((own) => own.leftOut)
        .filter(({ turnId }) => !trained.has(turnId))
        .toReversed()
        .map(({ turnId, reason }) => [turnId, reason]),
    );
    if (answers.length === 0) return skipped(commonest([...leftOut.values()]), seen);

    const data = answers.map(({ datum }) => datum);
    const sequences = data.map(({ input, targets }) => joined(input, targets.subarray(-1)));
    const serving = await targetsAt(engine, 'serving', sequences);
    const base = await targetsAt(engine, 'base', sequences);
    const held = withKlPenalty(data, serving, { coefficient: settings.kl, objective }).batch;
    const plan = normaliseBatch(held, { loss, objective, facts: engine.facts });
    const pass = await engine.update(plan.batch, plan.loss);
    const measured = {
      loss: lossOf(held, pass.logprobs, objective),
      kl: klOf(data, serving),
      klBase: klOf(data, base),
    };
    return {
      kind: 'updated',
      leftOut: batch.flatMap(({ turnId }) => {
        const reason = leftOut.get(turnId);
        return reason === undefined ? [] : [{ turnId, reason }];
      }),
      metrics: {
        ...seen,
        ...known(measured),
        answers: answers.length,
        tokens: data.reduce((sum, { weights }) => sum + weights.filter((weight) => weight !== 0).length, 0),
      },
    };
  };
}

function skipped(reason: RunReason, metrics: StepMetrics): StepOutcome {
  return { kind: 'skipped', reason, metrics };
}

/** Log-probabilities of the datums' targets; the first token of a sequence is no target. */
async function targetsAt(
  engine: StepEngine,
  name: 'serving' | 'base',
  sequences: readonly Int32Array[],
): Promise<readonly Float32Array[]> {
  const lists = await engine.reference(name, sequences);
  return lists.map((own) => own.subarray(1));
}

/** What most samples were left out for; of as many the earlier. */
function commonest(reasons: readonly RunReason[]): RunReason {
  const counts = [...Map.groupBy(reasons, (reason) => reason)].toSorted((a, b) => b[1].length - a[1].length);
  return counts[0]?.[0] ?? 'too_few_left';
}

function known(numbers: Readonly<Record<'loss' | 'kl' | 'klBase', number | undefined>>): StepMetrics {
  return Object.fromEntries(
    Object.entries(numbers).filter(([, value]) => value !== undefined && Number.isFinite(value)),
  );
}
