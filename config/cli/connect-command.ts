import type { AgentSettings, ConnectTarget } from '../../adapters/agent-settings/agent-settings.ts';
import { claude } from '../../adapters/agent-settings/claude.ts';
import { codex } from '../../adapters/agent-settings/codex.ts';
import { genericLines } from '../../adapters/agent-settings/generic.ts';
import { openclaw } from '../../adapters/agent-settings/openclaw.ts';
import { opencode } from '../../adapters/agent-settings/opencode.ts';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { type CommandIo, complain, say, sayJson } from './command-io.ts';
import {
  applyConnect,
  type ConnectParts,
  findFile,
  type Undone,
  undoConnect,
  type Written,
  wishedTree,
} from './connect-steps.ts';
import { connectTarget, type TargetWords } from './connect-target.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { type SettingsInUse, settingsForCommand } from './settings-for-command.ts';

const agents = { openclaw, opencode, codex, claude } as const satisfies Record<string, AgentSettings>;

export type ConnectClient = keyof typeof agents | 'generic';

export const connectClients = [
  'openclaw',
  'opencode',
  'codex',
  'claude',
  'generic',
] as const satisfies readonly ConnectClient[];

export interface ConnectOptions extends TargetWords {
  readonly client: ConnectClient;
  /** Changes the client's settings; else they are only shown. */
  readonly write: boolean;
  /** Takes back what `write` did. */
  readonly undo: boolean;
  readonly json: boolean;
}

const usedSettings = ['home', 'http.host', 'http.port', 'http.publicUrl'];

const connectSettings: SettingsInUse = {
  what: 'the client’s setting',
  isUsable: ({ leftOut }) => !usedSettings.some((path) => leftOut.has(path)),
};

/** A key where it is not to be copied from: enough to tell it from others. */
function masked({ key, ...target }: ConnectTarget): ConnectTarget {
  return key === undefined ? target : { ...target, key: `mc_…${key.slice(-4)}` };
}

/** The account's home, as the clients find it. */
function userFolder({ variables }: CommandIo): string {
  const folder = variables['HOME'] ?? variables['USERPROFILE'];
  if (folder !== undefined && folder !== '') return folder;
  throw new AppError('config_invalid', 'HOME is not set, so the client’s settings cannot be found. Set it.');
}

const undoneWords: Readonly<Record<Undone['how'], string>> = {
  restored: 'is as it was before, byte for byte.',
  taken_out: 'no longer names MetaClaw; what was changed since stays.',
  removed: 'is gone, as it was made for MetaClaw only.',
  gone: 'did not name MetaClaw any more; nothing was changed.',
};

function undo(io: CommandIo, parts: ConnectParts, json: boolean): void {
  const { path, how } = undoConnect(parts);
  if (json) sayJson(io, { ok: true, client: parts.client, file: path, undone: how });
  else say(io, `${path} ${undoneWords[how]}`);
}

function show(io: CommandIo, parts: ConnectParts, target: ConnectTarget, json: boolean): void {
  const { client, agent } = parts;
  const { path, text } = findFile(parts);
  const exists = text !== undefined;
  const snippet = agent.format.render(wishedTree(parts, masked(target), text));
  if (json) {
    sayJson(io, { ok: true, client, file: path, exists, address: target.address, written: false, snippet });
    return;
  }
  io.stdout.write(snippet);
  complain(io, `This goes into ${path}${exists ? ', beside what is there' : ', which is not there yet'}.`);
  if (target.key !== undefined) complain(io, 'The key is shown in part; put all of it in its place.');
  complain(
    io,
    `To have it written, with a backup: metaclaw connect ${client} --write, with the same options.`,
  );
  for (const sentence of agent.advice(target)) complain(io, sentence);
}

function write(io: CommandIo, parts: ConnectParts, target: ConnectTarget, json: boolean): void {
  const { client, agent } = parts;
  let written: Written;
  try {
    written = applyConnect(parts, target);
  } catch (error) {
    if (!json && error instanceof AppError && error.code === 'unsupported') {
      const { text } = findFile(parts);
      complain(io, 'To be put in by hand:');
      io.stdout.write(agent.format.render(wishedTree(parts, target, text)));
    }
    throw error;
  }
  const { path, wasThere, backup, isClosed } = written;
  if (json) {
    const done = { file: path, address: target.address, written: !wasThere, backup, closed: isClosed };
    sayJson(io, { ok: true, client, ...done });
    return;
  }
  if (wasThere) {
    say(io, `${path} says all of this already; nothing was changed.`);
    return;
  }
  say(io, `${path}: ${agent.title} now talks to MetaClaw at ${target.address}.`);
  if (isClosed)
    complain(io, 'It holds a key now, so that other accounts may no longer read it; --undo gives that back.');
  complain(
    io,
    `To take it back: metaclaw connect ${client} --undo (the text from before is kept in ${backup}).`,
  );
  for (const sentence of agent.advice(target)) complain(io, sentence);
}

/** A client without a settings file that we know: lines for a shell. */
function showGeneric(io: CommandIo, target: ConnectTarget, { write: isToWrite, json }: ConnectOptions): void {
  if (isToWrite) {
    throw new AppError(
      'invalid_input',
      'generic has no settings file to write. Put the lines that it prints where your agent starts.',
    );
  }
  if (json) {
    const snippet = genericLines(masked(target));
    sayJson(io, { ok: true, client: 'generic', address: target.address, written: false, snippet });
    return;
  }
  io.stdout.write(genericLines(target));
}

/**
 * `metaclaw connect`: the client's setting on standard output, what to do with it on standard error. A key that was given is
 * printed whole only to people, and only where no command would write it down for them.
 */
export async function runConnect(io: CommandIo, options: ConnectOptions): Promise<number> {
  const { client, json } = options;
  const loaded = settingsForCommand(io, json, connectSettings);
  if (loaded === undefined) return exitCodes.problem;
  try {
    if (options.write && options.undo) {
      throw new AppError('invalid_input', 'Choose one of --write and --undo.');
    }
    if (client === 'generic') {
      if (options.undo)
        throw new AppError('invalid_input', 'generic writes nothing, so there is nothing to undo.');
      showGeneric(io, connectTarget(loaded, options), options);
      return exitCodes.ok;
    }
    const parts: ConnectParts = {
      client,
      agent: agents[client],
      place: { userFolder: userFolder(io), variables: io.variables },
      homeFolder: loaded.homeFolder,
      ids: createSystemIds(createSystemClock()),
    };
    if (options.undo) {
      undo(io, parts, json);
      return exitCodes.ok;
    }
    const target = connectTarget(loaded, options);
    if (options.write) write(io, parts, target, json);
    else show(io, parts, target, json);
    return exitCodes.ok;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (json) sayJson(io, { ok: false, code: error.code, message: error.message });
    else complain(io, error.message);
    return error.code === 'invalid_input' ? exitCodes.usage : exitCodeOf(error);
  }
}
