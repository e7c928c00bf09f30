import type { ShownSkill, Skill, SkillDiagnostic } from '../domain/skill.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { DigestedSkill, LibraryStore } from '../ports/library-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { SkillSourcePort } from '../ports/skill-source.ts';
import { renderSkillBlock } from './inject.ts';
import { queryTerms } from './query-terms.ts';
import {
  type Selection,
  type SelectionLimits,
  type SkillCandidate,
  selectSkills,
  toShownSkill,
} from './select-skills.ts';
import { createShelves, type ShelfChanges, type SkillAudience } from './shelves.ts';

export interface SkillLibraryDeps {
  readonly source: SkillSourcePort;
  readonly store: LibraryStore;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of one prompt. */
  readonly limits: SelectionLimits;
}

/** What one turn is given, all of one moment. */
export interface RetrievedSkills extends Selection {
  readonly generation: number;
  /** The chosen ones as the turn records them, best first. */
  readonly shown: readonly ShownSkill[];
  /** The block for the system prompt; '' when nothing was chosen. */
  readonly block: string;
}

export interface ReloadReport extends ShelfChanges {
  readonly generation: number;
  readonly diagnostics: readonly SkillDiagnostic[];
}

/**
 * The living skill library (S in the meta-model). Reading is synchronous and from memory; a reload shows either the
 * old generation with its skills or the new one with its own, never a mixture.
 */
export interface SkillLibrary {
  /**
   * Reads the source, stores what changed as the next generation, and makes it retrievable, touching only what changed.
   * Call it once before anything else and again when the source may have changed; calls run one after another. Rejects
   * with the store's `AppError`; everything then stays as it was.
   */
  reload(): Promise<ReloadReport>;
  /** 0 before the first reload. */
  generation(): number;
  /** What an audience has, by name. */
  list(audience?: SkillAudience): readonly Skill[];
  /** What was wrong with the source at the last reload. */
  diagnostics(): readonly SkillDiagnostic[];
  get(name: string, audience?: SkillAudience): Skill | undefined;
  /** Skills for what a person wrote: the raw message, its code, quotes and mentions are not looked at. */
  retrieve(message: string, audience?: SkillAudience): RetrievedSkills;
  /** For people who look for a skill: names that contain the text first, then by relevance, without a floor. */
  search(text: string, limit?: number, audience?: SkillAudience): readonly SkillCandidate[];
}

/** Looked at beyond `topK`, so that duplicates and too long ones can be passed over. */
const spareCandidates = 26;

export function createSkillLibrary(deps: SkillLibraryDeps): SkillLibrary {
  const { source, store, ids, clock, logger, limits } = deps;
  const shelves = createShelves();
  let generation = 0;
  let diagnostics: readonly SkillDiagnostic[] = [];
  let lastReload: Promise<unknown> = Promise.resolve();

  async function readAndApply(): Promise<ReloadReport> {
    const loaded = await source.load();
    const digested = loaded.skills.map(
      (text): DigestedSkill => ({
        ...text,
        contentHash: ids.digest(JSON.stringify([text.name, text.description, text.triggers, text.body])),
      }),
    );
    const state = await store.sync({ kind: 'global' }, digested, clock.now());
    // Nothing below waits: a reader sees all of it or nothing.
    const changes = shelves.replaceAll(state.skills);
    generation = state.generation;
    diagnostics = loaded.diagnostics;
    logger.info('skills_loaded', {
      generation,
      skills: state.skills.length,
      added: changes.added.length,
      updated: changes.updated.length,
      removed: changes.removed.length,
    });
    for (const { severity, source: file, message } of diagnostics) {
      logger.warn('skill_problem', { severity, file, problem: message });
    }
    return { generation, diagnostics, ...changes };
  }

  return {
    reload() {
      const run = lastReload.then(readAndApply);
      lastReload = run.catch(() => undefined);
      return run;
    },
    generation: () => generation,
    list: (audience) => shelves.visible(audience),
    diagnostics: () => diagnostics,
    get: (name, audience) => shelves.get(name, audience),
    retrieve(message, audience) {
      const candidates = shelves.find(queryTerms(message), limits.topK + spareCandidates, audience);
      const selection = selectSkills(candidates, limits);
      return {
        ...selection,
        generation,
        shown: selection.chosen.map(toShownSkill),
        block: renderSkillBlock(selection.chosen.map(({ skill }) => skill)),
      };
    },
    search(text, limit = 10, audience) {
      const wanted = text.trim().toLowerCase().replaceAll(/\s+/g, '-');
      const named = shelves.visible(audience).filter(({ name }) => wanted !== '' && name.includes(wanted));
      const found = shelves.find(queryTerms(text), limit, audience);
      const first = named.map(
        (skill) => found.find((match) => match.skill === skill) ?? { skill, score: 0, because: [] },
      );
      const rest = found.filter(({ skill }) => !named.includes(skill));
      return [...first, ...rest].slice(0, limit);
    },
  };
}
