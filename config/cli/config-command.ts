import { loadSettings } from '../load-settings.ts';
import { secretNames } from '../secrets.ts';
import { variableOf } from '../setting-variables.ts';
import { leaves } from '../settings-tree.ts';
import { type CommandIo, say, sayJson } from './command-io.ts';
import { exitCodes } from './exit-codes.ts';
import { complainOfSettings } from './settings-for-command.ts';

function show(value: unknown): string {
  if (typeof value === 'string' && value.includes('\n')) return `${JSON.stringify(value.slice(0, 60))}…`;
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

/** So that one sees at a glance in a long list what was complained of. Unfit values are not shown: they may be secrets. */
const unfitMark = 'not valid, see above';

/**
 * `metaclaw config`: what is in force and where it came from; of secrets only whether they are set. With a wrong setting
 * it shows the others, after the complaint.
 */
export function runConfig(io: CommandIo, { json }: { readonly json: boolean }): number {
  const result = loadSettings(io);
  const isValid = result.kind === 'loaded';
  const { settings, secrets, origins, homeFolder, workingFolder } = isValid
    ? result.loaded
    : result.draft.loaded;
  const rows = leaves(settings).map(({ path, value }) => {
    const isUnfit = !isValid && result.draft.leftOut.has(path);
    return {
      path,
      isUnfit,
      ...(isUnfit ? {} : { value }),
      origin: origins.get(path) ?? 'default',
      variable: variableOf(path),
    };
  });
  const exitCode = isValid ? exitCodes.ok : exitCodes.problem;
  const secretRows = secretNames.map((name) => ({
    name,
    set: secrets[name] !== undefined,
    ...(secrets[name] === undefined ? {} : { origin: origins.get(name) }),
  }));
  if (json) {
    const problems = isValid ? {} : { problems: result.problems };
    const shown = rows.map(({ isUnfit, ...row }) => (isUnfit ? { ...row, isUnfit } : row));
    sayJson(io, {
      ok: isValid,
      ...problems,
      home: homeFolder,
      workingFolder,
      settings: shown,
      secrets: secretRows,
    });
    return exitCode;
  }
  if (!isValid) complainOfSettings(io, result.problems);
  say(io, `Data folder: ${homeFolder}`);
  say(io, '');
  const width = Math.max(
    ...rows.map(({ path }) => path.length),
    ...secretRows.map(({ name }) => name.length),
  );
  for (const { path, value, isUnfit, origin } of rows)
    say(io, `${path.padEnd(width)}  ${isUnfit ? unfitMark : show(value)}  (${origin})`);
  say(io, '');
  for (const { name, set, origin } of secretRows) {
    const from = origin === 'environment' ? 'the environment' : origin;
    say(io, `${name.padEnd(width)}  ${set ? `set (from ${from})` : 'not set'}`);
  }
  return exitCode;
}
