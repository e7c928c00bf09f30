import type { Platform, SpaceId } from '../domain/ids.ts';
import type { Skill, SkillScope } from '../domain/skill.ts';
import type { QueryTerm } from './query-terms.ts';
import type { SkillCandidate } from './select-skills.ts';
import { createSkillIndex, type SkillIndex } from './skill-index.ts';

/** Where a turn happens. Absent: only what holds everywhere. */
export interface SkillAudience {
  readonly platform: Platform;
  readonly spaceId: SpaceId;
}

/** How what can be retrieved differs from before. Names, each with its scope's key before it where that is not global. */
export interface ShelfChanges {
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly removed: readonly string[];
}

/**
 * The skills that can be retrieved, one index a scope, so that no space's words weigh in another's ranking. A space's
 * skill hides the global one of the same name from that space.
 */
export interface Shelves {
  /** Makes these the whole content, touching only what differs. */
  replaceAll(skills: readonly Skill[]): ShelfChanges;
  /** What an audience has, by name. */
  visible(audience?: SkillAudience): readonly Skill[];
  get(name: string, audience?: SkillAudience): Skill | undefined;
  /** The best `limit` for these words, best first. */
  find(terms: readonly QueryTerm[], limit: number, audience?: SkillAudience): readonly SkillCandidate[];
}

interface Shelf {
  readonly index: SkillIndex;
  readonly byName: Map<string, Skill>;
}

const globalKey = 'global';

function scopeKey(scope: SkillScope): string {
  return scope.kind === 'global' ? globalKey : `${scope.platform} ${scope.spaceId}`;
}

function label(key: string, name: string): string {
  return key === globalKey ? name : `${key} ${name}`;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

function groupByScope(skills: readonly Skill[]): Map<string, Map<string, Skill>> {
  const groups = new Map<string, Map<string, Skill>>();
  for (const skill of skills) {
    const key = scopeKey(skill.scope);
    const group = groups.get(key) ?? new Map<string, Skill>();
    group.set(skill.name, skill);
    groups.set(key, group);
  }
  return groups;
}

export function createShelves(): Shelves {
  const shelves = new Map<string, Shelf>();

  /** Highest precedence first. */
  function visibleShelves(audience: SkillAudience | undefined): readonly Shelf[] {
    const keys = audience === undefined ? [] : [scopeKey({ kind: 'space', ...audience })];
    return [...keys, globalKey].flatMap((key) => shelves.get(key) ?? []);
  }

  function shelfFor(key: string): Shelf {
    const shelf = shelves.get(key) ?? { index: createSkillIndex(), byName: new Map() };
    shelves.set(key, shelf);
    return shelf;
  }

  function get(name: string, audience?: SkillAudience): Skill | undefined {
    for (const shelf of visibleShelves(audience)) {
      const skill = shelf.byName.get(name);
      if (skill !== undefined) return skill;
    }
    return undefined;
  }

  return {
    get,
    replaceAll(skills) {
      const added: string[] = [];
      const updated: string[] = [];
      const removed: string[] = [];
      const wanted = groupByScope(skills);
      for (const [key, shelf] of shelves) {
        for (const name of shelf.byName.keys()) {
          if (wanted.get(key)?.has(name)) continue;
          shelf.byName.delete(name);
          shelf.index.remove(name);
          removed.push(label(key, name));
        }
      }
      for (const [key, group] of wanted) {
        const shelf = shelfFor(key);
        for (const [name, skill] of group) {
          const before = shelf.byName.get(name);
          shelf.byName.set(name, skill);
          if (before?.contentHash === skill.contentHash) continue;
          shelf.index.put(skill);
          (before === undefined ? added : updated).push(label(key, name));
        }
      }
      return { added: added.sort(), updated: updated.sort(), removed: removed.sort() };
    },
    visible(audience) {
      const found = new Map<string, Skill>();
      for (const shelf of visibleShelves(audience).toReversed()) {
        for (const [name, skill] of shelf.byName) found.set(name, skill);
      }
      return [...found.values()].sort(byName);
    },
    find(terms, limit, audience) {
      const ranked = visibleShelves(audience);
      const hidden = ranked.slice(0, -1).reduce((count, shelf) => count + shelf.byName.size, 0);
      const candidates = ranked.flatMap((shelf, at) => {
        const above = ranked.slice(0, at);
        return shelf.index.find(terms, limit + hidden).flatMap(({ name, score, because }) => {
          const skill = shelf.byName.get(name);
          const isHidden = above.some((other) => other.byName.has(name));
          return skill === undefined || isHidden ? [] : [{ skill, score, because }];
        });
      });
      return candidates.sort((a, b) => b.score - a.score || byName(a.skill, b.skill)).slice(0, limit);
    },
  };
}
