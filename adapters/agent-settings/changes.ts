import { AppError } from '../../core/domain/app-error.ts';
import type { SettingsFormat } from './settings-format.ts';
import {
  isSame,
  isTree,
  overlay,
  type Plain,
  type SettingPath,
  type Tree,
  valueAt,
  withoutValue,
  withValue,
} from './tree.ts';

/** A setting as the proxy needs it. A group is joined with one that is there. */
export interface Wish {
  readonly path: SettingPath;
  readonly value: Plain;
  /** The line of the value that is ours, where it holds lines of several owners. */
  readonly line?: string;
}

/** What was done to one setting, so that it can be taken back. */
export interface SettingsChange {
  readonly path: SettingPath;
  /** Absent: it was not there. */
  readonly before?: unknown;
  readonly after: unknown;
  readonly line?: string;
}

export interface Connected {
  readonly text: string;
  /** Empty where the text said all of it already. */
  readonly changes: readonly SettingsChange[];
}

function byHand(): AppError {
  return new AppError(
    'unsupported',
    'The file is written in a way that cannot be edited here without touching the rest of it; nothing was changed.',
  );
}

/** Fails where a group on the way to a setting is something else. */
function checkWay(tree: Tree, path: SettingPath): void {
  for (let depth = 1; depth < path.length; depth += 1) {
    const group = valueAt(tree, path.slice(0, depth));
    if (group === undefined || isTree(group)) continue;
    throw new AppError(
      'config_invalid',
      `“${path.slice(0, depth).join('.')}” is not a group of settings. Mend it and try again; nothing was changed.`,
    );
  }
}

/**
 * A text with the wishes fulfilled, and nothing else said differently: the outcome is read again and compared. Throws
 * `config_invalid` where the text cannot be read, and `unsupported` where it would have to be edited by hand.
 */
export function connect(format: SettingsFormat, text: string, wishes: readonly Wish[]): Connected {
  const present = format.read(text);
  const changes: SettingsChange[] = [];
  let edited = text;
  let expected = present;
  for (const { path, value, line } of wishes) {
    checkWay(present, path);
    const before = valueAt(present, path);
    const after = isTree(before) && isTree(value) ? overlay(before, value) : value;
    if (isSame(before, after)) continue;
    const next = format.set(edited, path, after);
    if (next === undefined) throw byHand();
    edited = next;
    expected = withValue(expected, path, after);
    const was = before === undefined ? {} : { before };
    changes.push({ path, ...was, after, ...(line === undefined ? {} : { line }) });
  }
  if (changes.length > 0 && !isSame(readAgain(format, edited), expected)) throw byHand();
  return { text: edited, changes };
}

/** An edit that broke the text is ours to answer for, not a fault of the file. */
function readAgain(format: SettingsFormat, text: string): Tree | undefined {
  try {
    return format.read(text);
  } catch {
    return undefined;
  }
}

type Undoing =
  | { readonly kind: 'keep' | 'remove' | 'unclear' }
  | { readonly kind: 'set'; readonly value: unknown };

/** What becomes of a setting that reads `now`. */
function undoing({ before, after, line }: SettingsChange, now: unknown): Undoing {
  if (now === undefined || isSame(now, before)) return { kind: 'keep' };
  const isOurs = isSame(now, after);
  if (!isOurs && line !== undefined && typeof now === 'string') {
    const others = now.split('\n').filter((each) => each !== line);
    return others.length === 0 ? { kind: 'remove' } : { kind: 'set', value: others.join('\n') };
  }
  // A group that we made goes whole: half of it would not be valid to the client.
  if (before === undefined && (isOurs || (isTree(after) && isTree(now)))) return { kind: 'remove' };
  if (isOurs) return { kind: 'set', value: before };
  // A text that somebody has set since is theirs.
  return isTree(after) ? { kind: 'unclear' } : { kind: 'keep' };
}

/** The tree without the groups around these settings that have nothing in them. */
function pruned(tree: Tree, paths: readonly SettingPath[]): Tree {
  return emptyGroups(tree, paths).reduce<Tree>((left, path) => withoutValue(left, path), tree);
}

/** Groups around these settings with nothing in them, inner ones first. */
function emptyGroups(tree: Tree, paths: readonly SettingPath[]): readonly SettingPath[] {
  const found: SettingPath[] = [];
  let left = tree;
  for (const path of paths) {
    for (let depth = path.length - 1; depth > 0; depth -= 1) {
      const group = path.slice(0, depth);
      const value = valueAt(left, group);
      if (!isTree(value) || Object.keys(value).length > 0) continue;
      found.push(group);
      left = withoutValue(left, group);
    }
  }
  return found;
}

/**
 * The text with the changes taken back where they still stand, and with everything that was set since; `previous` is the
 * text before them, whose empty groups stay. `undefined` where ours cannot be told from what was set since. Throws
 * `config_invalid` where the text cannot be read.
 */
export function disconnect(
  format: SettingsFormat,
  text: string,
  changes: readonly SettingsChange[],
  previous: string,
): string | undefined {
  let tree = format.read(text);
  let edited: string | undefined = text;
  for (const change of changes.toReversed()) {
    const todo = undoing(change, valueAt(tree, change.path));
    if (todo.kind === 'unclear') return undefined;
    if (todo.kind === 'keep') continue;
    const isSet = todo.kind === 'set';
    edited = isSet ? format.set(edited, change.path, todo.value) : format.remove(edited, change.path);
    if (edited === undefined) return undefined;
    tree = isSet ? withValue(tree, change.path, todo.value) : withoutValue(tree, change.path);
  }
  const paths = changes.map(({ path }) => path);
  const before = format.read(previous);
  const left = readAgain(format, edited);
  if (left === undefined || !isSame(pruned(left, paths), pruned(tree, paths))) return undefined;
  for (const group of emptyGroups(left, paths)) {
    if (valueAt(before, group) !== undefined) continue;
    edited = format.remove(edited, group) ?? edited;
  }
  return edited;
}
