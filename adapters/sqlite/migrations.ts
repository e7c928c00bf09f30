import type Database from 'better-sqlite3';
import { AppError } from '../../core/domain/app-error.ts';
import { apiKeySchema } from './api-key-schema.ts';
import { calendarSchema } from './calendar-schema.ts';
import { improvingSchema } from './improving-schema.ts';
import { initialSchema } from './initial-schema.ts';
import { judgedSchema } from './judged-schema.ts';
import { leaseSchema } from './lease-schema.ts';
import { recordedSchema } from './recorded-schema.ts';
import { sampledAgeSchema, sampledSchema } from './sampled-schema.ts';
import { scheduleSchema } from './schedule-schema.ts';
import { scopedRunsSchema } from './scoped-runs-schema.ts';
import { trainingSchema } from './training-schema.ts';
import { vectorSchema } from './vector-schema.ts';

/** One step of the schema. Its number is its place in the list, from 1; a step that was released never changes. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  { name: 'initial', sql: initialSchema },
  { name: 'words of a signal', sql: 'ALTER TABLE ledger ADD COLUMN text TEXT' },
  {
    name: 'find the request messages of a turn',
    sql: 'CREATE INDEX request_messages_of_turn ON request_messages (turn_ordinal)',
  },
  {
    name: 'when a send was intended',
    sql: 'ALTER TABLE sends ADD COLUMN intended_at REAL NOT NULL DEFAULT 0',
  },
  { name: 'weights, roles and the judge', sql: judgedSchema },
  { name: 'a library that improves itself', sql: improvingSchema + vectorSchema },
  { name: 'what engines read and wrote', sql: sampledSchema },
  { name: 'how old that is', sql: sampledAgeSchema },
  { name: 'runs and policies', sql: trainingSchema },
  {
    name: 'activity, windows, leases and calendars',
    sql: scheduleSchema + leaseSchema + calendarSchema + scopedRunsSchema,
  },
  { name: 'turns recorded whole, and keys of the proxy', sql: recordedSchema + apiKeySchema },
];

/** Marks the file as ours ("mclw"), so that another program's database is never touched. */
const APPLICATION_ID = 0x6d636c77;

function numberPragma(handle: Database.Database, name: string): number {
  return Number(handle.pragma(name, { simple: true }));
}

/** Version of the schema in the file, 0 for an empty one. Throws `config_invalid` when the file is not ours or is newer than `steps`. */
export function schemaVersion(handle: Database.Database, steps: readonly Migration[]): number {
  // Of one moment: another process may be making the tables just now.
  const { version, isOurs, isEmpty } = handle.transaction(() => ({
    version: numberPragma(handle, 'user_version'),
    isOurs: numberPragma(handle, 'application_id') === APPLICATION_ID,
    isEmpty: handle.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined,
  }))();
  if (!isOurs && !(isEmpty && version === 0)) {
    throw new AppError(
      'config_invalid',
      `${handle.name} is the database of another program. Move it away or set METACLAW_HOME to another folder.`,
    );
  }
  if (version > steps.length) {
    throw new AppError(
      'config_invalid',
      `The database ${handle.name} was written by a newer version of this program (schema ${version}, this one knows ${steps.length}). Install that version again, or set METACLAW_HOME to another folder.`,
      { details: { found: version, known: steps.length } },
    );
  }
  return version;
}

/** Brings the file to the newest schema: every missing step in one transaction, or none. Resolves with how many were taken. */
export function migrate(handle: Database.Database, steps: readonly Migration[]): number {
  if (schemaVersion(handle, steps) === steps.length) return 0;
  // The version is read again inside: another process may have been faster.
  const taken = handle.transaction(() => {
    const from = schemaVersion(handle, steps);
    for (const step of steps.slice(from)) handle.exec(step.sql);
    handle.pragma(`application_id = ${APPLICATION_ID}`);
    handle.pragma(`user_version = ${steps.length}`);
    return steps.length - from;
  });
  return taken.immediate();
}
