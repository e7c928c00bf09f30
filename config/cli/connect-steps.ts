import type {
  AgentSettings,
  ClientPlace,
  ConnectTarget,
} from '../../adapters/agent-settings/agent-settings.ts';
import { connect, disconnect, type SettingsChange } from '../../adapters/agent-settings/changes.ts';
import {
  type ConnectRecord,
  readRecord,
  recordPath,
  removeRecord,
  writeRecord,
} from '../../adapters/agent-settings/connect-record.ts';
import {
  readSettingsText,
  removeSettingsFile,
  setSettingsMode,
  settingsMode,
  writeSettingsText,
} from '../../adapters/agent-settings/settings-file.ts';
import { isSame, type Tree, withValue } from '../../adapters/agent-settings/tree.ts';
import { AppError } from '../../core/domain/app-error.ts';
import type { Ids } from '../../core/ports/ids.ts';

export interface ConnectParts {
  /** As the command line names it. */
  readonly client: string;
  readonly agent: AgentSettings;
  readonly place: ClientPlace;
  /** The data folder. */
  readonly homeFolder: string;
  readonly ids: Ids;
}

/** What is wrong with a text names its file. */
function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** The client's settings file, and its text where it is there. */
export interface FoundFile {
  readonly path: string;
  readonly text: string | undefined;
}

export function findFile({ agent, place }: ConnectParts): FoundFile {
  const { candidates, fresh } = agent.files(place);
  for (const path of candidates) {
    const text = readSettingsText(path);
    if (text !== undefined) return { path, text };
  }
  return { path: fresh, text: undefined };
}

/** What would be in the file, and nothing else of it. Throws nothing for a file that cannot be read. */
export function wishedTree({ agent }: ConnectParts, target: ConnectTarget, text: string | undefined): Tree {
  let present: Tree = {};
  try {
    present = agent.format.read(text ?? '');
  } catch {
    // Told when it is to be written; what to add is the same.
  }
  return agent
    .wishes(target, present, text === undefined)
    .reduce<Tree>((tree, { path, value }) => withValue(tree, path, value), {});
}

export interface Written {
  readonly path: string;
  /** Nothing had to be done. */
  readonly wasThere: boolean;
  readonly backup: string;
  /** Others on the machine could read it, and no longer can, as it holds a key. */
  readonly isClosed: boolean;
}

const ofOthers = 0o077;

/** The mode of a file that is about to hold a key, where others may do something with it. */
function openModeOf(path: string, { key }: ConnectTarget): number | undefined {
  const mode = key === undefined ? undefined : settingsMode(path);
  return mode !== undefined && (mode & ofOthers) !== 0 ? mode : undefined;
}

/** What an earlier change of ours and a later one to the same settings come to, for one undoing. */
function joined(
  earlier: readonly SettingsChange[],
  later: readonly SettingsChange[],
): readonly SettingsChange[] {
  const samePath = (a: SettingsChange, b: SettingsChange): boolean => isSame(a.path, b.path);
  const kept = earlier.map((old) => {
    const now = later.find((change) => samePath(change, old));
    if (now === undefined) return old;
    const { before: _, ...rest } = now;
    return 'before' in old ? { ...rest, before: old.before } : rest;
  });
  return [...kept, ...later.filter((change) => !earlier.some((old) => samePath(change, old)))];
}

/** What the next change starts from: the text from before where nobody else was at the file since. */
interface Base {
  readonly text: string | undefined;
  readonly changes: readonly SettingsChange[];
  readonly isExact: boolean;
}

function baseOf(parts: ConnectParts, record: ConnectRecord | undefined, { path, text }: FoundFile): Base {
  if (record === undefined) return { text, changes: [], isExact: true };
  if (record.path !== path) {
    throw new AppError(
      'conflict',
      `${parts.agent.title} is connected in ${record.path}. Take that back first: metaclaw connect ${parts.client} --undo`,
    );
  }
  const previous = record.previous ?? undefined;
  const isOurs = text === previous || (text !== undefined && parts.ids.digest(text) === record.written);
  if (record.isExact && isOurs) return { text: previous, changes: [], isExact: true };
  return { text, changes: record.changes, isExact: false };
}

/** Puts the proxy into the client's settings. The text from before the first time is kept. */
export function applyConnect(parts: ConnectParts, target: ConnectTarget): Written {
  const { agent, client, homeFolder, ids } = parts;
  const record = readRecord(homeFolder, client);
  const found = findFile(parts);
  const base = baseOf(parts, record, found);
  const made = inFile(found.path, () => {
    const wishes = agent.wishes(target, agent.format.read(base.text ?? ''), base.text === undefined);
    return connect(agent.format, base.text ?? '', wishes);
  });
  const backup = recordPath(homeFolder, client);
  const openMode = openModeOf(found.path, target);
  if (made.text === found.text && openMode === undefined) {
    return { path: found.path, wasThere: true, backup, isClosed: false };
  }
  const modeBefore = openMode ?? record?.openMode;
  const kept: ConnectRecord = {
    client,
    path: found.path,
    previous: record === undefined ? (found.text ?? null) : record.previous,
    written: ids.digest(made.text),
    isExact: base.isExact,
    changes: joined(base.changes, made.changes),
    ...(modeBefore === undefined ? {} : { openMode: modeBefore }),
  };
  // Kept first: a crash in between leaves a record of a change that was not made, which is harmless.
  writeRecord(homeFolder, kept, ids);
  try {
    writeSettingsText(found.path, made.text, {
      ids,
      expected: found.text,
      ...(openMode === undefined ? {} : { mode: openMode & ~ofOthers }),
    });
  } catch (error) {
    if (record === undefined) removeRecord(homeFolder, client);
    else writeRecord(homeFolder, record, ids);
    throw error;
  }
  return { path: found.path, wasThere: false, backup, isClosed: openMode !== undefined };
}

export interface Undone {
  readonly path: string;
  /** `restored`: byte for byte. `taken_out`: what others set since stays. `removed`: there was no file before. `gone`: nothing of ours was there. */
  readonly how: 'restored' | 'taken_out' | 'removed' | 'gone';
}

/** Takes the proxy out of the client's settings again. Throws `not_found` where it was never put in, `conflict` where ours cannot be told from others'. */
export function undoConnect({ agent, client, homeFolder, ids }: ConnectParts): Undone {
  const record = readRecord(homeFolder, client);
  if (record === undefined) {
    throw new AppError(
      'not_found',
      `Nothing to take back: metaclaw connect ${client} --write has not been used with this data folder.`,
    );
  }
  const { path, previous } = record;
  const text = readSettingsText(path);
  const restored = inFile(path, () => restoredText(agent, record, text, ids));
  if (restored === 'unclear') {
    throw new AppError(
      'conflict',
      `${path} was changed since, in a way that does not show what is ours; nothing was changed. Its text from before is under “previous” in ${recordPath(homeFolder, client)}.`,
    );
  }
  if (restored === undefined) removeSettingsFile(path);
  else if (restored !== text) writeSettingsText(path, restored, { ids, expected: text });
  reopen(path, record.openMode);
  removeRecord(homeFolder, client);
  if (restored === text) return { path, how: 'gone' };
  if (restored === undefined) return { path, how: 'removed' };
  return { path, how: restored === previous ? 'restored' : 'taken_out' };
}

/** Lets others at the file again who could be at it before, where nobody has changed that since. */
function reopen(path: string, openMode: number | undefined): void {
  if (openMode !== undefined && settingsMode(path) === (openMode & ~ofOthers))
    setSettingsMode(path, openMode);
}

/** The text to put back, `undefined` for no file. */
function restoredText(
  { format }: AgentSettings,
  { previous, written, isExact, changes }: ConnectRecord,
  text: string | undefined,
  ids: Ids,
): string | undefined | 'unclear' {
  if (text === undefined) return undefined;
  if (isExact && ids.digest(text) === written) return previous ?? undefined;
  const left = disconnect(format, text, changes, previous ?? '');
  if (left === undefined) return 'unclear';
  const isBlank = left.replace(/[\s{}]/g, '') === '';
  return previous === null && isBlank ? undefined : left;
}
