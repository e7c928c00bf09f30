import { join } from 'node:path';
import * as z from 'zod';
import { AppError } from '../../core/domain/app-error.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { SettingsChange } from './changes.ts';
import { readSettingsText, removeSettingsFile, writeSettingsText } from './settings-file.ts';

/** What is kept of a client's settings while the proxy stands in them. */
export interface ConnectRecord {
  readonly client: string;
  /** The settings file. */
  readonly path: string;
  /** Its text before the first change; `null`: there was no file. */
  readonly previous: string | null;
  /** SHA-256 of the text that was written last. */
  readonly written: string;
  /** Whether `previous` is all that was there beside our settings: false once somebody else's changes came between two of ours. */
  readonly isExact: boolean;
  readonly changes: readonly SettingsChange[];
  /** The file's mode before others on the machine were kept from it; absent where they were not. */
  readonly openMode?: number;
}

const recordSchema = z.object({
  client: z.string(),
  path: z.string(),
  previous: z.string().nullable(),
  written: z.string(),
  isExact: z.boolean(),
  changes: z.array(
    z.object({
      path: z.array(z.string()).min(1),
      before: z.unknown().optional(),
      after: z.unknown(),
      line: z.string().exactOptional(),
    }),
  ),
  openMode: z.int().min(0).max(0o7777).exactOptional(),
});

/** Where the record of a client is kept, with the text from before: `<data folder>/connect/codex.json`. */
export function recordPath(homeFolder: string, client: string): string {
  return join(homeFolder, 'connect', `${client}.json`);
}

/** Throws `storage_failed` where the record is damaged. */
export function readRecord(homeFolder: string, client: string): ConnectRecord | undefined {
  const path = recordPath(homeFolder, client);
  const text = readSettingsText(path);
  if (text === undefined) return undefined;
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError(
      'storage_failed',
      `${path}, the backup of the settings, is damaged. Look into it for the text from before, mend the settings by hand, then remove it.`,
      { cause },
    );
  }
}

/** For this account only: the text from before may hold keys. */
export function writeRecord(homeFolder: string, record: ConnectRecord, ids: Pick<Ids, 'next'>): void {
  const text = `${JSON.stringify(record, undefined, 2)}\n`;
  writeSettingsText(recordPath(homeFolder, record.client), text, { ids, mode: 0o600 });
}

export function removeRecord(homeFolder: string, client: string): void {
  removeSettingsFile(recordPath(homeFolder, client));
}
