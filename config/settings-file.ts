import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isAlias, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { isTree, type Tree } from './settings-tree.ts';

/** Something wrong with a settings file, with the way to mend it. */
export interface FileProblem {
  /** The file, with line and column where known: `metaclaw.yaml:3:5`. */
  readonly where: string;
  readonly message: string;
}

export interface SettingsFile {
  readonly tree: Tree;
  /** False when there is no such file. */
  readonly exists: boolean;
  readonly problems: readonly FileProblem[];
  /** The file with the line of a path: `metaclaw.yaml:3:5`. */
  where(path: string): string;
}

const absent = (name: string, problems: readonly FileProblem[], exists: boolean): SettingsFile => ({
  tree: {},
  exists,
  problems,
  where: () => name,
});

/** Reads YAML 1.2. A file that is not there is empty; one that is broken has problems and an empty tree, and must not be used. */
export function readSettingsFile(path: string): SettingsFile {
  const name = basename(path);
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code !== 'ENOENT') {
      return absent(
        name,
        [{ where: name, message: `cannot be read (${code}); make it a file that you may read.` }],
        true,
      );
    }
    const misnamed = join(path, '..', 'metaclaw.yml');
    if (name !== 'metaclaw.yaml' || !existsSync(misnamed)) return absent(name, [], false);
    return absent(
      name,
      [{ where: 'metaclaw.yml', message: 'is not read under this name; rename it to metaclaw.yaml.' }],
      false,
    );
  }
  return parseSettings(source, name);
}

/** As `readSettingsFile`, of a text; `name` is what `where` calls it. Never throws. */
export function parseSettings(source: string, name: string): SettingsFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { lineCounter, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const problems: FileProblem[] = [...document.errors, ...document.warnings].map((problem) => ({
    where: at(problem.pos[0]),
    message: `is not valid YAML: ${problem.message.replace(/\.?\s*$/, '')}. Mend this line; indent with spaces, and put text with special characters in quotes.`,
  }));
  visit(document, {
    Node(_, node) {
      if (!isAlias(node) && !(isNode(node) && 'anchor' in node && node.anchor !== undefined)) return;
      problems.push({
        where: at(node.range?.[0] ?? 0),
        message: 'uses an anchor or alias; write the value out.',
      });
    },
    Pair(_, pair) {
      if (isScalar(pair.key) && typeof pair.key.value === 'string') return;
      const offset = isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
      problems.push({ where: at(offset), message: 'has a key that is not text; put it in quotes.' });
    },
  });
  if (problems.length > 0) return absent(name, problems, true);
  const value: unknown = document.toJS();
  if (value !== null && value !== undefined && !isTree(value)) {
    return absent(name, [{ where: at(0), message: 'must hold settings as `key: value` lines.' }], true);
  }
  return {
    tree: value ?? {},
    exists: true,
    problems: [],
    where(path) {
      const node: unknown = document.getIn(path.split('.'), true);
      return isNode(node) && node.range ? at(node.range[0]) : name;
    },
  };
}
