import type { GateNote } from '../../domain/proposal.ts';
import type { Skill } from '../../domain/skill.ts';
import { type DraftText, draftsOf, type SkillOperation } from '../../domain/skill-operation.ts';

/** What the gates say of one text beside these skills. */
export interface GateAnswer {
  readonly findings: readonly GateNote[];
  /** The skill that already says the same, where one does. */
  readonly duplicateOf?: string;
}

/** The gates of learned text, as `core/skills/gates` has them. `existing`: whatever stands beside it, without what it takes the place of. */
export type CheckDraft = (draft: DraftText, existing: readonly Skill[]) => GateAnswer;

export interface CheckedOperation {
  readonly notes: readonly GateNote[];
  /** The first refusal; absent where no gate refuses. That it is a duplicate is a note here: what becomes of that is decided elsewhere. */
  readonly refusal?: string;
}

/** Puts each text of an operation through the gates. Of several texts each note names its own. */
export function checkOperation(
  operation: SkillOperation,
  beside: readonly Skill[],
  check: CheckDraft,
): CheckedOperation {
  const drafts = draftsOf(operation);
  const notes = drafts.flatMap((draft) =>
    check(draft, beside).findings.map(({ gate, severity, message }): GateNote => {
      const isMere = gate === 'duplicate';
      return {
        gate,
        severity: isMere ? 'warn' : severity,
        message: drafts.length === 1 ? message : `${draft.name}: ${message}`,
      };
    }),
  );
  const refusal = notes.find(({ severity }) => severity === 'refuse')?.message;
  return { notes, ...(refusal === undefined ? {} : { refusal }) };
}
