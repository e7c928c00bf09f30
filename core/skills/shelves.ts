import { type Skill, type SkillName, type SkillScope, skillScopeKey, skillSlotKey } from '../domain/skill.ts';
import { mayBeShown, type SkillAudience, scopesOf } from './audience.ts';
import type { QueryTerm } from './query-terms.ts';
import type { SkillCandidate } from './select-skills.ts';
import { createSkillIndex, type SkillIndex } from './skill-index.ts';

/** A name that hides its wider ones in a scope and has no text there. */
export interface HiddenName {
  readonly scope: SkillScope;
  readonly name: SkillName;
}

/** What is found under a name in a scope: a skill that can be retrieved, nothing, or that the wider ones are hidden. */
export interface ShelfSlot extends HiddenName {
  readonly holds: Skill | 'hidden' | undefined;
}

/** How what can be retrieved differs from before. Names, each with its scope's key before it where that is not global. */
export interface ShelfChanges {
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly removed: readonly string[];
}

export interface WantedCandidates {
  /** Default: any. */
  readonly isWanted?: (candidate: SkillCandidate) => boolean;
  /** Default 0. What scores less costs next to nothing. */
  readonly leastScore?: number;
}

/**
 * The skills that can be retrieved, one index a scope, so that no scope's words weigh in another's ranking. A narrower
 * skill, or a name hidden there, hides the wider ones of its name; one that an audience may not be shown hides nothing
 * from it.
 */
export interface Shelves {
  /** Makes these the whole content, touching only what differs. */
  replaceAll(skills: readonly Skill[], hidden?: readonly HiddenName[]): ShelfChanges;
  /** Looks at the shelves as they would be with these slots. Nobody else sees it; afterwards they are as before. */
  trying<T>(slots: readonly ShelfSlot[], look: () => T): T;
  slot(scope: SkillScope, name: string): Skill | 'hidden' | undefined;
  /** What an audience has, by name. */
  visible(audience?: SkillAudience): readonly Skill[];
  get(name: string, audience?: SkillAudience): Skill | undefined;
  /** As `get`, for many names. */
  finder(audience?: SkillAudience): (name: string) => Skill | undefined;
  /** The best `limit` of those that are wanted for these words, best first; equal ones by name. */
  find(
    terms: readonly QueryTerm[],
    limit: number,
    audience?: SkillAudience,
    wanted?: WantedCandidates,
  ): readonly SkillCandidate[];
}

interface Shelf {
  readonly scope: SkillScope;
  readonly byName: Map<string, Skill>;
  readonly hidden: Set<string>;
  /** Small shelves have one only while they are asked. */
  index: SkillIndex | undefined;
}

/** Up to here an index is made when it is needed, as most people's and conversations' skills are seldom asked for. */
const smallShelf = 64;
const mostSmallIndexes = 512;
/** Looked at beyond the limit at first, for those that narrower ones hide. */
const spareMatches = 64;

function label(scope: SkillScope, name: string): string {
  return scope.kind === 'global' ? name : skillSlotKey({ scope, name });
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

function inScopes<T extends HiddenName>(items: readonly T[]): Map<string, Map<string, T>> {
  const groups = new Map<string, Map<string, T>>();
  for (const item of items) {
    const key = skillScopeKey(item.scope);
    const group = groups.get(key) ?? new Map<string, T>();
    group.set(item.name, item);
    groups.set(key, group);
  }
  return groups;
}

export function createShelves(): Shelves {
  const shelves = new Map<string, Shelf>();
  /** Shelves with an index of their own that can be made again, the longest not asked first. */
  const smallOnes = new Set<Shelf>();

  /** Highest precedence first. */
  function shelvesOf(audience: SkillAudience | undefined): readonly Shelf[] {
    return scopesOf(audience).flatMap((scope) => shelves.get(skillScopeKey(scope)) ?? []);
  }

  function shelfFor(scope: SkillScope): Shelf {
    const key = skillScopeKey(scope);
    const shelf = shelves.get(key) ?? { scope, byName: new Map(), hidden: new Set(), index: undefined };
    shelves.set(key, shelf);
    return shelf;
  }

  function dropIfEmpty(shelf: Shelf): void {
    if (shelf.byName.size > 0 || shelf.hidden.size > 0) return;
    shelves.delete(skillScopeKey(shelf.scope));
    smallOnes.delete(shelf);
  }

  function madeIndex(shelf: Shelf): SkillIndex {
    const index = createSkillIndex();
    for (const skill of shelf.byName.values()) index.put(skill);
    shelf.index = index;
    return index;
  }

  function indexOf(shelf: Shelf): SkillIndex {
    if (shelf.byName.size > smallShelf) {
      smallOnes.delete(shelf);
      return shelf.index ?? madeIndex(shelf);
    }
    smallOnes.delete(shelf);
    smallOnes.add(shelf);
    const [oldest] = smallOnes;
    if (oldest !== undefined && smallOnes.size > mostSmallIndexes) {
      smallOnes.delete(oldest);
      oldest.index = undefined;
    }
    return shelf.index ?? madeIndex(shelf);
  }

  function put({ scope, name, holds }: ShelfSlot): void {
    const shelf = shelfFor(scope);
    const before = shelf.byName.get(name);
    if (holds === 'hidden') shelf.hidden.add(name);
    else shelf.hidden.delete(name);
    if (holds === 'hidden' || holds === undefined) {
      shelf.byName.delete(name);
      shelf.index?.remove(name);
    } else {
      shelf.byName.set(name, holds);
      if (shelf.index === undefined && shelf.byName.size > smallShelf) madeIndex(shelf);
      else if (before?.contentHash !== holds.contentHash) shelf.index?.put(holds);
    }
    dropIfEmpty(shelf);
  }

  function slot(scope: SkillScope, name: string): ShelfSlot['holds'] {
    const shelf = shelves.get(skillScopeKey(scope));
    return shelf?.hidden.has(name) ? 'hidden' : shelf?.byName.get(name);
  }

  /** What a name means on one shelf for an audience: 'hidden' hides, nothing leaves it to the wider ones. */
  function meaning(shelf: Shelf, name: string, audience: SkillAudience | undefined): ShelfSlot['holds'] {
    if (shelf.hidden.has(name)) return 'hidden';
    const skill = shelf.byName.get(name);
    return skill !== undefined && mayBeShown(skill, audience) ? skill : undefined;
  }

  function finder(audience?: SkillAudience): (name: string) => Skill | undefined {
    const ranked = shelvesOf(audience);
    return (name) => {
      for (const shelf of ranked) {
        const found = meaning(shelf, name, audience);
        if (found !== undefined) return found === 'hidden' ? undefined : found;
      }
      return undefined;
    };
  }

  /** All names but these; returns those of skills. */
  function takeOut(
    skills: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
    hidden: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
  ): string[] {
    const removed: string[] = [];
    for (const [key, shelf] of [...shelves]) {
      for (const name of shelf.hidden) if (!hidden.get(key)?.has(name)) shelf.hidden.delete(name);
      for (const { scope, name } of [...shelf.byName.values()]) {
        if (skills.get(key)?.has(name)) continue;
        put({ scope, name, holds: undefined });
        removed.push(label(scope, name));
      }
      dropIfEmpty(shelf);
    }
    return removed;
  }

  return {
    slot,
    finder,
    get: (name, audience) => finder(audience)(name),
    replaceAll(skills, hidden = []) {
      const added: string[] = [];
      const updated: string[] = [];
      const removed = takeOut(inScopes(skills), inScopes(hidden));
      for (const skill of skills) {
        const { scope, name } = skill;
        const before = slot(scope, name);
        put({ scope, name, holds: skill });
        if (before === undefined || before === 'hidden') added.push(label(scope, name));
        else if (before.contentHash !== skill.contentHash) updated.push(label(scope, name));
      }
      for (const { scope, name } of hidden) put({ scope, name, holds: 'hidden' });
      return { added: added.sort(), updated: updated.sort(), removed: removed.sort() };
    },
    trying(slots, look) {
      const undo: ShelfSlot[] = [];
      try {
        for (const next of slots) {
          const { scope, name } = next;
          undo.push({ scope, name, holds: slot(scope, name) });
          put(next);
        }
        return look();
      } finally {
        for (const before of undo.reverse()) put(before);
      }
    },
    visible(audience) {
      const found = new Map<string, Skill | 'hidden'>();
      for (const shelf of shelvesOf(audience)) {
        for (const name of shelf.hidden) if (!found.has(name)) found.set(name, 'hidden');
        for (const [name, skill] of shelf.byName) {
          if (!found.has(name) && mayBeShown(skill, audience)) found.set(name, skill);
        }
      }
      return [...found.values()].filter((skill) => skill !== 'hidden').sort(byName);
    },
    find(terms, limit, audience, { isWanted, leastScore } = {}) {
      const ranked = shelvesOf(audience);
      let narrower = 0;
      const candidates = ranked.flatMap((shelf, at) => {
        const kept = keptOf(shelf, ranked.slice(0, at), limit + Math.min(spareMatches, narrower));
        narrower += shelf.byName.size + shelf.hidden.size;
        return kept;
      });
      return candidates.sort((a, b) => b.score - a.score || byName(a.skill, b.skill)).slice(0, limit);

      /** Looks further down until there are enough, or there is nothing further down. */
      function keptOf(shelf: Shelf, above: readonly Shelf[], first: number): readonly SkillCandidate[] {
        for (let most = first; ; most *= 4) {
          const matches = indexOf(shelf).find(terms, most, leastScore);
          const kept = matches.flatMap(({ name, score, because }) => {
            const skill = meaning(shelf, name, audience);
            if (skill === undefined || skill === 'hidden') return [];
            if (above.some((other) => meaning(other, name, audience) !== undefined)) return [];
            const candidate = { skill, score, because };
            return isWanted === undefined || isWanted(candidate) ? [candidate] : [];
          });
          if (kept.length >= limit || matches.length < most) return kept;
        }
      }
    },
  };
}
