import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SettingsProblem } from '../../config/check-settings.ts';
import { type LoadedSettings, type LoadResult, loadSettings } from '../../config/load-settings.ts';

export interface FolderContents {
  readonly yaml?: string;
  readonly dotEnv?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** A working folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'metaclaw-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Loads settings from a fresh folder with these files in it. */
export function load(contents: FolderContents = {}): LoadResult {
  const folder = temporaryFolder();
  if (contents.yaml !== undefined) writeFileSync(join(folder, 'metaclaw.yaml'), contents.yaml);
  if (contents.dotEnv !== undefined) writeFileSync(join(folder, '.env'), contents.dotEnv);
  return loadSettings({ workingFolder: folder, variables: contents.variables ?? {} });
}

export function mustLoad(contents: FolderContents = {}): LoadedSettings {
  const result = load(contents);
  if (result.kind === 'loaded') return result.loaded;
  throw new Error(`Expected valid settings: ${JSON.stringify(result.problems)}`);
}

export function mustFail(contents: FolderContents): readonly SettingsProblem[] {
  const result = load(contents);
  if (result.kind === 'invalid') return result.problems;
  throw new Error('Expected problems, but the settings were accepted.');
}
