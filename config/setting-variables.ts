import { isTree, type Leaf } from './settings-tree.ts';

/** The environment variable of a setting: `skills.topK` is `METACLAW_SKILLS_TOP_K`; the port has a shorter name. */
export function variableOf(path: string): string {
  if (path === 'http.port') return 'METACLAW_PORT';
  const words = path.replaceAll('.', '_').replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `METACLAW_${words.toUpperCase()}`;
}

const truths = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function itemsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/**
 * A variable's text as a value of the kind that the default has: numbers, yes or no, lists with commas or as JSON, maps as
 * `name=number` with commas. What does not fit stays text, for the schema to complain about.
 */
export function parseVariable(text: string, defaultValue: Leaf['value']): unknown {
  if (typeof defaultValue === 'boolean') return truths.get(text.toLowerCase()) ?? text;
  if (typeof defaultValue === 'number') return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
  if (Array.isArray(defaultValue)) return text.startsWith('[') ? fromJson(text) : itemsOf(text);
  if (isTree(defaultValue)) {
    const entries = itemsOf(text).map((item) => /^(\S+?)\s*=\s*(-?\d+(?:\.\d+)?)$/.exec(item));
    if (entries.some((entry) => entry === null)) return text;
    return Object.fromEntries(entries.map((entry) => [entry?.[1], Number(entry?.[2])]));
  }
  return text;
}
