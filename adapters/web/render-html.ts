import type { Block, CellAlign, Document, Inline, ListItem } from '../../core/domain/document.ts';
import { forEachText } from './document-text.ts';
import { escapeHtml } from './escape-html.ts';

/** Deeper than any answer a person can read; below it only the text is kept, so that the call stack is never the limit. */
const MAX_DEPTH = 120;

const linkScheme = /^(?:https?:\/\/|mailto:)/i;
const languageName = /^[\w+#.-]{1,40}$/;

/**
 * A document as HTML made of our own elements only. All text of the document is escaped; a link becomes an element only
 * with the scheme http, https or mailto and opens apart from the page. Total, and free of inline styles and scripts.
 */
export function renderHtml(body: Document): string {
  return renderBlocks(body.blocks, 0);
}

function renderBlocks(blocks: readonly Block[], depth: number): string {
  if (depth > MAX_DEPTH) return blocks.length === 0 ? '' : `<p dir="auto">${flatText(blocks)}</p>`;
  return blocks.map((block) => renderBlock(block, depth)).join('');
}

function renderBlock(block: Block, depth: number): string {
  switch (block.type) {
    case 'paragraph':
      return `<p dir="auto">${renderInlines(block.children, depth)}</p>`;
    case 'heading': {
      // The page itself has the first two levels.
      const level = Math.min(6, block.depth + 2);
      return `<h${level} dir="auto">${renderInlines(block.children, depth)}</h${level}>`;
    }
    case 'code_block':
      return renderCode(block.text, block.language);
    case 'quote':
      return `<blockquote>${renderBlocks(block.blocks, depth + 1)}</blockquote>`;
    case 'list':
      return renderList(block, depth);
    case 'table':
      return renderTable(block, depth);
    case 'rule':
      return '<hr>';
  }
}

function renderCode(text: string, language: string | undefined): string {
  const label =
    language !== undefined && languageName.test(language) ? ` data-language="${escapeHtml(language)}"` : '';
  return `<div class="code"${label}><pre tabindex="0"><code>${escapeHtml(text)}</code></pre></div>`;
}

function renderList(list: Extract<Block, { type: 'list' }>, depth: number): string {
  const items = list.items.map((item) => renderItem(item, depth)).join('');
  if (!list.ordered) return `<ul>${items}</ul>`;
  const start = Number.isSafeInteger(list.start) && list.start !== 1 ? ` start="${list.start}"` : '';
  return `<ol${start}>${items}</ol>`;
}

function renderItem(item: ListItem, depth: number): string {
  const only = item.blocks.length === 1 ? item.blocks[0] : undefined;
  // A lone paragraph stands without its element: lists read tight.
  const content =
    only?.type === 'paragraph'
      ? renderInlines(only.children, depth + 1)
      : renderBlocks(item.blocks, depth + 1);
  if (item.checked === undefined) return `<li dir="auto">${content}</li>`;
  const box = item.checked
    ? '<span class="box checked" role="img" aria-label="Done"></span>'
    : '<span class="box" role="img" aria-label="Not done"></span>';
  return `<li class="task" dir="auto">${box}${content}</li>`;
}

function renderTable(table: Extract<Block, { type: 'table' }>, depth: number): string {
  const cells = (row: readonly (readonly Inline[])[], tag: 'th' | 'td'): string =>
    row
      .map((cell, index) => {
        const scope = tag === 'th' ? ' scope="col"' : '';
        const align = alignClass(table.align[index] ?? 'none');
        return `<${tag}${scope}${align} dir="auto">${renderInlines(cell, depth)}</${tag}>`;
      })
      .join('');
  const [head, ...rest] = table.rows;
  const headRow = head === undefined ? '' : `<thead><tr>${cells(head, 'th')}</tr></thead>`;
  const bodyRows = rest.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('');
  const bodyPart = rest.length === 0 ? '' : `<tbody>${bodyRows}</tbody>`;
  return `<div class="table" role="region" aria-label="Table" tabindex="0"><table>${headRow}${bodyPart}</table></div>`;
}

function alignClass(align: CellAlign): string {
  return align === 'none' || align === 'left' ? '' : ` class="align-${align}"`;
}

function renderInlines(inlines: readonly Inline[], depth: number): string {
  if (depth > MAX_DEPTH) return flatText(inlines);
  return inlines.map((inline) => renderInline(inline, depth)).join('');
}

function renderInline(inline: Inline, depth: number): string {
  switch (inline.type) {
    case 'text':
      return escapeHtml(inline.text);
    case 'code':
      return `<code>${escapeHtml(inline.text)}</code>`;
    case 'break':
      return '<br>';
    case 'strong':
      return `<strong>${renderInlines(inline.children, depth + 1)}</strong>`;
    case 'emphasis':
      return `<em>${renderInlines(inline.children, depth + 1)}</em>`;
    case 'strikethrough':
      return `<s>${renderInlines(inline.children, depth + 1)}</s>`;
    case 'link': {
      const content = renderInlines(inline.children, depth + 1);
      if (!isSafeUrl(inline.url)) return content;
      // Isolated: words around it in another direction cannot rearrange it.
      return `<a dir="auto" href="${escapeHtml(inline.url)}" rel="noopener noreferrer nofollow" target="_blank">${content}</a>`;
    }
  }
}

/** Checked here again, although `Document` promises it: this is the last door before the page. */
function isSafeUrl(url: string): boolean {
  return linkScheme.test(url) && URL.canParse(url);
}

function flatText(nodes: readonly (Block | Inline)[]): string {
  let text = '';
  forEachText(nodes, (piece, kind) => {
    if (kind === 'text') text += piece;
  });
  return escapeHtml(text);
}
