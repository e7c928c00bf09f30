import type { SettingsProblem } from '../check-settings.ts';
import { type LoadedSettings, loadSettings } from '../load-settings.ts';
import { type CommandIo, complain, sayJson } from './command-io.ts';

/** One problem as a line: what, where, how to mend it. */
export function describeProblem({ path, where, message }: SettingsProblem): string {
  if (path === '') return `${where} ${message}`;
  return where === 'default' ? `${path} ${message}` : `${path} (${where}) ${message}`;
}

export function complainOfSettings(io: CommandIo, problems: readonly SettingsProblem[]): void {
  complain(io, 'The settings have problems:');
  for (const problem of problems) complain(io, `  ${describeProblem(problem)}`);
}

/** The settings in force, or `undefined` after all problems were printed. */
export function settingsForCommand(io: CommandIo, json: boolean): LoadedSettings | undefined {
  const result = loadSettings(io);
  if (result.kind === 'loaded') return result.loaded;
  if (json) sayJson(io, { ok: false, problems: result.problems });
  else complainOfSettings(io, result.problems);
  return undefined;
}
