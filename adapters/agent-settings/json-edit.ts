import { applyEdits, type Edit, findNodeAtLocation, type Node, visit } from 'jsonc-parser';
import { lineBreakOf } from './settings-format.ts';
import type { SettingPath } from './tree.ts';

const endOf = (node: Node): number => node.offset + node.length;
const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** The white space that a line begins with. */
function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? '';
}

const standsFirst = (text: string, offset: number): boolean =>
  text.slice(lineStart(text, offset), offset).trim() === '';

/** One step of indentation as the text has it; two spaces where it shows none. */
function indentUnit(text: string, root: Node): string {
  const first = root.children?.[0];
  const shown = first !== undefined && standsFirst(text, first.offset) ? indentAt(text, first.offset) : '';
  return shown === '' ? '  ' : shown;
}

/** A value over several lines, whose first stands where it is put and the others behind `indent`. */
function valueText(value: unknown, indent: string, unit: string, lineBreak: string): string {
  return JSON.stringify(value, undefined, unit).split('\n').join(`${lineBreak}${indent}`);
}

/** Where a comma stands between two places, outside of comments and texts. */
function commaBetween(text: string, from: number, to: number): number | undefined {
  let found: number | undefined;
  visit(
    text,
    {
      onSeparator(character, offset) {
        if (character === ',' && offset >= from && offset < to) found ??= offset;
      },
    },
    { allowTrailingComma: true },
  );
  return found;
}

/** jsonc-parser's own `modify` formats every line that it touches, and drops a comment behind the entry before. */
function insertion(text: string, root: Node, object: Node, name: string, value: unknown): readonly Edit[] {
  const lineBreak = lineBreakOf(text);
  const unit = indentUnit(text, root);
  const close = endOf(object) - 1;
  const last = object.children?.at(-1);
  const comma = last === undefined ? undefined : commaBetween(text, endOf(last), close);
  const outer = indentAt(text, object.offset);
  const inner =
    last !== undefined && standsFirst(text, last.offset) ? indentAt(text, last.offset) : outer + unit;
  const broken = `${JSON.stringify(name)}: ${valueText(value, inner, unit, lineBreak)}`;
  const closeLine = lineStart(text, close);
  if (closeLine > object.offset && standsFirst(text, close)) {
    const at = text[closeLine - 2] === '\r' ? closeLine - 2 : closeLine - 1;
    const added = { offset: at, length: 0, content: `${lineBreak}${inner}${broken}` };
    if (last === undefined || comma !== undefined) return [added];
    return [{ offset: endOf(last), length: 0, content: ',' }, added];
  }
  if (last !== undefined) {
    const flat = `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    const at = comma === undefined ? endOf(last) : comma + 1;
    return [{ offset: at, length: 0, content: comma === undefined ? `, ${flat}` : ` ${flat}` }];
  }
  const inside = text.slice(object.offset + 1, close);
  if (inside.trim() !== '') return [{ offset: close, length: 0, content: `${broken} ` }];
  const content = `${lineBreak}${inner}${broken}${lineBreak}${outer}`;
  return [{ offset: object.offset + 1, length: inside.length, content }];
}

/** The text, whose tree `root` is, with a value at a path. Groups on the way are made; `undefined` where one is no object. */
export function setInJson(text: string, root: Node, path: SettingPath, value: unknown): string | undefined {
  let node = root;
  let depth = 0;
  for (const name of path) {
    const below = findNodeAtLocation(node, [name]);
    if (below === undefined) break;
    node = below;
    depth += 1;
  }
  const [missing, ...rest] = path.slice(depth);
  if (missing === undefined) {
    const indent = indentAt(text, node.parent?.offset ?? node.offset);
    const content = valueText(value, indent, indentUnit(text, root), lineBreakOf(text));
    return applyEdits(text, [{ offset: node.offset, length: node.length, content }]);
  }
  if (node.type !== 'object') return undefined;
  const nested = rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return applyEdits(text, [...insertion(text, root, node, missing, nested)]);
}

/** A stretch to cut: with its line where nothing else stands on it, else with the blanks before it. */
function cutOf(text: string, from: number, to: number): Edit {
  const before = /[ \t]*$/.exec(text.slice(0, from))?.[0].length ?? 0;
  const after = /^[ \t]*(?:\r?\n)?/.exec(text.slice(to))?.[0] ?? '';
  if (standsFirst(text, from) && after.endsWith('\n')) {
    return { offset: from - before, length: to + after.length - from + before, content: '' };
  }
  const start = standsFirst(text, from) ? from : from - before;
  return { offset: start, length: to - start, content: '' };
}

/** The text without the entry at a path; comments stay, also those beside it. */
export function removeFromJson(text: string, root: Node, path: SettingPath): string | undefined {
  const entry = findNodeAtLocation(root, [...path])?.parent;
  const siblings = entry?.parent?.children;
  if (entry === undefined || entry.type !== 'property' || siblings === undefined) return undefined;
  const place = siblings.indexOf(entry);
  const before = siblings[place - 1];
  const next = siblings[place + 1];
  const end = endOf(entry);
  const follows = commaBetween(text, end, next?.offset ?? endOf(entry.parent ?? entry));
  if (follows !== undefined && text.slice(end, follows).trim() === '') {
    return applyEdits(text, [cutOf(text, entry.offset, follows + 1)]);
  }
  const comma =
    follows ?? (before === undefined ? undefined : commaBetween(text, endOf(before), entry.offset));
  const cuts: Edit[] = [cutOf(text, entry.offset, end)];
  if (comma !== undefined) cuts.push({ offset: comma, length: 1, content: '' });
  return applyEdits(text, cuts);
}
