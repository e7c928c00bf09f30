import { type SkillScope, skillScopeKey } from '../../domain/skill.ts';
import { draftsOf, type SkillOperation, targetsOf } from '../../domain/skill-operation.ts';
import type { Ids } from '../../ports/ids.ts';

/** What a decision is bound to: another scope, operation or text has another hash. */
export function draftHash(scope: SkillScope, operation: SkillOperation, ids: Pick<Ids, 'digest'>): string {
  const drafts = draftsOf(operation).map(({ name, description, triggers, body }) => [
    name,
    description,
    triggers,
    body,
  ]);
  return ids.digest(
    JSON.stringify([skillScopeKey(scope), operation.op, targetsOf(operation), drafts, operation.why]),
  );
}
