import type { Block, Document, Inline, ListItem, TableRow } from '../../../core/domain/document.ts';

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** All but the last are equal, and the last one of `before` was made longer or stayed. */
function grew<Part>(
  before: readonly Part[],
  after: readonly Part[],
  lastGrew: (a: Part, b: Part) => boolean,
): boolean {
  const last = before.at(-1);
  const now = after[before.length - 1];
  if (last === undefined) return true;
  if (now === undefined || !before.slice(0, -1).every((part, index) => same(part, after[index])))
    return false;
  return same(last, now) || lastGrew(last, now);
}

function inlineGrew(a: Inline, b: Inline): boolean {
  if (a.type === 'text' && b.type === 'text') return b.text.startsWith(a.text);
  return false;
}

const inlinesGrew = (a: readonly Inline[], b: readonly Inline[]): boolean => grew(a, b, inlineGrew);

function itemGrew(a: ListItem, b: ListItem): boolean {
  return a.checked === b.checked && grew(a.blocks, b.blocks, blockGrew);
}

function rowGrew(a: TableRow, b: TableRow): boolean {
  return a.every((cell, column) => inlinesGrew(cell, b[column] ?? []));
}

function blockGrew(a: Block, b: Block): boolean {
  switch (a.type) {
    case 'paragraph':
      return b.type === 'paragraph' && inlinesGrew(a.children, b.children);
    case 'heading':
      return b.type === 'heading' && a.depth === b.depth && inlinesGrew(a.children, b.children);
    case 'code_block':
      return b.type === 'code_block' && a.language === b.language && b.text.startsWith(a.text);
    case 'quote':
      return b.type === 'quote' && grew(a.blocks, b.blocks, blockGrew);
    case 'list':
      return (
        b.type === 'list' &&
        a.ordered === b.ordered &&
        a.start === b.start &&
        grew(a.items, b.items, itemGrew)
      );
    case 'table':
      return b.type === 'table' && same(a.align, b.align) && grew(a.rows, b.rows, rowGrew);
    case 'rule':
      return b.type === 'rule';
  }
}

/** Whether a document only grew at its end: nothing that was there means anything else now. */
export function isExtension(before: Document, after: Document): boolean {
  return grew(before.blocks, after.blocks, blockGrew);
}
