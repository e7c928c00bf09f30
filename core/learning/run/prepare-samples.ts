import { toAppError } from '../../domain/app-error.ts';
import { rewardVoices } from '../../domain/reward.ts';
import { lengthsOf } from '../../domain/sampling.ts';
import type { RunSample } from '../../domain/training-run.ts';
import type { LedgerStore } from '../../ports/ledger-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TurnStore } from '../../ports/turn-store.ts';
import { hintsOf } from '../../skills/evolver/failure.ts';
import type { MayTrain } from './gather-samples.ts';
import type { LeftOutSample } from './gathered-sample.ts';
import { ratersOf } from './person-shares.ts';
import type { PreparedSample } from './prepared-sample.ts';
import type { RunReason } from './run-reasons.ts';
import { fitOf, type TrainingTarget } from './sample-fit.ts';

export interface PrepareSamplesDeps {
  readonly turns: Pick<TurnStore, 'get' | 'sampled'>;
  readonly ledger: Pick<LedgerStore, 'ofTurn'>;
  readonly target: TrainingTarget;
  readonly mayTrain: MayTrain;
  readonly logger: Logger;
}

/** The samples of a step, each in one of both, in the order given. */
export interface PreparedStep {
  readonly prepared: readonly PreparedSample[];
  readonly leftOut: readonly LeftOutSample[];
}

/**
 * Reads the samples of a step as they are now. The door is asked anew, for the turn and for everybody whose hint would be used, as
 * consent may have been taken back since the plan was made; and whether each still fits what is trained. What cannot be read or
 * used is left out with its reason, and the others go on. Rejects only where the storage gives nothing at all.
 */
export async function prepareSamples(
  samples: readonly RunSample[],
  deps: PrepareSamplesDeps,
): Promise<PreparedStep> {
  const prepared: PreparedSample[] = [];
  const leftOut: LeftOutSample[] = [];
  let fault: unknown;
  let faults = 0;
  for (const sample of samples) {
    const { turnId } = sample;
    try {
      const made = await prepare(sample, deps);
      if (typeof made === 'string') leftOut.push({ turnId, reason: made });
      else prepared.push(made);
    } catch (thrown) {
      deps.logger.warn('sample_not_read', { turnId, error: toAppError(thrown) });
      leftOut.push({ turnId, reason: 'unusable' });
      fault = thrown;
      faults += 1;
    }
  }
  if (faults > 0 && faults === samples.length) throw toAppError(fault, 'storage_failed');
  return { prepared, leftOut };
}

async function prepare(
  { turnId, value, weight, baseline }: RunSample,
  { turns, ledger, target, mayTrain }: PrepareSamplesDeps,
): Promise<PreparedSample | RunReason> {
  const turn = await turns.get(turnId);
  if (turn === undefined) return 'gone';
  if (!mayTrain(turn, []).allowed) return 'not_allowed';
  const calls = await turns.sampled(turnId);
  const { misfit } = fitOf(turn, calls.map(lengthsOf), target);
  if (misfit !== undefined) return misfit;
  const rows = await ledger.ofTurn(turnId);
  const hints = hintsOf(rows).filter(({ actorId }) => mayTrain(turn, [actorId]).allowed);
  return {
    turnId,
    turn,
    calls,
    value,
    weight,
    baseline,
    hints: hints.map(({ text }) => text),
    hintAuthors: hints.map(({ actorId }) => actorId),
    raters: ratersOf({ voices: rewardVoices(rows), askerId: turn.askerId }),
  };
}
