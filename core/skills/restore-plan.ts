import { type SkillScope, skillSlotKey } from '../domain/skill.ts';
import type { EntryChange, SkillEntry } from '../ports/library-store.ts';

function marksOf({ version, state, isProven, isPinned, maskedContexts }: SkillEntry): string {
  return JSON.stringify([version, state, isProven, isPinned, maskedContexts]);
}

/**
 * What makes the entries of these scopes as they were `then`: text, state and marks of each; names that came later are
 * retired. Trials go on counting, as what was restored is tried anew.
 */
export function restorePlan(
  then: readonly SkillEntry[],
  now: readonly SkillEntry[],
  isIncluded: (scope: SkillScope) => boolean,
): readonly EntryChange[] {
  const present = new Map(now.map((entry) => [skillSlotKey(entry), entry]));
  const known = new Set(then.map(skillSlotKey));
  const back = then.flatMap((entry) => {
    const { scope, name, version, state, isProven, isPinned, maskedContexts } = entry;
    const current = present.get(skillSlotKey(entry));
    if (!isIncluded(scope) || (current !== undefined && marksOf(current) === marksOf(entry))) return [];
    const text = state === 'hidden' ? {} : { version };
    return [{ scope, name, ...text, state, isProven, isPinned, maskedContexts }];
  });
  const later = now
    .filter(
      (entry) => isIncluded(entry.scope) && !known.has(skillSlotKey(entry)) && entry.state !== 'retired',
    )
    .map(({ scope, name }): EntryChange => ({ scope, name, state: 'retired' }));
  return [...back, ...later];
}
