import { parse, stringify, TomlError } from 'smol-toml';
import { AppError } from '../../core/domain/app-error.ts';
import { lineBreakOf, type SettingsFormat } from './settings-format.ts';
import { isSame, isTree, type SettingPath, type Tree, valueAt, withoutValue, withValue } from './tree.ts';

const BARE = /^[A-Za-z0-9_-]+$/;
const HEADER = /^[ \t]*\[/;

function readToml(text: string): Tree {
  try {
    return parse(text);
  } catch (cause) {
    const place = cause instanceof TomlError ? ` (line ${cause.line}, column ${cause.column})` : '';
    throw new AppError(
      'config_invalid',
      `The file is not valid TOML${place}. Mend it and try again; nothing was changed.`,
      { cause },
    );
  }
}

/** Whether a text says exactly these settings. */
function says(text: string, tree: Tree): boolean {
  try {
    return isSame(parse(text), tree);
  } catch {
    return false;
  }
}

function rendered(tree: Tree, lineBreak: string): string {
  return `${stringify(tree).trimEnd().split('\n').join(lineBreak)}${lineBreak}`;
}

/** Lines, each with its line break. */
const linesOf = (text: string): readonly string[] => text.split(/(?<=\n)/);

/** `name` as a key may be written. */
function keyPattern(name: string): string {
  const plain = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return BARE.test(name) ? `(?:${plain}|"${plain}"|'${plain}')` : `(?:"${plain}"|'${plain}')`;
}

/**
 * The first of some edits after which the text says `tree`. Whether a line is what it looks like, or stands inside of a text
 * over several lines, only a parser can tell: so each candidate is read again.
 */
function firstThatSays(tree: Tree, candidates: Iterable<string>): string | undefined {
  for (const candidate of candidates) if (says(candidate, tree)) return candidate;
  return undefined;
}

/** The text with every line in turn replaced that begins with this key. */
function* withKeyLine(text: string, name: string, replacement: (line: string) => string): Iterable<string> {
  const lines = linesOf(text);
  const begins = new RegExp(`^[ \\t]*${keyPattern(name)}[ \\t]*=`);
  for (const [index, line] of lines.entries()) {
    if (!begins.test(line)) continue;
    yield [...lines.slice(0, index), replacement(line), ...lines.slice(index + 1)].join('');
  }
}

function setKey(
  text: string,
  name: string,
  value: string,
  wanted: Tree,
  isThere: boolean,
): string | undefined {
  const literal = JSON.stringify(value);
  const written = BARE.test(name) ? name : JSON.stringify(name);
  // Above everything else a key belongs to no table.
  if (!isThere) return `${written} = ${literal}${lineBreakOf(text)}${text}`;
  const held = new RegExp(`^([ \\t]*${keyPattern(name)}[ \\t]*=[ \\t]*)(?:"(?:[^"\\\\]|\\\\.)*"|'[^']*')`);
  return firstThatSays(
    wanted,
    withKeyLine(text, name, (line) => line.replace(held, (_, key: string) => `${key}${literal}`)),
  );
}

/** The text without the lines from each header of the table in turn to its last line, and those of the tables in it. */
function* withoutTable(text: string, path: SettingPath): Iterable<string> {
  const lines = linesOf(text);
  const names = path.map(keyPattern).join('[ \\t]*\\.[ \\t]*');
  const own = new RegExp(`^[ \\t]*\\[[ \\t]*${names}[ \\t]*[.\\]]`);
  for (const [start, line] of lines.entries()) {
    if (!own.test(line)) continue;
    let end = start + 1;
    while (end < lines.length && (!HEADER.test(lines[end] ?? '') || own.test(lines[end] ?? ''))) end += 1;
    // Blank lines and comments above the next table belong to that.
    while (end < lines.length && end > start + 1 && /^[ \t]*(?:#.*)?\r?\n?$/.test(lines[end - 1] ?? ''))
      end -= 1;
    const isLast = end === lines.length;
    const from = isLast && start > 0 && (lines[start - 1] ?? '').trim() === '' ? start - 1 : start;
    yield [...lines.slice(0, from), ...lines.slice(end)].join('');
  }
}

function addTable(text: string, path: SettingPath, value: Tree): string {
  const lineBreak = lineBreakOf(text);
  const gap = text === '' ? '' : text.endsWith('\n') ? lineBreak : `${lineBreak}${lineBreak}`;
  return `${text}${gap}${rendered(withValue({}, path, value), lineBreak)}`;
}

/** The table goes, and with it its group where nothing else made that. */
function removeTable(text: string, path: SettingPath, present: Tree): string | undefined {
  const left = withoutValue(present, path);
  const alone = withoutValue(present, path.slice(0, -1));
  const group = valueAt(left, path.slice(0, -1));
  const candidates = [...withoutTable(text, path)];
  const found = firstThatSays(left, candidates);
  if (found !== undefined || !isTree(group) || Object.keys(group).length > 0) return found;
  return firstThatSays(alone, candidates);
}

/** TOML, as far as a client needs it: texts without a table, and whole tables. */
export const tomlFormat: SettingsFormat = {
  read: readToml,
  render: (tree) => rendered(tree, '\n'),
  set(text, path, value) {
    const present = readToml(text);
    const isThere = valueAt(present, path) !== undefined;
    const [name] = path;
    if (name !== undefined && path.length === 1 && typeof value === 'string') {
      return setKey(text, name, value, withValue(present, path, value), isThere);
    }
    if (path.length < 2 || !isTree(value)) return undefined;
    const cleared = isThere ? removeTable(text, path, present) : text;
    if (cleared === undefined) return undefined;
    // A table cannot be added to a group that is written on one line.
    return firstThatSays(withValue(present, path, value), [addTable(cleared, path, value)]);
  },
  remove(text, path) {
    const present = readToml(text);
    const [name] = path;
    if (name === undefined) return undefined;
    if (path.length > 1) return removeTable(text, path, present);
    return firstThatSays(
      withoutValue(present, path),
      withKeyLine(text, name, () => ''),
    );
  },
};
