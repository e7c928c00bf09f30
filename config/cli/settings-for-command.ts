import type { SettingsProblem } from '../check-settings.ts';
import { type LoadedSettings, loadSettings, type SettingsDraft } from '../load-settings.ts';
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

/** What a command needs of the settings, so that a mistake elsewhere does not keep it from its work. */
export interface SettingsInUse {
  /** What stands on them: `the manifest`. */
  readonly what: string;
  isUsable(draft: SettingsDraft, problems: readonly SettingsProblem[]): boolean;
}

/**
 * The settings in force, or `undefined` after all problems were printed. With `use` a draft with problems elsewhere does
 * as well; they are printed all the same.
 */
export function settingsForCommand(
  io: CommandIo,
  json: boolean,
  use?: SettingsInUse,
): LoadedSettings | undefined {
  const result = loadSettings(io);
  if (result.kind === 'loaded') return result.loaded;
  const { problems, draft } = result;
  if (use?.isUsable(draft, problems) === true) {
    complainOfSettings(io, problems);
    complain(io, `These keep the bot from starting; ${use.what} does not depend on them:`);
    return draft.loaded;
  }
  if (json) sayJson(io, { ok: false, problems });
  else complainOfSettings(io, problems);
  return undefined;
}
