import { isSkillName, type Skill, type SkillName } from '../../core/domain/skill.ts';
import type { LibraryEvent, SkillEntry } from '../../core/ports/library-store.ts';
import type { FileMemory, KeptEntry } from './library-rules.ts';
import { isChangeCause, isEntry, isEntryState, isSkillOrigin, parseScope } from './library-wire.ts';
import { isProvenance, isTexts, parseColumn } from './wire.ts';

export interface EntryRow {
  readonly scope: string;
  readonly name: string;
  readonly version: number;
  readonly state: string;
  readonly is_proven: number;
  readonly is_pinned: number;
  readonly masked_contexts: string;
  readonly trial: number;
  readonly since: number;
  readonly file_version: number | null;
  readonly file_state: FileMemory['state'] | null;
}

/** Selects an `EntryRow` from `skill_entries e`. */
export const ENTRY_COLUMNS = `e.scope, e.name, e.version, e.state, e.is_proven, e.is_pinned, e.masked_contexts,
  e.trial, e.since, e.file_version, e.file_state`;

export function toKeptEntry(row: EntryRow): KeptEntry | undefined {
  const scope = parseScope(row.scope);
  const maskedContexts = parseColumn(row.masked_contexts, isTexts);
  if (scope === undefined || maskedContexts === undefined) return undefined;
  if (!isSkillName(row.name) || !isEntryState(row.state)) return undefined;
  return {
    scope,
    name: row.name,
    version: row.version,
    state: row.state,
    isProven: row.is_proven === 1,
    isPinned: row.is_pinned === 1,
    maskedContexts,
    trial: row.trial,
    since: row.since,
    ...(row.file_version === null || row.file_state === null
      ? {}
      : { file: { version: row.file_version, state: row.file_state } }),
  };
}

/** A version with where its name stands now. */
export interface SkillRow {
  readonly scope: string;
  readonly name: SkillName;
  readonly version: number;
  readonly content_hash: string;
  readonly description: string;
  readonly triggers: string;
  readonly body: string;
  readonly source: string;
  readonly origin: string;
  readonly learned_from: string | null;
  readonly state: string;
  readonly is_proven: number;
  readonly is_pinned: number;
  readonly masked_contexts: string;
  readonly trial: number;
  readonly since: number;
}

/** Selects a `SkillRow` from `skill_entries e` joined with `skill_versions v`. */
export const SKILL_COLUMNS = `v.scope, v.name, v.version, v.content_hash, v.description, v.triggers, v.body,
  v.source, v.origin, v.learned_from, e.state, e.is_proven, e.is_pinned, e.masked_contexts, e.trial, e.since`;

export function toSkill(row: SkillRow): Skill | undefined {
  const scope = parseScope(row.scope);
  const triggers = parseColumn(row.triggers, isTexts);
  const origin = parseColumn(row.origin, isSkillOrigin);
  const maskedContexts = parseColumn(row.masked_contexts, isTexts);
  if (!scope || !triggers || !origin || !maskedContexts || !isEntryState(row.state)) return undefined;
  const learnedFrom = row.learned_from === null ? undefined : parseColumn(row.learned_from, isProvenance);
  // Without its people nobody would know who must agree.
  if (row.learned_from !== null && learnedFrom === undefined) return undefined;
  return {
    name: row.name,
    description: row.description,
    triggers,
    body: row.body,
    source: row.source,
    version: row.version,
    contentHash: row.content_hash,
    scope,
    origin,
    standing: {
      // What hides others now has no text of its own: its versions rest.
      state: row.state === 'hidden' ? 'retired' : row.state,
      isProven: row.is_proven === 1,
      isPinned: row.is_pinned === 1,
      maskedContexts,
      trial: row.trial,
      since: row.since,
    },
    ...(learnedFrom === undefined ? {} : { learnedFrom }),
  };
}

export interface LogRow {
  readonly revision: number;
  readonly scope: string;
  readonly name: string;
  readonly generation: number;
  readonly occurred_at: number;
  readonly cause: string;
  readonly before: string | null;
  readonly after: string;
}

/** Selects a `LogRow`. */
export const LOG_COLUMNS = 'revision, scope, name, generation, occurred_at, cause, before, after';

export function toEvent(row: LogRow): LibraryEvent | undefined {
  const cause = parseColumn(row.cause, isChangeCause);
  const after = parseColumn(row.after, isEntry);
  const before: SkillEntry | undefined = row.before === null ? undefined : parseColumn(row.before, isEntry);
  if (cause === undefined || after === undefined) return undefined;
  if (row.before !== null && before === undefined) return undefined;
  return { revision: row.revision, generation: row.generation, at: row.occurred_at, cause, before, after };
}
