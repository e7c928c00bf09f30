import type { SkillName, SkillText } from '../../domain/skill.ts';
import type { DraftText } from '../../domain/skill-operation.ts';
import { duplicateFinding, type MeaningCosine, nearestTo } from './duplicate-gate.ts';
import type { GateFinding } from './gate-finding.ts';
import { injectionFindings } from './injection-gate.ts';
import { type DraftLimits, schemaFindings } from './schema-gate.ts';
import { secretFindings } from './secret-gate.ts';

export interface DraftChecks {
  readonly limits: DraftLimits;
  /** A model wrote it from what people said. */
  readonly isLearned: boolean;
  /** The skills of the draft's scope without the one that it is to replace. */
  readonly existing: readonly SkillText[];
  /** Absent: likeness is told by words alone. */
  readonly cosine?: MeaningCosine;
}

export interface DraftVerdict {
  /** Refusals first, each gate in its order. */
  readonly findings: readonly GateFinding[];
  /** The draft must not become retrievable. A duplicate alone is no refusal. */
  readonly isRefused: boolean;
  /** What it would double: an addition had better be an edit of this one. */
  readonly duplicateOf?: SkillName;
}

/** Every gate that the text of a skill passes before it can be retrieved. Never throws unless `cosine` does. */
export function checkDraft(draft: DraftText, checks: DraftChecks): DraftVerdict {
  const nearest = nearestTo(draft, checks.existing, checks.cosine);
  const all = [
    ...schemaFindings(draft, checks.limits),
    ...secretFindings(draft),
    ...injectionFindings(draft, checks.isLearned),
    ...(nearest === undefined ? [] : [duplicateFinding(nearest)]),
  ];
  const refusals = all.filter(({ severity }) => severity === 'refuse');
  return {
    findings: [...refusals, ...all.filter(({ severity }) => severity === 'warn')],
    isRefused: refusals.length > 0,
    ...(nearest === undefined ? {} : { duplicateOf: nearest.duplicateOf }),
  };
}
