import { expect } from 'vitest';
import type { Block, Document, Inline } from '../../core/domain/document.ts';
import { honestLinks } from '../../core/domain/honest-links.ts';

const reordering = /[\u202a-\u202e\u2066-\u2069]/;
const maxBlockDepth = 120;
const maxInlineDepth = 60;

function must(holds: boolean, where: string, what: string): void {
  if (!holds) expect.unreachable(`${where}: ${what}`);
}

function assertInlines(
  inlines: readonly Inline[],
  where: string,
  allowBreaks: boolean,
  inLink = false,
  depth = 0,
) {
  must(!(depth > maxInlineDepth), where, 'inlines are nested too deep');
  inlines.forEach((inline, index) => {
    const at = `${where}/${inline.type}[${index}]`;
    switch (inline.type) {
      case 'text':
        must(!(inline.text === ''), at, 'empty text');
        must(!/[\r\n\uFDD0]/.test(inline.text), at, 'line ending or mark in text');
        must(!reordering.test(inline.text), at, 'a reordering character in text');
        must(!(inlines[index + 1]?.type === 'text'), at, 'two texts side by side');
        break;
      case 'code':
        must(!(inline.text === ''), at, 'empty code');
        must(!/[\r\n\uFDD0]/.test(inline.text), at, 'line ending or mark in code');
        must(!reordering.test(inline.text), at, 'a reordering character in code');
        break;
      case 'break':
        must(!!allowBreaks, at, 'a break where there is one line only');
        break;
      case 'link': {
        must(!inLink, at, 'a link in a link');
        must(!!URL.canParse(inline.url), at, 'not an absolute address');
        const url = new URL(inline.url);
        must(!!['http:', 'https:', 'mailto:'].includes(url.protocol), at, `scheme ${url.protocol}`);
        must(!(url.href !== inline.url), at, 'address not normalised');
        must(url.username === '' && url.password === '', at, 'a name or password in an address');
        must(!(inline.children.length === 0), at, 'nothing to click');
        assertInlines(inline.children, at, allowBreaks, true, depth + 1);
        break;
      }
      default:
        must(!(inline.children.length === 0), at, 'nothing in it');
        assertInlines(inline.children, at, allowBreaks, inLink, depth + 1);
    }
  });
}

function assertBlocks(blocks: readonly Block[], where: string, depth: number) {
  must(!(depth > maxBlockDepth), where, 'blocks are nested too deep');
  blocks.forEach((block, index) => {
    const at = `${where}/${block.type}[${index}]`;
    switch (block.type) {
      case 'paragraph':
      case 'heading':
        must(!(block.children.length === 0), at, 'empty');
        must(
          !block.children.every((child) => child.type === 'text' && child.text.trim() === ''),
          at,
          'blank',
        );
        assertInlines(block.children, at, block.type === 'paragraph');
        must(honestLinks(block.children) === block.children, at, 'a link that hides where it leads');
        break;
      case 'code_block':
        must(!(block.text.trim() === ''), at, 'blank');
        must(!/[\r\uFDD0]/.test(block.text), at, 'carriage return or mark');
        must(!reordering.test(block.text), at, 'a reordering character');
        must(!(block.language === '' || /\s/.test(block.language ?? '')), at, 'language is not one word');
        break;
      case 'quote':
        must(!(block.blocks.length === 0), at, 'empty');
        assertBlocks(block.blocks, at, depth + 1);
        break;
      case 'list':
        must(!(block.items.length === 0), at, 'empty');
        must(!(!Number.isSafeInteger(block.start) || block.start < 0), at, `start ${block.start}`);
        for (const item of block.items) {
          must(!(item.checked === undefined && item.blocks.length === 0), at, 'empty item');
          assertBlocks(item.blocks, at, depth + 1);
        }
        break;
      case 'table':
        must(!(block.rows.length === 0 || block.align.length === 0), at, 'empty');
        for (const row of block.rows) {
          must(!(row.length !== block.align.length), at, 'a row of another width');
          for (const cell of row) {
            assertInlines(cell, at, false);
            must(honestLinks(cell) === cell, at, 'a link that hides where it leads');
          }
        }
        break;
      case 'rule':
        break;
    }
  });
}

/** Everything that `core/domain/document.ts` and `MarkdownPort` promise about a tree. */
export function assertDocument(document: Document): void {
  assertBlocks(document.blocks, 'document', 0);
}
