import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isNode, isPair, isScalar, parseDocument } from 'yaml';
import * as z from 'zod';
import { packageRoot } from './package-root.ts';
import { settingsSchema } from './schema.ts';
import { secretNames, secretPurposes } from './secrets.ts';
import { variableOf } from './setting-variables.ts';
import { isTree, leaves, type Tree, valueAt } from './settings-tree.ts';

/** One setting as the documentation shows it. */
export interface SettingDescription {
  readonly path: string;
  readonly defaultValue: unknown;
  /** What the comment above it in `default.yaml` says, on one line. */
  readonly text: string;
  /** What may stand there: `whole number, 1 to 50`. */
  readonly accepts: string;
  readonly variable: string;
}

/** The comment above each key of `default.yaml`, by path. */
function commentsByPath(source: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (node: unknown, prefix: string, first: string): void => {
    if (!isMap(node)) return;
    node.items.forEach((pair, index) => {
      if (!isPair(pair) || !isScalar(pair.key)) return;
      const path = `${prefix}${String(pair.key.value)}`;
      const above = pair.key.commentBefore ?? (index === 0 ? (node.commentBefore ?? first) : '');
      // The file's head stands above the first key too, with an empty line between.
      const own = above.split(/\n\s*\n/).at(-1) ?? '';
      found.set(path, own.replaceAll(/\s*\n\s*/g, ' ').trim());
      walk(pair.value, `${path}.`, isNode(pair.value) ? (pair.value.commentBefore ?? '') : '');
    });
  };
  walk(parseDocument(source).contents, '', '');
  return found;
}

function acceptsOf(schema: Tree): string {
  if (Array.isArray(schema['enum']))
    return schema['enum'].map((value) => (value === '' ? 'empty' : `\`${String(value)}\``)).join(', ');
  if (schema['type'] === 'integer')
    return `whole number, ${String(schema['minimum'])} to ${String(schema['maximum'])}`;
  if (schema['type'] === 'number')
    return `number, ${String(schema['minimum'])} to ${String(schema['maximum'])}`;
  if (schema['type'] === 'boolean') return '`true` or `false`';
  if (schema['type'] === 'array') return 'list';
  if (schema['type'] === 'object')
    return 'map from an emoji, or a custom one’s `:name:`, to a number from -1 to 1';
  if (Array.isArray(schema['anyOf'])) return 'web address or empty';
  return 'text';
}

/** Every setting in the order of `default.yaml`. */
export function describeSettings(): readonly SettingDescription[] {
  const source = readFileSync(join(packageRoot(), 'config', 'default.yaml'), 'utf8');
  const comments = commentsByPath(source);
  const tree: unknown = parseDocument(source).toJS();
  const schema: unknown = z.toJSONSchema(settingsSchema);
  return leaves(isTree(tree) ? tree : {}).map(({ path, value }) => {
    const own = isTree(schema)
      ? valueAt(schema, `properties.${path.replaceAll('.', '.properties.')}`)
      : undefined;
    return {
      path,
      defaultValue: value,
      text: comments.get(path) ?? '',
      accepts: acceptsOf(isTree(own) ? own : {}),
      variable: variableOf(path),
    };
  });
}

function showDefault(value: unknown): string {
  if (typeof value === 'string' && value.includes('\n')) return 'a short text, see `config/default.yaml`';
  return value === '' ? 'empty' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** `docs/settings.md` as it should be. */
export function renderSettingsReference(): string {
  const settings = describeSettings().map(
    ({ path, defaultValue, text, accepts, variable }) =>
      `### \`${path}\`\n\n${text}\n\n- Default: ${showDefault(defaultValue)}\n- Accepts: ${accepts}\n- Variable: \`${variable}\`\n`,
  );
  const secrets = secretNames.map((name) => `| \`${name}\` | ${secretPurposes[name]} |`);
  return `# Settings

This page is made from the code by \`npm run docs\`.

A value comes from the first of these that has one: the environment, \`.env\`, \`metaclaw.yaml\`, the default. Both files
are looked for in the folder you start from. In \`metaclaw.yaml\` write the path as nested keys:

\`\`\`yaml
skills:
  topK: 4
channels:
  telegram:
    allow: [telegram:user:123456789]
\`\`\`

A variable holds the same value as text: numbers in digits, \`true\` or \`false\`, lists with commas, maps as \`name=number\`
with commas. An unknown key, an unknown \`METACLAW_…\` variable and a value that does not fit are errors: nothing starts
until they are mended. \`metaclaw config\` shows what is in force and where it came from.

## Secrets

These come from the environment or \`.env\` only, never from \`metaclaw.yaml\`, and no command shows them.

| Variable | What it is |
| --- | --- |
${secrets.join('\n')}

## Settings

${settings.join('\n')}`;
}
