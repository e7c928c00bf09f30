import type { Skill, SkillName, SkillScope } from '../../core/domain/skill.ts';
import type { DigestedSkill, LibraryState, LibraryStore } from '../../core/ports/library-store.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';
import { isSkillScope, isTexts, parseColumn } from './wire.ts';

interface SkillRow {
  readonly scope: string;
  readonly name: SkillName;
  readonly version: number;
  readonly content_hash: string;
  readonly description: string;
  readonly triggers: string;
  readonly body: string;
  readonly source: string;
}

/** Latest version of a name in a scope. */
interface HeadRow {
  readonly name: string;
  readonly version: number;
  readonly content_hash: string;
  readonly source: string;
  readonly active: number;
}

function toSkill(row: SkillRow): Skill | undefined {
  const scope = parseColumn(row.scope, isSkillScope);
  const triggers = parseColumn(row.triggers, isTexts);
  if (scope === undefined || triggers === undefined) return undefined;
  return {
    name: row.name,
    description: row.description,
    triggers,
    body: row.body,
    source: row.source,
    version: row.version,
    contentHash: row.content_hash,
    scope,
  };
}

/** A scope as its column: JSON with its fields in one order, so that equal scopes are equal texts. */
function scopeText(scope: SkillScope): string {
  if (scope.kind === 'global') return JSON.stringify({ kind: 'global' });
  return JSON.stringify({ kind: 'space', platform: scope.platform, spaceId: scope.spaceId });
}

const COLUMNS = 'scope, name, version, content_hash, description, triggers, body, source';

export function createLibraryStore(database: SqliteDatabase): LibraryStore {
  const active = database.statement<[], SkillRow>(
    `SELECT ${COLUMNS} FROM skill_versions WHERE active = 1 ORDER BY scope, name`,
  );
  const heads = database.statement<[string], HeadRow>(`
    SELECT name, MAX(version) AS version, content_hash, source, active
    FROM skill_versions WHERE scope = ? GROUP BY name`);
  const insert = database.statement<[string, string, number, string, string, string, string, string, number]>(
    `INSERT INTO skill_versions (${COLUMNS}, created_at, active) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
  );
  const withdraw = database.statement<[string, string]>(
    'UPDATE skill_versions SET active = 0 WHERE scope = ? AND name = ? AND active = 1',
  );
  const restore = database.statement<[string, string, number]>(
    'UPDATE skill_versions SET active = 1 WHERE scope = ? AND name = ? AND version = ?',
  );
  const moved = database.statement<[string, string, string, number]>(
    'UPDATE skill_versions SET source = ? WHERE scope = ? AND name = ? AND version = ?',
  );
  const generation = database.statement<[], { generation: number }>(
    'SELECT COALESCE(MAX(generation), 0) AS generation FROM generations',
  );
  const nextGeneration = database.statement<[string, number]>(`
    INSERT INTO generations (generation, scope, created_at)
    SELECT COALESCE(MAX(generation), 0) + 1, ?, ? FROM generations`);
  const version = database.statement<[string, number, string | null, string | null], SkillRow>(`
    SELECT ${COLUMNS} FROM skill_versions
    WHERE name = ? AND version = ? AND (? IS NULL OR content_hash = ?) ORDER BY scope LIMIT 1`);

  const read = (rows: readonly SkillRow[]): readonly Skill[] =>
    readRows(database.logger, 'skill_versions', rows, (row) => `${row.name} ${row.version}`, toSkill);

  function state(): LibraryState {
    return { generation: generation.get()?.generation ?? 0, skills: read(active.all()) };
  }

  /** Whether what can be retrieved changed. */
  function putSkill(scope: string, text: DigestedSkill, head: HeadRow | undefined, at: number): boolean {
    if (head !== undefined && head.content_hash === text.contentHash) {
      if (head.source !== text.source) moved.run(text.source, scope, text.name, head.version);
      if (head.active === 1) return false;
      restore.run(scope, text.name, head.version);
      return true;
    }
    withdraw.run(scope, text.name);
    insert.run(
      scope,
      text.name,
      (head?.version ?? 0) + 1,
      text.contentHash,
      text.description,
      JSON.stringify(text.triggers),
      text.body,
      text.source,
      at,
    );
    return true;
  }

  function sync(scope: string, texts: readonly DigestedSkill[], at: number): LibraryState {
    const known = new Map(heads.all(scope).map((head) => [head.name, head]));
    const wanted = new Map<string, DigestedSkill>(texts.map((text) => [text.name, text]));
    let changed = false;
    for (const head of known.values()) {
      if (head.active === 0 || wanted.has(head.name)) continue;
      withdraw.run(scope, head.name);
      changed = true;
    }
    for (const text of wanted.values()) {
      if (putSkill(scope, text, known.get(text.name), at)) changed = true;
    }
    if (changed) nextGeneration.run(scope, at);
    return state();
  }

  return {
    sync: async (scope, texts, at) => database.transact(() => sync(scopeText(scope), texts, at)),
    // One transaction, so that the generation belongs to the skills beside it.
    state: async () => database.snapshot(state),
    version: async (name, number, contentHash) => {
      const hash = contentHash ?? null;
      const row = database.attempt(() => version.get(name, number, hash, hash));
      return row && read([row])[0];
    },
  };
}
