import type { RunStep } from '../../domain/training-run.ts';
import { klEstimate } from './methods/divergences.ts';
import { currentScores, referenceScores, scoresOfEach } from './methods/score-answers.ts';
import { readBatch } from './methods/stored-answer.ts';
import type { PreparedSample } from './prepared-sample.ts';
import type { StepEngine } from './step-engine.ts';

/** Where a run must end: at the last state that was seen within the bound. */
export interface KlCut {
  /** The step that made it; 0 where that is none of the run's. */
  readonly keepsSteps: number;
  /** `unusable`: how far the state after it is could not be told, which is no smaller danger. */
  readonly reason: 'kl_stop' | 'unusable';
}

/**
 * Where a run has left its bound, by steps that have ended, in order. `undefined` while it has not. Each step measures what it
 * starts from, so that the state after the last one is measured by nobody but `lastKl`: nats a token, NaN where it could not be
 * told, and absent where it was not asked.
 */
export function klCut(
  steps: readonly RunStep[],
  klStop: number,
  lastKl: number | undefined,
): KlCut | undefined {
  let within = 0;
  let latest = 0;
  for (const { step, state, metrics } of steps) {
    const { klBase = state === 'done' ? Number.NaN : undefined } = metrics;
    if (klBase !== undefined) {
      if (!(klBase <= klStop)) return { keepsSteps: within, reason: reasonOf(klBase) };
      within = latest;
    }
    if (state === 'done') latest = step;
  }
  return lastKl === undefined || lastKl <= klStop
    ? undefined
    : { keepsSteps: within, reason: reasonOf(lastKl) };
}

const reasonOf = (klBase: number): KlCut['reason'] => (Number.isNaN(klBase) ? 'unusable' : 'kl_stop');

/**
 * How far the weights in training are from the base model, nats a token, by stored answers (`klEstimate`). NaN where no number
 * came; `undefined` where none of the answers can be asked about. Rejects as the engine does.
 */
export async function distanceFromBase(
  engine: StepEngine,
  batch: readonly PreparedSample[],
): Promise<number | undefined> {
  const stored = readBatch(batch, () => undefined).answers;
  const data = stored.flatMap((answer) => answer.data);
  if (data.length === 0) return undefined;
  const current = scoresOfEach(stored, await currentScores(engine, data));
  const base = scoresOfEach(stored, await referenceScores(engine, 'base', data));
  const answers = stored.map((answer, at) => ({ ...answer, current: current[at] ?? [] }));
  return klEstimate(answers, base) ?? Number.NaN;
}
