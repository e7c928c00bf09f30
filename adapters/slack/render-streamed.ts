import type { Block, Document, Inline, ListItem } from '../../core/domain/document.ts';
import { cleanCode, cleanText, linkAddress } from './clean-text.ts';
import { type InlineDialect, writeInlines } from './inline-writer.ts';
import { tableText } from './render-blocks.ts';
import { stableInlines } from './stable-inlines.ts';

/** A document in the Markdown of `markdown_text`. */
export interface Streamed {
  readonly text: string;
  /** False where blocks would show something better: then the message is worth an update. */
  readonly isExact: boolean;
}

/** Slack reads its control sequences in Markdown too, and gives no meaning to what it decodes. */
const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** https://docs.slack.dev/reference/block-kit/blocks/markdown-block lists what a backslash takes its meaning from. */
const signs = /[\\`*_{}[\]~]/g;
const lineStarts = /(^|\n)[ \t]*(?:(#|[-+=])|(\d+)([.)]))/g;
const broadcasts = /@(?=(?:here|channel|everyone)\b)/gi;
const wordJoiner = '\u2060';

interface Open {
  /** More may follow: the last block is still being written. */
  readonly isOpen: boolean;
}

interface Written {
  readonly text: string;
  /** The text ends here for now, before what may still change. */
  readonly isCut: boolean;
}

const nothing: Written = { text: '', isCut: false };
const held: Written = { text: '', isCut: true };

/** All of a document. Pure and total. */
export function renderStreamed(document: Document): Streamed {
  const writer = createWriter();
  const { text } = writer.blocks(document.blocks, { isOpen: false }, 'flow');
  return { text, isExact: writer.isExact() };
}

/** The beginning of a document that stays as it is while text is added to its source, as far as that can be known. */
export function stableStreamed(document: Document): string {
  return createWriter().blocks(document.blocks, { isOpen: true }, 'flow').text;
}

function createWriter(): {
  blocks(blocks: readonly Block[], open: Open, place: 'item' | 'flow'): Written;
  isExact(): boolean;
} {
  let isExact = true;
  const approximate = (): void => {
    isExact = false;
  };

  function literal(text: string, isLineStart: boolean): string {
    const clean = cleanText(text);
    const lines = clean.replaceAll(isLineStart ? /(^|\n)[ \t]+/g : /(\n)[ \t]+/g, '$1');
    if (lines !== clean || /[~=]/.test(lines) || broadcasts.test(lines)) approximate();
    broadcasts.lastIndex = 0;
    const marked = escapeText(lines.replaceAll(signs, '\\$&')).replaceAll(broadcasts, `@${wordJoiner}`);
    return marked.replaceAll(lineStarts, (whole, start: string, sign?: string, digits = '', dot = '') => {
      if (start === '' && !isLineStart) return whole;
      return sign === undefined ? `${start}${digits}\\${dot}` : `${start}\\${sign}`;
    });
  }

  const dialect: InlineDialect = {
    markers: { strong: '**', emphasis: '_', strikethrough: '~~' },
    literal,
    code(text) {
      const clean = cleanText(text).replaceAll('\n', ' ');
      if (clean.includes('`') || clean.trim() !== clean) return undefined;
      return `\`${codeText(clean)}\``;
    },
    link(url, label) {
      const address = linkAddress(url);
      if (address === undefined) return literal(label === '' ? url : label, false);
      const destination = address
        .replaceAll('(', '%28')
        .replaceAll(')', '%29')
        .replaceAll(/&(?=#?\w+;)/g, '%26');
      return `[${literal(label === '' ? url : label, false)}](${destination})`;
    },
    lineBreak: '  \n',
    onDropped: approximate,
    keepsAllMarks: false,
  };

  /** Nobody says whether escapes are decoded in code: what has any is shown again as blocks. */
  function codeText(text: string): string {
    const escaped = escapeText(text);
    if (escaped !== text) approximate();
    return escaped;
  }

  function paragraph(children: readonly Inline[], { isOpen }: Open): Written {
    const pieces = writeInlines(children, dialect);
    if (!isOpen) return { text: pieces.join('').trimEnd(), isCut: false };
    const stable = stableInlines(children);
    const text =
      pieces.slice(0, stable.count).join('') +
      writeInlines(stable.nodes, dialect).slice(stable.count).join('');
    return { text: text.trimEnd(), isCut: true };
  }

  function code(source: string, { isOpen }: Open): Written {
    const clean = cleanCode(source);
    const lineEnd = clean.lastIndexOf('\n');
    const shown = (isOpen ? clean.slice(0, Math.max(0, lineEnd)) : clean).replace(/\n+$/, '');
    if (shown.trim() === '') return isOpen ? held : nothing;
    if (/`{3}/.test(shown)) approximate();
    const inside = codeText(shown.replaceAll(/`{3,}/g, (run) => 'ˋ'.repeat(run.length)));
    return isOpen
      ? { text: `\`\`\`\n${inside}`, isCut: true }
      : { text: `\`\`\`\n${inside}\n\`\`\``, isCut: false };
  }

  function list(block: Extract<Block, { readonly type: 'list' }>, { isOpen }: Open): Written {
    let text = '';
    for (const [index, item] of block.items.entries()) {
      const isLast = isOpen && index === block.items.length - 1;
      const marker = block.ordered ? `${block.start + index}.` : '-';
      const written = itemOf(item, marker, { isOpen: isLast });
      if (written.text !== '') text += (text === '' ? '' : '\n') + written.text;
      if (written.isCut) return { text, isCut: true };
    }
    return { text, isCut: isOpen };
  }

  function itemOf(item: ListItem, marker: string, open: Open): Written {
    const box = item.checked === undefined ? '' : item.checked ? '☑ ' : '☐ ';
    const { text, isCut } = blocks(item.blocks, open, 'item');
    if (text === '' && isCut) return held;
    const indent = ' '.repeat(marker.length + 1);
    return { text: `${marker} ${box}${text.replaceAll('\n', `\n${indent}`)}`, isCut };
  }

  function quote(inner: readonly Block[], open: Open): Written {
    const { text, isCut } = blocks(inner, open, 'flow');
    return text === '' ? { text, isCut } : { text: `> ${text.replaceAll('\n', '\n> ')}`, isCut };
  }

  function blockOf(block: Block, open: Open): Written {
    switch (block.type) {
      case 'paragraph':
        return paragraph(block.children, open);
      case 'heading':
        return open.isOpen ? held : paragraph([{ type: 'strong', children: block.children }], open);
      case 'code_block':
        return code(block.text, open);
      case 'quote':
        return quote(block.blocks, open);
      case 'list':
        return list(block, open);
      case 'table':
        approximate();
        if (open.isOpen) return held;
        return block.rows.length === 0 ? nothing : code(tableText(block), open);
      case 'rule':
        approximate();
        return open.isOpen ? held : { text: '———', isCut: false };
    }
  }

  function blocks(all: readonly Block[], { isOpen }: Open, place: 'item' | 'flow'): Written {
    let text = '';
    let above: Block | undefined;
    for (const [index, block] of all.entries()) {
      const written = blockOf(block, { isOpen: isOpen && index === all.length - 1 });
      if (written.text !== '') {
        if (above !== undefined) text += gapBetween(above, block, place);
        text += written.text;
        above = block;
      }
      if (written.isCut) return { text, isCut: true };
    }
    return { text, isCut: isOpen };
  }

  function gapBetween(above: Block, below: Block, place: 'item' | 'flow'): string {
    // Two lists of one kind would be read as one.
    if (above.type === 'list' && below.type === 'list' && above.ordered === below.ordered) approximate();
    const isTight = place === 'item' && above.type === 'paragraph' && below.type !== 'paragraph';
    return isTight && below.type !== 'heading' && below.type !== 'rule' ? '\n' : '\n\n';
  }

  return { blocks, isExact: () => isExact };
}
