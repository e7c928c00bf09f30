import { type Skill, type SkillName, type SkillScope, skillScopeKey } from '../domain/skill.ts';
import type { LibraryState, SkillEntry } from '../ports/library-store.ts';
import { mayBeShown, type SkillAudience, scopesOf } from './audience.ts';

/** Where every name stands, whatever its state, as of one moment. */
export interface LibraryRecord {
  readonly generation: number;
  readonly revision: number;
  /** What can be retrieved, of all scopes. */
  readonly active: readonly Skill[];
  readonly hidden: LibraryState['hidden'];
  /** A hidden one has no version, trial or marks. */
  entry(scope: SkillScope, name: SkillName): SkillEntry | undefined;
  /** The text of a name in a scope, whatever its state; absent where it is hidden. */
  at(scope: SkillScope, name: string): Skill | undefined;
  entriesOf(isIncluded: (scope: SkillScope) => boolean): readonly SkillEntry[];
  /** The narrowest text of a name that an audience may see, whatever its state. */
  find(name: string, audience: SkillAudience | undefined): Skill | undefined;
  /** Candidates and retired ones that an audience may see, by name, the narrowest first. */
  resting(audience: SkillAudience | undefined): readonly Skill[];
  /** The name that a text belongs to, of those that can be retrieved. */
  nameOf(contentHash: string): SkillName | undefined;
}

function entryOf({ scope, name, version, standing }: Skill): SkillEntry {
  const { state, isProven, isPinned, maskedContexts, trial, since } = standing;
  return { scope, name, version, state, isProven, isPinned, maskedContexts, trial, since };
}

function hiddenEntry({ scope, name }: LibraryState['hidden'][number]): SkillEntry {
  const marks = { isProven: false, isPinned: false, maskedContexts: [], trial: 0, since: 0 } as const;
  return { scope, name, version: 0, state: 'hidden', ...marks };
}

type ByName<T> = Map<string, T>;

function inScopes<T extends { readonly scope: SkillScope; readonly name: SkillName }>(
  items: readonly T[],
): Map<string, ByName<T>> {
  const groups = new Map<string, ByName<T>>();
  for (const item of items) {
    const key = skillScopeKey(item.scope);
    const group = groups.get(key) ?? new Map<string, T>();
    group.set(item.name, item);
    groups.set(key, group);
  }
  return groups;
}

export function createLibraryRecord({
  generation,
  revision,
  skills,
  resting,
  hidden,
}: LibraryState): LibraryRecord {
  const texts = inScopes([...resting, ...skills]);
  const asleep = inScopes(resting);
  const hiddenNames = inScopes(hidden);
  const names = new Map(skills.map(({ contentHash, name }) => [contentHash, name]));

  const at = (scope: SkillScope, name: string): Skill | undefined =>
    texts.get(skillScopeKey(scope))?.get(name);

  return {
    generation,
    revision,
    active: skills,
    hidden,
    at,
    nameOf: (contentHash) => names.get(contentHash),
    entry(scope, name) {
      const skill = at(scope, name);
      if (skill !== undefined) return entryOf(skill);
      const own = hiddenNames.get(skillScopeKey(scope))?.get(name);
      return own && hiddenEntry(own);
    },
    entriesOf: (isIncluded) =>
      [...skills.map(entryOf), ...resting.map(entryOf), ...hidden.map(hiddenEntry)].filter(({ scope }) =>
        isIncluded(scope),
      ),
    find(name, audience) {
      for (const scope of scopesOf(audience)) {
        const skill = at(scope, name);
        if (skill !== undefined && mayBeShown(skill, audience)) return skill;
      }
      return undefined;
    },
    resting: (audience) =>
      scopesOf(audience)
        .flatMap((scope) => [...(asleep.get(skillScopeKey(scope))?.values() ?? [])])
        .filter((skill) => mayBeShown(skill, audience))
        .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name))),
  };
}

export const emptyLibrary: LibraryState = {
  generation: 0,
  revision: 0,
  skills: [],
  resting: [],
  hidden: [],
};
