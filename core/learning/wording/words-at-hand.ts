import type { TurnId } from '../../domain/ids.ts';
import { isRetrievable, type Skill, skillSlotKey } from '../../domain/skill.ts';
import type { Turn } from '../../domain/turn.ts';
import type { EvolverLibrary } from '../../skills/evolver/evolver-library.ts';

/** A text that a search may reword: the persona, or one skill. No skill's key is the persona's. */
export type Component =
  | {
      readonly kind: 'persona';
      readonly key: typeof personaKey;
      readonly text: string;
      /** The operator's, with which it begins. */
      readonly configured: string;
    }
  | { readonly kind: 'skill'; readonly key: string; readonly text: string; readonly skill: Skill };

export const personaKey = 'persona';

/** Another text for one component. */
export interface WordingChange {
  readonly component: string;
  readonly text: string;
  /** One sentence of whoever wrote it. */
  readonly why: string;
  /** Every answer that was looked at on the way to this text, its earlier forms included. */
  readonly from: readonly TurnId[];
}

export function componentOf(skill: Skill): Component {
  return { kind: 'skill', key: skillSlotKey(skill), text: skill.body, skill };
}

/** The skills that a turn was given, in that order, as they read now; what is no longer in use is left out. */
export function skillsNow(turn: Pick<Turn, 'skills'>, library: Pick<EvolverLibrary, 'at'>): readonly Skill[] {
  return turn.skills.flatMap(({ scope, name }) => {
    const skill = scope === undefined ? undefined : library.at(scope, name);
    return skill !== undefined && isRetrievable(skill.standing.state) ? [skill] : [];
  });
}

/** Changes with one more, in the place of an earlier one of the same component. By component, so that equal wordings look alike. */
export function withChange(
  changes: readonly WordingChange[],
  change: WordingChange,
): readonly WordingChange[] {
  return [...changes.filter(({ component }) => component !== change.component), change].toSorted((a, b) =>
    a.component < b.component ? -1 : 1,
  );
}

/** What tells wordings apart: their texts. */
export function wordingKey(changes: readonly WordingChange[]): string {
  return JSON.stringify(changes.map(({ component, text }) => [component, text]));
}
