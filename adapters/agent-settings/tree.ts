/** A client's settings once they are read: groups of groups and values. */
export type Tree = Readonly<Record<string, unknown>>;

/** Names from the outermost group to a setting. */
export type SettingPath = readonly string[];

/** What a setting of ours may be. */
export type Plain = string | boolean | readonly Plain[] | { readonly [name: string]: Plain };

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** What stands at a path, `undefined` where nothing does. */
export function valueAt(tree: Tree, path: SettingPath): unknown {
  let value: unknown = tree;
  for (const name of path) {
    if (!isTree(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** The tree with one value at a path, in groups that are made where they are missing. */
export function withValue(tree: Tree, [name, ...rest]: SettingPath, value: unknown): Tree {
  if (name === undefined) return tree;
  const below = Object.hasOwn(tree, name) ? tree[name] : undefined;
  const inner = rest.length === 0 ? value : withValue(isTree(below) ? below : {}, rest, value);
  return { ...tree, [name]: inner };
}

/** The tree without what stands at a path; its group stays. */
export function withoutValue(tree: Tree, [name, ...rest]: SettingPath): Tree {
  if (name === undefined || !Object.hasOwn(tree, name)) return tree;
  if (rest.length === 0) return Object.fromEntries(Object.entries(tree).filter(([key]) => key !== name));
  const below = tree[name];
  return isTree(below) ? { ...tree, [name]: withoutValue(below, rest) } : tree;
}

/** `over` laid on `under`: groups are joined name by name, everything else replaces what stood there. */
export function overlay(under: Tree, over: Tree): Tree {
  return Object.entries(over).reduce<Tree>((joined, [name, value]) => {
    const below = valueAt(under, [name]);
    return withValue(joined, [name], isTree(below) && isTree(value) ? overlay(below, value) : value);
  }, under);
}

/** Whether two settings say the same, in whatever order their names stand. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  if (isTree(a) && isTree(b)) {
    const names = Object.keys(a);
    if (names.length !== Object.keys(b).length) return false;
    return names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]));
  }
  if (a instanceof Date && b instanceof Date) return a.toISOString() === b.toISOString();
  return Object.is(a, b);
}
