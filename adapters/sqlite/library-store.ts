import { AppError } from '../../core/domain/app-error.ts';
import type { SkillName } from '../../core/domain/skill.ts';
import { type SkillScope, skillScopeKey } from '../../core/domain/skill.ts';
import type {
  ChangeCause,
  DigestedSkill,
  EntryChange,
  Invalidation,
  LibraryChange,
  LibraryState,
  LibraryStore,
  SkillEntry,
} from '../../core/ports/library-store.ts';
import type { SqliteDatabase } from './database.ts';
import { createLibraryReads, type HeadRow, SELECT_HEAD } from './library-reads.ts';
import { ENTRY_COLUMNS, type EntryRow, toKeptEntry } from './library-rows.ts';
import {
  entryAfter,
  entryText,
  type FiledEntry,
  type FilePlan,
  fileAfterChange,
  isRetrievalChanged,
  type KeptEntry,
  planFile,
  planMissing,
} from './library-rules.ts';
import { isSkillOrigin } from './library-wire.ts';
import { readRows } from './rows.ts';
import { createSampleDrops } from './sample-drops.ts';
import { parseColumn } from './wire.ts';

interface FiledRow extends EntryRow {
  readonly content_hash: string | null;
  readonly origin: string | null;
  readonly file_hash: string | null;
}

/** An entry before the whole change and after what was done so far. */
interface Touched {
  readonly before: SkillEntry | undefined;
  readonly after: SkillEntry;
}

type Value = string | number | null;

const idOf = (row: EntryRow): string => `${row.name} ${row.version}`;
const keyOf = (scope: string, name: string): string => `${scope} ${name}`;

export function createLibraryStore(database: SqliteDatabase): LibraryStore {
  const { readState, ...reads } = createLibraryReads(database);
  const drops = createSampleDrops(database);
  const head = database.statement<[], HeadRow>(SELECT_HEAD);
  const setHead = database.statement<[number, number]>(
    'UPDATE library_head SET generation = ?, revision = ? WHERE one = 1',
  );
  const entry = database.statement<[string, string], EntryRow>(
    `SELECT ${ENTRY_COLUMNS} FROM skill_entries e WHERE e.scope = ? AND e.name = ?`,
  );
  const filed = database.statement<[string], FiledRow>(`
    SELECT ${ENTRY_COLUMNS}, v.content_hash, v.origin, f.content_hash AS file_hash FROM skill_entries e
    LEFT JOIN skill_versions v ON v.scope = e.scope AND v.name = e.name AND v.version = e.version
    LEFT JOIN skill_versions f ON f.scope = e.scope AND f.name = e.name AND f.version = e.file_version
    WHERE e.scope = ?`);
  const putEntry = database.statement<readonly Value[]>(`
    INSERT INTO skill_entries (scope, name, version, state, is_proven, is_pinned, masked_contexts, trial,
      since, file_version, file_state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (scope, name) DO UPDATE SET version = excluded.version, state = excluded.state,
      is_proven = excluded.is_proven, is_pinned = excluded.is_pinned,
      masked_contexts = excluded.masked_contexts, trial = excluded.trial, since = excluded.since,
      file_version = excluded.file_version, file_state = excluded.file_state`);
  const putFile = database.statement<[number, string, string, string, number, string]>(`
    UPDATE skill_entries SET file_version = ?, file_state = ? WHERE scope = ? AND name = ?
      AND (file_version, file_state) IS NOT (?, ?)`);
  const latest = database.statement<[string, string], { version: number | null }>(
    'SELECT MAX(version) AS version FROM skill_versions WHERE scope = ? AND name = ?',
  );
  const known = database.statement<[string, string, number], { version: number }>(
    'SELECT version FROM skill_versions WHERE scope = ? AND name = ? AND version = ?',
  );
  const lastTrial = database.statement<[string], { trial: number | null }>(
    'SELECT MAX(trial) AS trial FROM skill_entries WHERE scope = ?',
  );
  const insertVersion = database.statement<readonly Value[]>(`
    INSERT INTO skill_versions (scope, name, version, content_hash, description, triggers, body, source,
      created_at, origin, learned_from)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const moved = database.statement<[string, string, string, number, string]>(`
    UPDATE skill_versions SET source = ? WHERE scope = ? AND name = ? AND version = ? AND source <> ?`);
  const filesOf = database.statement<[string, string, number], { path: string; bytes: Buffer }>(
    'SELECT path, bytes FROM skill_files WHERE scope = ? AND name = ? AND version = ?',
  );
  const dropFiles = database.statement<[string, string, number]>(
    'DELETE FROM skill_files WHERE scope = ? AND name = ? AND version = ?',
  );
  const insertFile = database.statement<[string, string, number, string, Uint8Array]>(
    'INSERT INTO skill_files (scope, name, version, path, bytes) VALUES (?, ?, ?, ?, ?)',
  );
  const insertLog = database.statement<readonly Value[]>(`
    INSERT INTO library_log (revision, scope, name, generation, occurred_at, cause, before, after)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);

  function readHead(): HeadRow {
    return head.get() ?? { generation: 0, revision: 0, first_generation: 0 };
  }

  /** What is damaged counts as not there: the change puts it right. */
  function readEntry(scope: string, name: string): KeptEntry | undefined {
    const row = entry.get(scope, name);
    return row && readRows(database.logger, 'skill_entries', [row], idOf, toKeptEntry)[0];
  }

  function writeEntry(scope: string, after: KeptEntry): void {
    putEntry.run(
      scope,
      after.name,
      after.version,
      after.state,
      after.isProven ? 1 : 0,
      after.isPinned ? 1 : 0,
      JSON.stringify(after.maskedContexts),
      after.trial,
      after.since,
      after.file?.version ?? null,
      after.file?.state ?? null,
    );
  }

  function writeFiles(scope: string, text: DigestedSkill, version: number): void {
    dropFiles.run(scope, text.name, version);
    for (const { path, bytes } of text.files ?? []) insertFile.run(scope, text.name, version, path, bytes);
  }

  function writeVersion(
    scope: string,
    text: NonNullable<EntryChange['text']>,
    version: number,
    at: number,
  ): void {
    insertVersion.run(
      scope,
      text.name,
      version,
      text.contentHash,
      text.description,
      JSON.stringify(text.triggers),
      text.body,
      text.source,
      at,
      JSON.stringify(text.origin),
      text.learnedFrom === undefined ? null : JSON.stringify(text.learnedFrom),
    );
    writeFiles(scope, text, version);
  }

  /** One entry's change; the file's memory is that of the plan, or what somebody else's change leaves of it. */
  function put(change: EntryChange, at: number): Touched {
    const scope = skillScopeKey(change.scope);
    const before = readEntry(scope, change.name);
    const latestVersion = latest.get(scope, change.name)?.version ?? 0;
    const after = entryAfter(
      change,
      before,
      {
        latestVersion,
        hasVersion: (version) => known.get(scope, change.name, version) !== undefined,
        nextTrial: () => (lastTrial.get(scope)?.trial ?? 0) + 1,
      },
      at,
    );
    if (change.text !== undefined) writeVersion(scope, change.text, after.version, at);
    const file = fileAfterChange(before?.file);
    writeEntry(scope, { ...after, ...(file === undefined ? {} : { file }) });
    return { before, after };
  }

  /** All entries of one change, each name once, those left out that stay as they were. */
  function putAll(changes: readonly EntryChange[], at: number): readonly Touched[] {
    const touched = new Map<string, Touched>();
    for (const change of changes) {
      const key = keyOf(skillScopeKey(change.scope), change.name);
      const { before, after } = put(change, at);
      touched.set(key, { before: touched.has(key) ? touched.get(key)?.before : before, after });
    }
    return [...touched.values()].filter(
      ({ before, after }) => before === undefined || entryText(before) !== entryText(after),
    );
  }

  /** Counts the change and writes it down; the generation after it, and whether it grew. */
  function record(
    touched: readonly Touched[],
    cause: ChangeCause,
    at: number,
  ): { generation: number; grew: boolean } {
    const { generation: old, revision } = readHead();
    if (touched.length === 0) return { generation: old, grew: false };
    const grew = touched.some(({ before, after }) => isRetrievalChanged(before, after));
    const generation = grew ? old + 1 : old;
    setHead.run(generation, revision + 1);
    for (const { before, after } of touched) {
      insertLog.run(
        revision + 1,
        skillScopeKey(after.scope),
        after.name,
        generation,
        at,
        JSON.stringify(cause),
        before === undefined ? null : entryText(before),
        entryText(after),
      );
    }
    return { generation, grew };
  }

  function apply(change: LibraryChange): LibraryState {
    if (readHead().revision !== change.expectedRevision) {
      throw new AppError(
        'conflict',
        'The skill library has changed meanwhile. Look at it again, then try once more.',
      );
    }
    const touched = putAll(change.entries, change.at);
    const { generation, grew } = record(touched, change.cause, change.at);
    drops.consume(change.consumed, generation, change.at);
    if (grew) drops.drop(change.invalidation, generation);
    return readState();
  }

  function filedEntries(scope: string): ReadonlyMap<SkillName, FiledEntry> {
    const parse = (row: FiledRow): FiledEntry | undefined => {
      const found = toKeptEntry(row);
      return (
        found && {
          entry: found,
          fileHash: row.file_hash ?? undefined,
          hash: row.content_hash ?? undefined,
          origin: row.origin === null ? undefined : parseColumn(row.origin, isSkillOrigin),
        }
      );
    };
    const rows = readRows(database.logger, 'skill_entries', filed.all(scope), idOf, parse);
    return new Map(rows.map((row) => [row.entry.name, row]));
  }

  function hasFiles(scope: string, { name, files }: DigestedSkill, version: number): boolean {
    const stored = filesOf.all(scope, name, version);
    const bytesOf = new Map(stored.map(({ path, bytes }) => [path, bytes]));
    return (
      files === undefined ||
      (files.length === stored.length &&
        files.every(({ path, bytes }) => bytesOf.get(path)?.equals(bytes) ?? false))
    );
  }

  /** After the entries were changed: what is remembered of a file, and its bytes and place. */
  function rememberFile(
    scope: string,
    name: SkillName,
    { file }: FilePlan,
    text: DigestedSkill | undefined,
  ): void {
    const version = file.version === 'next' ? (latest.get(scope, name)?.version ?? 0) : file.version;
    putFile.run(version, file.state, scope, name, version, file.state);
    if (text === undefined || file.version === 'next') return;
    moved.run(text.source, scope, name, version, text.source);
    if (!hasFiles(scope, text, version)) writeFiles(scope, text, version);
  }

  function sync(
    scope: SkillScope,
    texts: readonly DigestedSkill[],
    at: number,
    invalidation: Invalidation | undefined,
  ): LibraryState {
    const key = skillScopeKey(scope);
    const entries = filedEntries(key);
    const wanted = new Map(texts.map((text) => [text.name, text]));
    const plans = new Map<SkillName, FilePlan>();
    for (const [name, known] of entries) {
      const plan = wanted.has(name) ? undefined : planMissing(known);
      if (plan !== undefined) plans.set(name, plan);
    }
    for (const text of wanted.values()) plans.set(text.name, planFile(scope, text, entries.get(text.name)));
    const changes = [...plans.values()].flatMap(({ change }) => change ?? []);
    const { generation, grew } = record(putAll(changes, at), { kind: 'files' }, at);
    for (const [name, plan] of plans) rememberFile(key, name, plan, wanted.get(name));
    if (grew && invalidation !== undefined) drops.drop(invalidation, generation);
    return readState();
  }

  return {
    sync: async (scope, texts, at, invalidation) =>
      database.transact(() => sync(scope, texts, at, invalidation)),
    // One transaction, so that the generation belongs to the skills beside it.
    state: async () => database.snapshot(readState),
    apply: async (change) => database.transact(() => apply(change)),
    ...reads,
  };
}
