import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { createRedactor } from '../adapters/system/redact.ts';
import { checkTogether, type SettingsProblem } from './check-settings.ts';
import { didYouMean } from './did-you-mean.ts';
import { type Environment, readEnvironment, type Variables } from './environment.ts';
import { packageRoot } from './package-root.ts';
import { type Settings, settingsSchema } from './schema.ts';
import { describeIssue } from './schema-problems.ts';
import { isSecretName, type SecretName, type Secrets, secretMeantBy, secretNames } from './secrets.ts';
import { parseVariable, variableOf } from './setting-variables.ts';
import { readSettingsFile, type SettingsFile } from './settings-file.ts';
import { isTree, type Leaf, leaves, mergeTrees, type Tree, treeWith, valueAt } from './settings-tree.ts';

/** Where a value in force came from. */
export type Origin = 'environment' | '.env' | 'metaclaw.yaml' | 'default';

export interface LoadedSettings {
  readonly settings: Settings;
  readonly secrets: Secrets;
  /** The data folder, absolute. */
  readonly homeFolder: string;
  /** The folder that relative paths start from, absolute. */
  readonly workingFolder: string;
  /** Of each setting by path, and of each secret that is set by name. */
  readonly origins: ReadonlyMap<string, Origin>;
}

export type LoadResult =
  | { readonly kind: 'loaded'; readonly loaded: LoadedSettings }
  | {
      readonly kind: 'invalid';
      readonly problems: readonly SettingsProblem[];
      readonly draft: SettingsDraft;
    };

/** What could be read although something is wrong: to be shown, never to start a bot with. */
export interface SettingsDraft {
  /** Where a value is left out the default stands. */
  readonly loaded: LoadedSettings;
  /** Paths of settings whose value is not valid by itself, or does not belong into a file. */
  readonly leftOut: ReadonlySet<string>;
}

export interface LoadInput {
  /** Where `metaclaw.yaml` and `.env` are looked for. */
  readonly workingFolder: string;
  readonly variables: Variables;
}

/** The settings that come with MetaClaw, as `default.yaml` says them. */
export function readDefaults(): SettingsFile {
  return readSettingsFile(join(packageRoot(), 'config', 'default.yaml'));
}

/**
 * The settings in force: environment, then `.env`, then `metaclaw.yaml`, then the default. All problems of all sources
 * come back at once; with any problem there is a draft only. Reads files and changes nothing; does not throw.
 */
export function loadSettings(input: LoadInput): LoadResult {
  const defaults = readDefaults();
  const file = readSettingsFile(join(input.workingFolder, 'metaclaw.yaml'));
  const environment = readEnvironment(input.workingFolder, input.variables);
  const known = leaves(defaults.tree);
  const problems: SettingsProblem[] = [...defaults.problems, ...file.problems].map((problem) => ({
    path: '',
    ...problem,
  }));
  if (environment.problem !== undefined)
    problems.push({ path: '', where: '.env', message: environment.problem });

  const misplaced = secretsInFile(file);
  problems.push(...misplaced.map(({ problem }) => problem));
  const variables = settingsFromVariables(environment, known);
  problems.push(...variables.problems);

  const origins = new Map<string, Origin>(known.map(({ path }) => [path, 'default']));
  for (const { path, value } of leaves(file.tree)) if (value !== null) origins.set(path, 'metaclaw.yaml');
  for (const [path, origin] of variables.origins) origins.set(path, origin);

  const where = (path: string): string => {
    // What is wrong inside a list came from where the list did.
    const [owner = path] = path.split(/\.\d+(?:\.|$)/, 1);
    const origin = origins.get(owner) ?? (isSecretName(path) ? 'environment' : undefined);
    if (origin === 'environment' || origin === '.env') {
      return isSecretName(path)
        ? origin
        : `${variableOf(owner)} in ${origin === '.env' ? '.env' : 'the environment'}`;
    }
    return origin === 'default' ? 'default' : file.where(path);
  };

  const secrets = readSecrets(environment, origins);
  const merged = mergeTrees(mergeTrees(defaults.tree, file.tree), variables.tree);
  const loadedWith = (settings: Settings): LoadedSettings =>
    Object.freeze({
      settings,
      secrets,
      homeFolder: resolve(input.workingFolder, settings.home),
      workingFolder: resolve(input.workingFolder),
      origins,
    });
  const parsed = settingsSchema.safeParse(merged);
  const misplacedPaths = misplaced.map(({ path }) => path);
  let unfit: readonly string[] = misplacedPaths;
  if (!parsed.success) {
    const found = schemaProblems(parsed.error, merged, defaults.tree, where);
    problems.push(...found.filter(({ path }) => !misplacedPaths.includes(path)));
    unfit = [...misplacedPaths, ...found.map(({ path }) => path)];
  } else {
    const found = checkTogether(parsed.data, secrets, where);
    problems.push(...found.filter(({ path }) => !misplacedPaths.includes(path)));
    if (problems.length === 0) return { kind: 'loaded', loaded: loadedWith(parsed.data) };
  }
  const { settings, leftOut } = draftOf(merged, defaults.tree, unfit);
  return { kind: 'invalid', problems, draft: { loaded: loadedWith(settings), leftOut } };
}

/** The settings with defaults in place of what is unfit. */
function draftOf(
  merged: Tree,
  defaults: Tree,
  unfit: readonly string[],
): { settings: Settings; leftOut: ReadonlySet<string> } {
  const leftOut = new Set<string>();
  let tree = defaults;
  for (const { path } of leaves(defaults)) {
    // A group may be unfit as a whole, and a list for one entry.
    const isUnfit = unfit.some((bad) => `${path}.`.startsWith(`${bad}.`) || bad.startsWith(`${path}.`));
    if (isUnfit) leftOut.add(path);
    else tree = mergeTrees(tree, treeWith(path, valueAt(merged, path)));
  }
  return { settings: settingsSchema.parse(tree), leftOut };
}

function readSecrets(environment: Environment, origins: Map<string, Origin>): Secrets {
  const secrets: Partial<Record<SecretName, string>> = {};
  for (const name of secretNames) {
    const variable = environment.get(name);
    if (variable === undefined) continue;
    secrets[name] = variable.value;
    origins.set(name, variable.origin);
  }
  return Object.freeze(secrets);
}

/** The same and, of a list of groups, what stands in these. */
function withGroupsInLists(leaf: Leaf): readonly Leaf[] {
  const items: readonly unknown[] = Array.isArray(leaf.value) ? leaf.value : [];
  const inside = items.flatMap((item, index) =>
    isTree(item)
      ? leaves(item).map(({ path, value }) => ({ path: `${leaf.path}.${index}.${path}`, value }))
      : [],
  );
  return [leaf, ...inside];
}

/** Secrets and texts that look like one, wherever they stand in the file. */
function secretsInFile(file: SettingsFile): readonly { path: string; problem: SettingsProblem }[] {
  const redact = createRedactor([]);
  return leaves(file.tree)
    .flatMap(withGroupsInLists)
    .flatMap(({ path, value }) => {
      const meant = secretMeantBy(path);
      const texts = Array.isArray(value) ? value : [value];
      const looksSecret = texts.some((item) => typeof item === 'string' && redact(item) !== item);
      if (meant === undefined && !looksSecret) return [];
      const target =
        meant === undefined
          ? 'the environment or .env under its own name'
          : `${meant} in the environment or in .env`;
      const message = `${meant === undefined ? 'looks like a secret' : 'does not belong into this file'}. Take it out here and set ${target}.`;
      return [{ path, problem: { path, where: file.where(path), message } }];
    });
}

function settingsFromVariables(
  environment: Environment,
  known: readonly { readonly path: string; readonly value: unknown }[],
): { tree: Tree; origins: ReadonlyMap<string, Origin>; problems: readonly SettingsProblem[] } {
  const byVariable = new Map(known.map((leaf) => [variableOf(leaf.path), leaf]));
  const problems: SettingsProblem[] = [];
  const origins = new Map<string, Origin>();
  let tree: Tree = {};
  for (const { name, value, origin } of environment.startingWith('METACLAW_')) {
    if (isSecretName(name)) continue;
    const leaf = byVariable.get(name);
    if (leaf === undefined) {
      const near = didYouMean(name, [...byVariable.keys(), ...secretNames]);
      const hint = near === undefined ? 'docs/settings.md lists the names.' : `Did you mean ${near}?`;
      problems.push({ path: name, where: origin, message: `is not a setting. ${hint}` });
      continue;
    }
    tree = mergeTrees(tree, treeWith(leaf.path, parseVariable(value, leaf.value)));
    origins.set(leaf.path, origin);
  }
  return { tree, origins, problems };
}

function schemaProblems(
  error: z.ZodError,
  merged: Tree,
  defaults: Tree,
  where: (path: string) => string,
): readonly SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  for (const issue of error.issues) {
    const base = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') {
      const owner = base.findIndex((part) => /^\d+$/.test(part));
      const path = (owner === -1 ? base : base.slice(0, owner)).join('.');
      const held = valueAt(merged, path);
      problems.push({
        path: base.join('.'),
        where: where(path),
        message: describeIssue(issue, owner !== -1 && Array.isArray(held) ? held[Number(base[owner])] : held),
      });
      continue;
    }
    for (const key of issue.keys) {
      const path = [...base, key].join('.');
      problems.push({
        path,
        where: where(path),
        message: `is not a setting. ${meantAsSecret(path) ?? suggest(path, base, defaults)}`,
      });
    }
  }
  return problems;
}

function meantAsSecret(path: string): string | undefined {
  const meant = secretMeantBy(path);
  return meant === undefined ? undefined : `Take it out and set ${meant} in the environment or in .env.`;
}

/** The nearest name in the same group, else the same name in another group. */
function suggest(path: string, group: readonly string[], defaults: Tree): string {
  const siblings = group.length === 0 ? defaults : valueAt(defaults, group.join('.'));
  const last = path.slice(path.lastIndexOf('.') + 1);
  const near = didYouMean(last, isTree(siblings) ? Object.keys(siblings) : []);
  if (near !== undefined) return `Did you mean ${[...group, near].join('.')}?`;
  const all = leaves(defaults).map((leaf) => leaf.path);
  const elsewhere = all.find(
    (candidate) => candidate.split('.').at(-1)?.toLowerCase() === last.toLowerCase(),
  );
  const anywhere = elsewhere ?? didYouMean(path, all);
  return anywhere === undefined
    ? 'docs/settings.md lists them all; take this one out.'
    : `Did you mean ${anywhere}?`;
}
