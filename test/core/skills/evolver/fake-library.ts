import { AppError } from '../../../../core/domain/app-error.ts';
import {
  isRetrievable,
  type Skill,
  type SkillName,
  type SkillScope,
  type SkillStanding,
  skillScopeKey,
} from '../../../../core/domain/skill.ts';
import type { LibraryEvent, SkillEntry } from '../../../../core/ports/library-store.ts';
import type { SkillAudience } from '../../../../core/skills/audience.ts';
import type {
  ChangeableLibrary,
  DraftedEntry,
  EvolverLibrary,
} from '../../../../core/skills/evolver/evolver-library.ts';
import { sampleSkill } from '../../../fakes/skills/sample-skill.ts';

type ChangeRequest = Parameters<ChangeableLibrary['change']>[0];

export interface FakeLibrary extends EvolverLibrary, ChangeableLibrary {
  /** Puts a skill there as if it always had been. */
  add(name: string, changes?: Partial<Omit<Skill, 'name'>>): Skill;
  list(audience?: SkillAudience): readonly Skill[];
  readonly changes: readonly ChangeRequest[];
  generation(): number;
  /** Every change from now on first waits for this, and rejects where it does. */
  before(gate: (() => Promise<void>) | undefined): void;
}

const kinds = ['global', 'space', 'conversation', 'user'];

function isFor(skill: Skill, audience: SkillAudience | undefined): boolean {
  const { scope } = skill;
  if (skill.learnedFrom?.isPrivate === true && audience?.isShared !== false) return false;
  if (scope.kind === 'global') return true;
  if (audience?.spaceId !== scope.spaceId) return false;
  if (scope.kind === 'conversation') return audience.conversationKey === scope.conversationKey;
  return scope.kind === 'space' || audience.personId === scope.personId;
}

/** The library as the evolver sees it: entries, versions and a record in memory. */
export function createFakeLibrary(now: () => number): FakeLibrary {
  const versions = new Map<string, Skill[]>();
  const entries = new Map<string, SkillEntry>();
  const events: LibraryEvent[] = [];
  const changes: ChangeRequest[] = [];
  let generation = 0;
  let gate: (() => Promise<void>) | undefined;

  const keyOf = (scope: SkillScope, name: string): string => `${skillScopeKey(scope)} ${name}`;
  const at = (scope: SkillScope, name: SkillName): Skill | undefined => {
    const entry = entries.get(keyOf(scope, name));
    const text = versions.get(keyOf(scope, name))?.find(({ version }) => version === entry?.version);
    if (entry === undefined || text === undefined || entry.state === 'hidden') return undefined;
    const { state, isProven, isPinned, maskedContexts, trial, since } = entry;
    const standing: SkillStanding = { state, isProven, isPinned, maskedContexts, trial, since };
    return { ...text, standing };
  };

  function apply(change: DraftedEntry): { before: SkillEntry | undefined; after: SkillEntry } {
    const key = keyOf(change.scope, change.name);
    const before = entries.get(key);
    const known = versions.get(key) ?? [];
    versions.set(key, known);
    if (change.text !== undefined) {
      known.push({
        ...sampleSkill(change.name),
        ...change.text,
        version: known.length + 1,
        scope: change.scope,
      });
    }
    const version = change.text === undefined ? (change.version ?? before?.version ?? 0) : known.length;
    const isNew = version !== before?.version;
    const after: SkillEntry = {
      scope: change.scope,
      name: change.name,
      version,
      state: change.state ?? before?.state ?? 'active',
      isProven: change.isProven ?? (isNew ? false : (before?.isProven ?? false)),
      isPinned: change.isPinned ?? before?.isPinned ?? false,
      maskedContexts: change.maskedContexts ?? [],
      trial: (before?.trial ?? 0) + Number(isNew),
      since: isNew ? now() : (before?.since ?? now()),
    };
    entries.set(key, after);
    return { before, after };
  }

  return {
    changes,
    generation: () => generation,
    before(next) {
      gate = next;
    },
    add(name, given = {}) {
      const skill = sampleSkill(name, given);
      const { standing, scope } = skill;
      const key = keyOf(scope, name);
      versions.set(key, [skill]);
      entries.set(key, { scope, name: skill.name, version: 1, ...standing });
      return skill;
    },
    list(audience) {
      const visible = new Map<string, Skill>();
      const all = [...entries.values()].toSorted(
        (a, b) => kinds.indexOf(a.scope.kind) - kinds.indexOf(b.scope.kind),
      );
      for (const { scope, name } of all) {
        const skill = at(scope, name);
        if (skill !== undefined && isRetrievable(skill.standing.state) && isFor(skill, audience)) {
          visible.set(name, skill);
        }
      }
      return [...visible.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    search(text, limit, audience) {
      const words = text.split(' ');
      return this.list(audience)
        .filter(({ name, description }) => words.some((word) => `${name} ${description}`.includes(word)))
        .slice(0, limit)
        .map((skill) => ({ skill }));
    },
    retrieve(message, audience) {
      return { chosen: this.search(message, 6, audience) };
    },
    entry: (scope, name) => entries.get(keyOf(scope, name)),
    at,
    async version(name, version) {
      const all = [...versions.values()].flat();
      return all.find((skill) => skill.name === name && skill.version === version);
    },
    async change(request) {
      await gate?.();
      if (request.onlyIf?.() === false) return { generation };
      if (request.entries.length === 0) throw new AppError('invalid_input', 'A change changes something.');
      changes.push(request);
      generation += 1;
      for (const { before, after } of request.entries.map(apply)) {
        events.push({ revision: changes.length, generation, at: now(), cause: request.cause, before, after });
      }
      return { generation };
    },
    async history(limit, of) {
      const found = events.filter(
        ({ after }) =>
          of === undefined ||
          (after.name === of.name && skillScopeKey(after.scope) === skillScopeKey(of.scope)),
      );
      return found.toReversed().slice(0, limit);
    },
  };
}
