/** Settings before they are checked: groups of groups and values. */
export type Tree = Readonly<Record<string, unknown>>;

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Settings whose value is a map with keys of the operator's own. */
const mapPaths: ReadonlySet<string> = new Set(['feedback.polarity']);

/** One setting: its path with dots, and its value. */
export interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

/** Every value of a tree in order; lists and maps are values. */
export function leaves(tree: Tree, prefix = ''): readonly Leaf[] {
  return Object.entries(tree).flatMap(([key, value]): readonly Leaf[] => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return isTree(value) && !mapPaths.has(path) ? leaves(value, path) : [{ path, value }];
  });
}

/** What stands at a path, `undefined` where nothing does. */
export function valueAt(tree: Tree, path: string): unknown {
  let value: unknown = tree;
  for (const key of path.split('.')) {
    if (!isTree(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** A tree with one value at a path. */
export function treeWith(path: string, value: unknown): Tree {
  const [key = '', ...rest] = path.split('.');
  return Object.fromEntries([[key, rest.length === 0 ? value : treeWith(rest.join('.'), value)]]);
}

/**
 * `over` laid on `under`: groups are joined key by key, everything else replaces what stood there, lists as a whole.
 * An empty place (`null`) keeps what stood there. Neither argument is changed.
 */
export function mergeTrees(under: Tree, over: Tree): Tree {
  const merged = new Map<string, unknown>(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    if (value === null && merged.has(key)) continue;
    merged.set(key, isTree(below) && isTree(value) ? mergeTrees(below, value) : value);
  }
  return Object.fromEntries(merged);
}
