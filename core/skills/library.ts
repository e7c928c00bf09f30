import { AppError, toAppError } from '../domain/app-error.ts';
import type { PersonId, TurnId } from '../domain/ids.ts';
import type { Skill, SkillDiagnostic, SkillName, SkillScope } from '../domain/skill.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type {
  ChangeCause,
  DigestedSkill,
  EntryChange,
  Invalidation,
  LibraryState,
  LibraryStore,
  SkillEntry,
} from '../ports/library-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { SampleStore, WaitingSample } from '../ports/sample-store.ts';
import type { SkillSourcePort } from '../ports/skill-source.ts';
import type { SkillAudience } from './audience.ts';
import { contentHashOf, digestedChange, slotsAfter, type UndigestedChange } from './change-library.ts';
import { createInvalidator } from './invalidation.ts';
import { createLibraryRecord, emptyLibrary, type LibraryRecord } from './library-record.ts';
import type { Experiments } from './mask-skills.ts';
import { planFiles } from './plan-files.ts';
import { queryTerms } from './query-terms.ts';
import { restorePlan } from './restore-plan.ts';
import type { RetrievalMode, VectorsByText } from './retrieval-modes.ts';
import {
  chooseSkills,
  presentSkills,
  type RetrievalSettings,
  type RetrievedSkills,
  type RetrieveOptions,
} from './retrieve-skills.ts';
import type { SelectionLimits, SkillCandidate } from './select-skills.ts';
import { createShelves, type ShelfChanges, type Shelves } from './shelves.ts';
import { createVectorIndex } from './vector-index.ts';

export interface SkillLibraryDeps {
  readonly source: SkillSourcePort;
  readonly store: LibraryStore;
  readonly samples: Pick<SampleStore, 'waiting' | 'counts'>;
  readonly ids: Pick<Ids, 'digest'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** Of one prompt. */
  readonly limits: SelectionLimits;
  /** @default 'lexical' */
  readonly retrieval?: RetrievalMode;
  /** As `RetrievalSettings.meaningFloor`. */
  readonly meaningFloor?: number;
  /** What a change drops: samples that would be given other skills now, or all earlier ones. @default 'scoped' */
  readonly invalidation?: Invalidation['mode'];
  /** Absent: nothing is masked by chance. */
  readonly experiments?: Experiments;
  /** Lets others have their turn in the middle of a long look. Default: only what is already waiting. */
  readonly yieldNow?: () => Promise<void>;
}

export interface ReloadReport extends ShelfChanges {
  readonly generation: number;
  readonly diagnostics: readonly SkillDiagnostic[];
}

export interface ChangeRequest {
  readonly cause: ChangeCause;
  readonly entries: readonly UndigestedChange[];
  /** Turns whose failures it was made from. */
  readonly consumed?: readonly TurnId[];
  /** Asked when its turn has come, after the changes before it: `false` makes it no change at all. */
  readonly onlyIf?: () => boolean;
}

export interface ChangeReport {
  /** After the change. */
  readonly generation: number;
  /** False: everything was so already. */
  readonly changed: boolean;
  /** Waiting samples that it dropped. */
  readonly dropped: number;
}

/** Told after each change of anything, when readers have it already. */
export type LibraryListener = (news: { readonly generation: number; readonly cause: ChangeCause }) => void;

/**
 * The living skill library (S in the meta-model). Reading is synchronous and from memory; a change shows either the old
 * generation with its skills or the new one with its own, never a mixture. Changes and reloads run one after another;
 * where one rejects, with the store's `AppError`, everything stays as it was.
 */
export interface SkillLibrary
  extends Pick<LibraryStore, 'history' | 'version' | 'versions' | 'files' | 'entriesAt'> {
  /**
   * Reads the source, stores what changed as the next generation, and makes it retrievable, touching only what changed.
   * Call it once before anything else and again when the source may have changed.
   */
  reload(): Promise<ReloadReport>;
  /** Makes a change of any number of entries as one, and drops the waiting samples that it makes stale. */
  change(request: ChangeRequest): Promise<ChangeReport>;
  /**
   * Makes every entry of the scopes included (all where absent) as it was under a generation, as one change; names that
   * came later are retired. Rejects with `not_found` for a generation that there is no record of.
   */
  restore(
    generation: number,
    by?: PersonId,
    isIncluded?: (scope: SkillScope) => boolean,
  ): Promise<ChangeReport>;
  /** 0 before the first reload. */
  generation(): number;
  /** Of every change, also of what cannot be retrieved. 0 before the first reload. */
  revision(): number;
  /** What an audience has, by name; without one, what everybody has. `withResting`: candidates and retired ones too. */
  list(audience?: SkillAudience, options?: { readonly withResting?: boolean }): readonly Skill[];
  /** Candidates and retired ones that an audience would see, by name. */
  resting(audience?: SkillAudience): readonly Skill[];
  /** Every skill that can be retrieved, of all scopes. */
  active(): readonly Skill[];
  /** What was wrong with the source at the last reload. */
  diagnostics(): readonly SkillDiagnostic[];
  get(name: string, audience?: SkillAudience): Skill | undefined;
  /** The narrowest of that name, also among candidates and retired ones. */
  find(name: string, audience?: SkillAudience): Skill | undefined;
  /** A name as it stands in one scope, whatever its state. */
  entry(scope: SkillScope, name: SkillName): SkillEntry | undefined;
  /** Its text there, whatever its state. */
  at(scope: SkillScope, name: SkillName): Skill | undefined;
  entriesOf(isIncluded: (scope: SkillScope) => boolean): readonly SkillEntry[];
  /** Skills for what a person wrote: the raw message, its code, quotes and mentions are not looked at. */
  retrieve(message: string, audience?: SkillAudience, options?: RetrieveOptions): RetrievedSkills;
  /** For people who look for a skill: names that contain the text first, then by relevance, without a floor. */
  search(text: string, limit?: number, audience?: SkillAudience): readonly SkillCandidate[];
  /**
   * Whether a turn of an earlier generation would be given other skills now; with `strict` invalidation, whether it is of
   * an earlier one. In the modes that compare meanings: whether anything that it could be given has changed since, as
   * nobody kept the vector of its words.
   */
  isStale(turn: WaitingSample): Promise<boolean>;
  /** Returns what ends it. */
  onChange(listener: LibraryListener): () => void;
  readonly vectors: {
    /** The vector of a text, for the modes that compare meanings. One of other dimensions than the rest is not taken. */
    put(contentHash: string, vector: Float32Array): void;
  };
}

const everywhere: SkillScope = { kind: 'global' };

export function createSkillLibrary(deps: SkillLibraryDeps): SkillLibrary {
  const { source, store, samples, ids, clock, logger } = deps;
  const { retrieval = 'lexical', invalidation: mode = 'scoped', yieldNow = () => Promise.resolve() } = deps;
  const settings: RetrievalSettings = {
    mode: retrieval,
    limits: deps.limits,
    digest: (text) => ids.digest(text),
    ...(deps.meaningFloor === undefined ? {} : { meaningFloor: deps.meaningFloor }),
    ...(deps.experiments === undefined ? {} : { experiments: deps.experiments }),
  };
  const shelves = createShelves();
  /** Never pruned: a text that comes back is not embedded again. */
  const index = createVectorIndex();
  const vectors: VectorsByText = { index, nameOf: (contentHash) => record.nameOf(contentHash) };
  const invalidator = createInvalidator({ samples, store, settings, vectors, mode, yieldNow });
  const listeners = new Set<LibraryListener>();
  let record = createLibraryRecord(emptyLibrary);
  /** Whether `record` was read from the store yet. */
  let isRead = false;
  let diagnostics: readonly SkillDiagnostic[] = [];
  /** What each file said when it was last read. */
  let fileHashes: ReadonlyMap<string, string> | undefined;
  let lastChange: Promise<unknown> = Promise.resolve();

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const next = lastChange.then(run);
    lastChange = next.catch(() => undefined);
    return next;
  }

  /** Nothing in here waits: a reader sees all of it or nothing. */
  function adopt(state: LibraryState): ShelfChanges {
    const changes = shelves.replaceAll(state.skills, state.hidden);
    record = createLibraryRecord(state);
    isRead = true;
    return changes;
  }

  function tell(cause: ChangeCause): void {
    for (const listener of listeners) {
      try {
        listener({ generation: record.generation, cause });
      } catch (error) {
        logger.error('library_listener_failed', { error });
      }
    }
  }

  async function readAndApply(): Promise<ReloadReport> {
    const loaded = await source.load();
    const digested = loaded.skills.map(
      (text): DigestedSkill => ({ ...text, contentHash: contentHashOf(text, settings.digest) }),
    );
    const state = await store.sync(everywhere, digested, clock.now(), await invalidationByFiles(digested));
    const isChanged = !isRead || state.revision !== record.revision;
    const changes = adopt(state);
    fileHashes = new Map([
      ...(fileHashes ?? []),
      ...digested.map(({ name, contentHash }) => [name, contentHash] as const),
    ]);
    diagnostics = loaded.diagnostics;
    logger.info('skills_loaded', {
      generation: state.generation,
      skills: state.skills.length,
      added: changes.added.length,
      updated: changes.updated.length,
      removed: changes.removed.length,
    });
    for (const { severity, source: file, message } of diagnostics) {
      logger.warn('skill_problem', { severity, file, problem: message });
    }
    if (isChanged) tell({ kind: 'files' });
    return { generation: state.generation, diagnostics, ...changes };
  }

  async function invalidationByFiles(texts: readonly DigestedSkill[]): Promise<Invalidation> {
    const before = isRead ? undefined : await store.state();
    const known: LibraryRecord = before === undefined ? record : createLibraryRecord(before);
    const hashes = fileHashes === undefined ? {} : { hashes: fileHashes };
    const planned = await planFiles(everywhere, texts, { record: known, store, ...hashes });
    const slots = await slotsAfter(planned, known, store);
    // Before the first reload readers have nothing yet, and are not to have the old library in between.
    let apart: Shelves | undefined;
    const there = (): Shelves => {
      if (before === undefined) return shelves;
      if (apart === undefined) {
        apart = createShelves();
        apart.replaceAll(before.skills, before.hidden);
      }
      return apart;
    };
    return invalidator.by(slots, known.generation, there);
  }

  async function changeOnce({ cause, entries, consumed = [], onlyIf }: ChangeRequest): Promise<ChangeReport> {
    if (!isRead) adopt(await store.state());
    const { generation, revision } = record;
    if (onlyIf?.() === false) return { generation, changed: false, dropped: 0 };
    const changes: readonly EntryChange[] = entries.map((entry) => digestedChange(entry, settings.digest));
    const slots = await slotsAfter(changes, record, store);
    const invalidation = await invalidator.by(slots, generation, () => shelves);
    const droppedBefore = invalidation.mode === 'strict' ? (await samples.counts()).dropped : 0;
    const state = await store.apply({
      at: clock.now(),
      expectedRevision: revision,
      cause,
      entries: changes,
      consumed,
      invalidation,
    });
    adopt(state);
    const changed = state.revision !== revision;
    const dropped = await droppedBy(invalidation, droppedBefore, state.generation > generation);
    logger.info('library_changed', { kind: cause.kind, generation: state.generation, changed, dropped });
    if (changed) tell(cause);
    return { generation: state.generation, changed, dropped };
  }

  async function droppedBy(invalidation: Invalidation, before: number, grew: boolean): Promise<number> {
    if (!grew) return 0;
    if (invalidation.mode === 'scoped') return invalidation.turns.length;
    try {
      return Math.max(0, (await samples.counts()).dropped - before);
    } catch (error) {
      // The change is made: whoever is told that it failed would make it once more.
      logger.warn('drops_not_counted', { error });
      return 0;
    }
  }

  /** Somebody else may have changed what is stored: then once more, by what is there now. */
  async function changeNow(request: () => ChangeRequest | Promise<ChangeRequest>): Promise<ChangeReport> {
    try {
      return await changeOnce(await request());
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code !== 'conflict') throw error;
      adopt(await store.state());
      return changeOnce(await request());
    }
  }

  async function restoring(
    generation: number,
    by: PersonId | undefined,
    isIncluded: (scope: SkillScope) => boolean,
  ): Promise<ChangeRequest> {
    if (!isRead) adopt(await store.state());
    const present = record.generation;
    const [then, now] = await Promise.all([store.entriesAt(generation), store.entriesAt(present)]);
    if (then === undefined || now === undefined) {
      throw new AppError(
        'not_found',
        `There is no record of generation ${generation}. The library is at generation ${present}: choose one that its history shows.`,
      );
    }
    const cause = { kind: 'restore', restores: generation, ...(by === undefined ? {} : { by }) } as const;
    return { cause, entries: restorePlan(then, now, isIncluded) };
  }

  return {
    reload: () => inTurn(readAndApply),
    change: (request) => inTurn(() => changeNow(() => request)),
    restore: (generation, by, isIncluded = () => true) =>
      inTurn(() => changeNow(() => restoring(generation, by, isIncluded))),
    generation: () => record.generation,
    revision: () => record.revision,
    list(audience, options = {}) {
      const visible = shelves.visible(audience);
      if (options.withResting !== true) return visible;
      return [...visible, ...record.resting(audience)].sort((a, b) =>
        a.name < b.name ? -1 : Number(a.name > b.name),
      );
    },
    resting: (audience) => record.resting(audience),
    active: () => record.active,
    diagnostics: () => diagnostics,
    get: (name, audience) => shelves.get(name, audience),
    find: (name, audience) => record.find(name, audience),
    entry: (scope, name) => record.entry(scope, name),
    at: (scope, name) => record.at(scope, name),
    entriesOf: (isIncluded) => record.entriesOf(isIncluded),
    retrieve(message, audience, { sessionId, queryVector } = {}) {
      const selection = chooseSkills(message, audience, queryVector, settings, shelves, vectors);
      return presentSkills(selection, record.generation, sessionId, settings);
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
    isStale: (turn) => invalidator.isStale(turn, record.generation, shelves),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    vectors: {
      put(contentHash, vector) {
        if (!index.put(contentHash, vector)) logger.warn('vector_not_taken', { length: vector.length });
      },
    },
    history: (limit, of) => store.history(limit, of),
    version: (name, version, contentHash) => store.version(name, version, contentHash),
    versions: (scope, name, limit) => store.versions(scope, name, limit),
    files: (scope, name, version) => store.files(scope, name, version),
    entriesAt: (generation) => store.entriesAt(generation),
  };
}
