import type { Skill, SkillScope } from '../../../core/domain/skill.ts';
import type { DigestedSkill, LibraryState, LibraryStore } from '../../../core/ports/library-store.ts';

export interface MemoryLibraryStore extends LibraryStore {
  /** Every `sync` from now on waits for the gate, and rejects where the gate does. */
  holdSyncs(gate: Promise<void>): void;
}

const keyOf = (scope: SkillScope): string =>
  scope.kind === 'global' ? '0 global' : `1 ${scope.platform} ${scope.spaceId}`;

/** Versions and generation in memory. */
export function createMemoryLibraryStore(): MemoryLibraryStore {
  /** By scope and name, oldest version first. */
  const versions = new Map<string, Map<string, Skill[]>>();
  const active = new Map<string, Map<string, Skill>>();
  let generation = 0;
  let gate: Promise<void> = Promise.resolve();

  function state(): LibraryState {
    const scopes = [...active].sort(([a], [b]) => (a < b ? -1 : 1));
    const skills = scopes.flatMap(([, shelf]) =>
      [...shelf.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    return structuredClone({ generation, skills });
  }

  function nextVersion(key: string, scope: SkillScope, text: DigestedSkill): Skill {
    const known = versions.get(key) ?? new Map<string, Skill[]>();
    versions.set(key, known);
    const earlier = known.get(text.name) ?? [];
    known.set(text.name, earlier);
    const last = earlier.at(-1);
    if (last?.contentHash === text.contentHash) return { ...last, source: text.source };
    const skill = structuredClone({ ...text, version: earlier.length + 1, scope });
    earlier.push(skill);
    return skill;
  }

  return {
    holdSyncs(next) {
      gate = next;
    },
    async sync(scope, texts) {
      await gate;
      const key = keyOf(scope);
      const before = active.get(key) ?? new Map<string, Skill>();
      const wanted = new Map(texts.map((text) => [String(text.name), text]));
      const after = new Map([...wanted].map(([name, text]) => [name, nextVersion(key, scope, text)]));
      const isSame =
        before.size === after.size &&
        [...after].every(([name, skill]) => before.get(name)?.version === skill.version);
      if (!isSame) generation += 1;
      active.set(key, after);
      return state();
    },
    state: async () => state(),
    async version(name, version, contentHash) {
      const scopes = [...versions].sort(([a], [b]) => (a < b ? -1 : 1));
      const found = scopes
        .flatMap(([, known]) => known.get(name) ?? [])
        .find(
          (skill) =>
            skill.version === version && (contentHash === undefined || skill.contentHash === contentHash),
        );
      return structuredClone(found);
    },
  };
}
