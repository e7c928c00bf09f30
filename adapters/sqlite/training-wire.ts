import type { SpaceId } from '../../core/domain/ids.ts';
import type { PersonaOrigin, PolicyEvidence, PolicyScope, PolicySource } from '../../core/domain/policy.ts';
import type { RunMethod, RunPlan, Spend, StepMetrics } from '../../core/domain/training-run.ts';
import { isAbsentOr, isArrayOf, isFields, isNumber, isProvenance, isText, isTexts } from './wire.ts';

/** What a scope's column holds: its key (`policyScopeKey`). */
export type ScopeColumn = SpaceId | '*';

export function scopeOf(column: ScopeColumn): PolicyScope {
  return column === '*' ? { kind: 'everywhere' } : { kind: 'space', spaceId: column };
}

const methods: Readonly<Record<RunMethod, true>> = {
  kto: true,
  dpo: true,
  policy_gradient: true,
  groups: true,
  hindsight: true,
  teacher: true,
  sft: true,
  wording: true,
};

export const isRunMethods = isArrayOf(
  (value): value is RunMethod => isText(value) && Object.hasOwn(methods, value),
);

const hasOnly = (value: unknown, guard: (value: unknown) => boolean): boolean =>
  isFields(value) && Object.values(value).every(guard);

const isSpend = (value: unknown): value is Spend =>
  isFields(value) && isNumber(value['calls']) && isNumber(value['tokens']) && isNumber(value['micros']);

export const isRunPlan = (value: unknown): value is RunPlan =>
  isFields(value) &&
  isNumber(value['steps']) &&
  isNumber(value['samples']) &&
  isNumber(value['positives']) &&
  isNumber(value['negatives']) &&
  isNumber(value['people']) &&
  hasOnly(value['leftOut'], isNumber) &&
  isSpend(value['estimate']) &&
  hasOnly(value['settings'], (setting) => isNumber(setting) || isText(setting));

const metricNames: Readonly<Record<keyof StepMetrics, true>> = {
  reward: true,
  loss: true,
  kl: true,
  klBase: true,
  entropy: true,
  ess: true,
  answers: true,
  tokens: true,
};

export const isStepMetrics = (value: unknown): value is StepMetrics =>
  isFields(value) && Object.keys(metricNames).every((name) => isAbsentOr(value[name], isNumber));

/** JSON holds no number that is not finite: a metric that is none could not be told. */
export function metricsText(metrics: StepMetrics): string {
  return JSON.stringify(metrics, (_, value: unknown) =>
    isNumber(value) && !Number.isFinite(value) ? undefined : value,
  );
}

const isTextOrAbsent = (value: unknown): boolean => value === undefined || isText(value);

const isPersonaOrigin = (value: unknown): value is PersonaOrigin =>
  isFields(value) && isText(value['madeFrom']) && isProvenance(value['learnedFrom']);

export const isPolicySource = (value: unknown): value is PolicySource => {
  if (!isFields(value) || !isAbsentOr(value['personaFrom'], isPersonaOrigin)) return false;
  switch (value['kind']) {
    case 'weights':
      return (
        isText(value['baseModel']) &&
        isText(value['samplerPath']) &&
        isText(value['statePath']) &&
        isTextOrAbsent(value['persona'])
      );
    case 'hosted_model':
      return isText(value['model']) && isTextOrAbsent(value['persona']);
    case 'wording':
      return isText(value['persona']) && isTextOrAbsent(value['answersBy']);
    default:
      return false;
  }
};

const isReplay = (value: unknown): boolean =>
  isFields(value) &&
  isNumber(value['wins']) &&
  isNumber(value['ties']) &&
  isNumber(value['losses']) &&
  isNumber(value['better']) &&
  isNumber(value['worse']) &&
  hasOnly(value['leftOut'], isNumber);

const isProbes = (value: unknown): boolean =>
  isFields(value) && isNumber(value['passed']) && isTexts(value['failed']);

const isLive = (value: unknown): boolean =>
  isFields(value) &&
  isNumber(value['sessions']) &&
  isNumber(value['others']) &&
  isAbsentOr(value['mean'], isNumber) &&
  isAbsentOr(value['othersMean'], isNumber) &&
  isNumber(value['harm']);

export const isPolicyEvidence = (value: unknown): value is PolicyEvidence =>
  isFields(value) &&
  isAbsentOr(value['replay'], isReplay) &&
  isAbsentOr(value['probes'], isProbes) &&
  isAbsentOr(value['live'], isLive);

/** Evidence may outgrow what JSON can hold; the greatest number stands for it. */
export function evidenceText(evidence: PolicyEvidence): string {
  return JSON.stringify(evidence, (_, value: unknown) =>
    value === Number.POSITIVE_INFINITY ? Number.MAX_VALUE : value,
  );
}
