import type { List, Nodes, Root, RootContent, Table } from 'mdast';
import type { Block, CellAlign, Inline, ListItem, TableRow } from '../../core/domain/document.ts';
import { literalText } from './literal-text.ts';
import { type InlineContext, type LinkTargets, toInlines } from './to-inlines.ts';

/** The parser's tree as blocks of a document. Blocks without anything to show are left out. */
export function toBlocks(root: Root): readonly Block[] {
  return blocksOf(root.children, linkTargets(root));
}

/** The first definition of a label counts, wherever it stands. */
function linkTargets(root: Root): LinkTargets {
  const targets = new Map<string, string>();
  const visit = (node: Nodes): void => {
    if (node.type === 'definition' && !targets.has(node.identifier)) targets.set(node.identifier, node.url);
    if (node.type !== 'paragraph' && 'children' in node) node.children.forEach(visit);
  };
  visit(root);
  return targets;
}

function blocksOf(nodes: readonly RootContent[], targets: LinkTargets): readonly Block[] {
  const flowing: InlineContext = { targets, lineEnding: 'break' };
  const oneLine: InlineContext = { targets, lineEnding: 'space' };
  const blocks: Block[] = [];
  for (const node of nodes) {
    switch (node.type) {
      case 'paragraph':
        pushParagraph(toInlines(node.children, flowing), blocks);
        break;
      case 'heading': {
        const children = toInlines(node.children, oneLine);
        if (children.length > 0) blocks.push({ type: 'heading', depth: node.depth, children });
        break;
      }
      case 'html':
        pushParagraph(toInlines([{ type: 'text', value: node.value }], flowing), blocks);
        break;
      case 'code':
        pushCode(node.lang, node.value, blocks);
        break;
      case 'blockquote': {
        const inner = blocksOf(node.children, targets);
        if (inner.length > 0) blocks.push({ type: 'quote', blocks: inner });
        break;
      }
      case 'list':
        pushList(node, targets, blocks);
        break;
      case 'table':
        pushTable(node, oneLine, blocks);
        break;
      case 'thematicBreak':
        blocks.push({ type: 'rule' });
        break;
      case 'footnoteDefinition':
        pushFootnote(literalText(node.label ?? node.identifier), blocksOf(node.children, targets), blocks);
        break;
    }
  }
  return blocks;
}

function pushParagraph(children: readonly Inline[], into: Block[]): void {
  if (children.length > 0) into.push({ type: 'paragraph', children });
}

function pushCode(info: string | null | undefined, value: string, into: Block[]): void {
  const text = literalText(value);
  if (text.trim() === '') return;
  const [language = ''] = literalText(info ?? '').split(/\s+/);
  into.push(language === '' ? { type: 'code_block', text } : { type: 'code_block', language, text });
}

function pushList(node: List, targets: LinkTargets, into: Block[]): void {
  const items: ListItem[] = [];
  for (const item of node.children) {
    const blocks = blocksOf(item.children, targets);
    if (typeof item.checked === 'boolean') items.push({ checked: item.checked, blocks });
    else if (blocks.length > 0) items.push({ blocks });
  }
  if (items.length === 0) return;
  into.push({ type: 'list', ordered: node.ordered === true, start: node.start ?? 1, items });
}

function pushTable(node: Table, context: InlineContext, into: Block[]): void {
  const width = node.children[0]?.children.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) => column);
  const rows: TableRow[] = node.children.map((row) =>
    columns.map((column) => toInlines(row.children[column]?.children ?? [], context)),
  );
  if (rows.every((row) => row.every((cell) => cell.length === 0))) return;
  const align: CellAlign[] = columns.map((column) => node.align?.[column] ?? 'none');
  into.push({ type: 'table', align, rows });
}

/** Footnotes stand where they were written, with their label in front. */
function pushFootnote(label: string, blocks: readonly Block[], into: Block[]): void {
  const [first, ...rest] = blocks;
  const mark = `[^${label}]:`;
  if (first?.type !== 'paragraph') {
    into.push({ type: 'paragraph', children: [{ type: 'text', text: mark }] }, ...blocks);
    return;
  }
  const [start, ...others] = first.children;
  const children: Inline[] =
    start?.type === 'text'
      ? [{ type: 'text', text: `${mark} ${start.text}` }, ...others]
      : [{ type: 'text', text: `${mark} ` }, ...first.children];
  into.push({ type: 'paragraph', children }, ...rest);
}
