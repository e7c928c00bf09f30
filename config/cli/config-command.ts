import { secretNames, whyWithoutEffect } from '../secrets.ts';
import { variableOf } from '../setting-variables.ts';
import { leaves } from '../settings-tree.ts';
import { type CommandIo, say, sayJson } from './command-io.ts';
import { exitCodes } from './exit-codes.ts';
import { settingsForCommand } from './settings-for-command.ts';

function show(value: unknown): string {
  if (typeof value === 'string' && value.includes('\n')) return `${JSON.stringify(value.slice(0, 60))}…`;
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

/** `metaclaw config`: what is in force and where it came from; of secrets only whether they are set. */
export function runConfig(io: CommandIo, { json }: { readonly json: boolean }): number {
  const loaded = settingsForCommand(io, json);
  if (loaded === undefined) return exitCodes.problem;
  const { settings, secrets, origins, homeFolder, workingFolder } = loaded;
  const rows = leaves(settings).map(({ path, value }) => ({
    path,
    value,
    origin: origins.get(path) ?? 'default',
    variable: variableOf(path),
  }));
  const secretRows = secretNames.map((name) => {
    const note = whyWithoutEffect(name);
    return {
      name,
      set: secrets[name] !== undefined,
      ...(secrets[name] === undefined ? {} : { origin: origins.get(name) }),
      ...(note === undefined || secrets[name] === undefined ? {} : { note }),
    };
  });
  if (json) {
    sayJson(io, { ok: true, home: homeFolder, workingFolder, settings: rows, secrets: secretRows });
    return exitCodes.ok;
  }
  say(io, `Data folder: ${homeFolder}`);
  say(io, '');
  const width = Math.max(
    ...rows.map(({ path }) => path.length),
    ...secretRows.map(({ name }) => name.length),
  );
  for (const { path, value, origin } of rows) say(io, `${path.padEnd(width)}  ${show(value)}  (${origin})`);
  say(io, '');
  for (const { name, set, origin, note } of secretRows) {
    const from = origin === 'environment' ? 'the environment' : origin;
    const state = set ? `set (from ${from})` : 'not set';
    say(io, `${name.padEnd(width)}  ${state}${note === undefined ? '' : `; ${note}`}`);
  }
  return exitCodes.ok;
}
