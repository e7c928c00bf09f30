import {
  isRetrievable,
  type Skill,
  type SkillName,
  skillScopeKey,
  skillSlotKey,
} from '../../core/domain/skill.ts';
import type {
  LibraryState,
  LibraryStore,
  SkillEntry,
  StoredSkillFile,
} from '../../core/ports/library-store.ts';
import type { SqliteDatabase } from './database.ts';
import {
  ENTRY_COLUMNS,
  type EntryRow,
  LOG_COLUMNS,
  type LogRow,
  SKILL_COLUMNS,
  type SkillRow,
  toEvent,
  toKeptEntry,
  toSkill,
} from './library-rows.ts';
import { readRows } from './rows.ts';

type Reads = Pick<LibraryStore, 'version' | 'versions' | 'files' | 'history' | 'entriesAt'> & {
  /** For a transaction or snapshot of the caller's. */
  readState(): LibraryState;
};

export interface HeadRow {
  readonly generation: number;
  readonly revision: number;
  readonly first_generation: number;
}

/** The one row that counts the library's changes. */
export const SELECT_HEAD = 'SELECT generation, revision, first_generation FROM library_head WHERE one = 1';

const GLOBAL = skillScopeKey({ kind: 'global' });
const byScopeAndName = (a: SkillEntry, b: SkillEntry): number =>
  skillSlotKey(a) < skillSlotKey(b) ? -1 : skillSlotKey(a) > skillSlotKey(b) ? 1 : 0;

/** The part of the library that reads. */
export function createLibraryReads(database: SqliteDatabase): Reads {
  const head = database.statement<[], HeadRow>(SELECT_HEAD);
  const skills = database.statement<[], SkillRow>(`
    SELECT ${SKILL_COLUMNS} FROM skill_entries e JOIN skill_versions v USING (scope, name, version)
    ORDER BY e.scope, e.name`);
  const hidden = database.statement<[], EntryRow>(
    `SELECT ${ENTRY_COLUMNS} FROM skill_entries e WHERE e.state = 'hidden' ORDER BY e.scope, e.name`,
  );
  const entries = database.statement<[], EntryRow>(`SELECT ${ENTRY_COLUMNS} FROM skill_entries e`);
  const version = database.statement<[string, number, string | null, string | null, string], SkillRow>(`
    SELECT ${SKILL_COLUMNS} FROM skill_versions v JOIN skill_entries e USING (scope, name)
    WHERE v.name = ? AND v.version = ? AND (? IS NULL OR v.content_hash = ?)
    ORDER BY v.scope <> ?, v.scope LIMIT 1`);
  const versions = database.statement<[string, string, number], SkillRow>(`
    SELECT ${SKILL_COLUMNS} FROM skill_versions v JOIN skill_entries e USING (scope, name)
    WHERE v.scope = ? AND v.name = ? ORDER BY v.version DESC LIMIT ?`);
  const files = database.statement<[string, string, number], { path: string; bytes: Buffer }>(
    'SELECT path, bytes FROM skill_files WHERE scope = ? AND name = ? AND version = ? ORDER BY path',
  );
  const log = database.statement<[number], LogRow>(
    `SELECT ${LOG_COLUMNS} FROM library_log ORDER BY revision DESC, scope DESC, name DESC LIMIT ?`,
  );
  const logOfName = database.statement<[string, string, number], LogRow>(
    `SELECT ${LOG_COLUMNS} FROM library_log WHERE scope = ? AND name = ? ORDER BY revision DESC LIMIT ?`,
  );
  const logAfter = database.statement<[number], LogRow>(`
    SELECT ${LOG_COLUMNS} FROM library_log WHERE generation > ?
    ORDER BY generation DESC, revision DESC`);

  const idOf = (row: { readonly name: string; readonly version: number }): string =>
    `${row.name} ${row.version}`;
  const readSkills = (rows: readonly SkillRow[]): readonly Skill[] =>
    readRows(database.logger, 'skill_versions', rows, idOf, toSkill);
  const readEntries = (rows: readonly EntryRow[]) =>
    readRows(database.logger, 'skill_entries', rows, idOf, toKeptEntry);
  const readLog = (rows: readonly LogRow[]) =>
    readRows(database.logger, 'library_log', rows, (row) => `${row.revision} ${row.name}`, toEvent);

  function readState(): LibraryState {
    const all = readSkills(skills.all());
    return {
      generation: head.get()?.generation ?? 0,
      revision: head.get()?.revision ?? 0,
      skills: all.filter(({ standing }) => isRetrievable(standing.state)),
      resting: all.filter(({ standing }) => !isRetrievable(standing.state)),
      hidden: readEntries(hidden.all()).map(({ scope, name }) => ({ scope, name })),
    };
  }

  /** From the present ones back over what happened since. */
  function entriesAt(generation: number): readonly SkillEntry[] | undefined {
    const now = head.get();
    if (now === undefined || generation > now.generation || generation < now.first_generation)
      return undefined;
    const found = new Map<string, SkillEntry>();
    for (const { file: _, ...entry } of readEntries(entries.all())) found.set(skillSlotKey(entry), entry);
    const rows = logAfter.all(generation);
    const events = readLog(rows);
    // With a part of it damaged nobody knows how it was.
    if (events.length < rows.length) return undefined;
    for (const { before, after } of events) {
      if (before === undefined) found.delete(skillSlotKey(after));
      else found.set(skillSlotKey(after), before);
    }
    return [...found.values()].sort(byScopeAndName);
  }

  return {
    readState,
    version: async (name: SkillName, number, contentHash) => {
      const hash = contentHash ?? null;
      const row = database.attempt(() => version.get(name, number, hash, hash, GLOBAL));
      return row && readSkills([row])[0];
    },
    versions: async (scope, name, limit) =>
      readSkills(database.attempt(() => versions.all(skillScopeKey(scope), name, limit))),
    files: async (scope, name, number) => {
      const rows = database.attempt(() => files.all(skillScopeKey(scope), name, number));
      if (rows.length === 0) return undefined;
      return rows.map(({ path, bytes }): StoredSkillFile => ({ path, bytes: new Uint8Array(bytes) }));
    },
    history: async (limit, of) =>
      readLog(
        database.attempt(() =>
          of === undefined ? log.all(limit) : logOfName.all(skillScopeKey(of.scope), of.name, limit),
        ),
      ),
    // One transaction, so that what is and what happened belong together.
    entriesAt: async (generation) => database.snapshot(() => entriesAt(generation)),
  };
}
