import type { TurnId } from '../../core/domain/ids.ts';
import type { PolicyId, RunId } from '../../core/domain/policy.ts';
import type { RunKind, RunSample, RunState, RunStep, TrainingRun } from '../../core/domain/training-run.ts';
import { isRunMethods, isRunPlan, isStepMetrics, type ScopeColumn, scopeOf } from './training-wire.ts';
import { parseColumn } from './wire.ts';

export interface RunRow {
  readonly number: number;
  readonly run_id: RunId;
  readonly scope: ScopeColumn;
  readonly kind: RunKind;
  readonly methods: string;
  readonly state: RunState;
  readonly reason: string | null;
  readonly parent_id: PolicyId | null;
  readonly generation: number;
  readonly plan: string;
  readonly progress: string | null;
  readonly calls: number;
  readonly tokens: number;
  readonly micros: number;
  readonly candidate_id: PolicyId | null;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly asked_by: string | null;
}

export const SELECT_RUN = `SELECT number, run_id, scope, kind, methods, state, reason, parent_id, generation, plan,
  progress, calls, tokens, micros, candidate_id, started_at, ended_at, asked_by FROM training_runs`;

export function toRun(row: RunRow): TrainingRun | undefined {
  const methods = parseColumn(row.methods, isRunMethods);
  const plan = parseColumn(row.plan, isRunPlan);
  if (methods === undefined || plan === undefined) return undefined;
  return {
    runId: row.run_id,
    number: row.number,
    scope: scopeOf(row.scope),
    kind: row.kind,
    methods,
    state: row.state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    generation: row.generation,
    plan,
    ...(row.progress === null ? {} : { progress: row.progress }),
    spend: { calls: row.calls, tokens: row.tokens, micros: row.micros },
    ...(row.candidate_id === null ? {} : { candidateId: row.candidate_id }),
    startedAt: row.started_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.asked_by === null ? {} : { askedBy: row.asked_by }),
  };
}

export interface RunSampleRow {
  readonly turn_id: TurnId;
  readonly step: number;
  readonly revision: number;
  readonly value: number;
  readonly weight: number;
  readonly baseline: number;
  readonly status: RunSample['status'];
  readonly reason: string | null;
}

export const SELECT_RUN_SAMPLE =
  'SELECT turn_id, step, revision, value, weight, baseline, status, reason FROM run_samples';

export function toRunSample(row: RunSampleRow): RunSample {
  return {
    turnId: row.turn_id,
    revision: row.revision,
    step: row.step,
    value: row.value,
    weight: row.weight,
    baseline: row.baseline,
    status: row.status,
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}

export interface RunStepRow {
  readonly step: number;
  readonly state: RunStep['state'];
  readonly reason: string | null;
  readonly metrics: string;
  readonly state_path: string | null;
  readonly started_at: number;
  readonly ended_at: number | null;
}

export const SELECT_RUN_STEP =
  'SELECT step, state, reason, metrics, state_path, started_at, ended_at FROM run_steps';

/** A step counts whatever became of its numbers: which one the run goes on from hangs on it. */
export function toRunStep(row: RunStepRow): RunStep {
  return {
    step: row.step,
    state: row.state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    metrics: parseColumn(row.metrics, isStepMetrics) ?? {},
    ...(row.state_path === null ? {} : { statePath: row.state_path }),
    startedAt: row.started_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
