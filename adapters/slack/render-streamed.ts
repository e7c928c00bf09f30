import { cleanCode, cleanText } from '../../core/domain/clean-text.ts';
import type { Block, Document, Inline, ListItem } from '../../core/domain/document.ts';
import { trimInlines } from '../../core/domain/inline-slices.ts';
import { type InlineDialect, isLineEdge, writeInlines } from './inline-writer.ts';
import { linkAddress } from './link-address.ts';
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
const lineStarts = /(^|\n)[ \t]*(?:(#|[-+=|]|:(?=-))|(\d+)([.)]))/g;
const wordJoiner = '\u2060';
/** Plain words that some of Slack's parsers read as a call to everybody. */
const broadcasts = /@(?=here|channel|everyone)/gi;
/** Where an address would become a link that the tree does not have. */
const addressParts = /:(?=\/\/)|\bwww(?=\.)|(?<=[\w.+-])@(?=\w)/gi;
const joined = (sign: string): string => sign + wordJoiner;

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

  /** Literal text of a paragraph, or of a link, where nothing becomes a link of its own. */
  function words(source: string, isLineStart: boolean, isLabel: boolean): string {
    const clean = cleanText(source);
    const trimmed = clean.replaceAll(isLineStart ? /(^|\n)[ \t]+/g : /(\n)[ \t]+/g, '$1');
    const apart = (isLabel ? trimmed : trimmed.replaceAll(addressParts, joined)).replaceAll(
      broadcasts,
      joined,
    );
    if (apart !== clean || /[~=|]|:-/.test(apart)) approximate();
    return escapeText(apart.replaceAll(signs, '\\$&')).replaceAll(
      lineStarts,
      (whole, start: string, sign?: string, digits = '', dot = '') => {
        if (start === '' && !isLineStart) return whole;
        return sign === undefined ? `${start}${digits}\\${dot}` : `${start}\\${sign}`;
      },
    );
  }

  const literal = (source: string, isLineStart: boolean): string => words(source, isLineStart, false);

  const dialect: InlineDialect = {
    markers: { strong: '**', emphasis: '_', strikethrough: '~~' },
    literal,
    code(text) {
      const clean = cleanText(text);
      if (clean.includes('`') || clean.trim() !== clean) return undefined;
      return `\`${codeText(clean)}\``;
    },
    link(url, label, before) {
      const address = linkAddress(url);
      const shown = label === '' ? url : label;
      if (address === undefined) return literal(shown, isLineEdge(before));
      const destination = address
        .replaceAll('(', '%28')
        .replaceAll(')', '%29')
        .replaceAll(/&(?=#?\w+;)/g, '%26');
      const isImage = before === '!';
      if (isImage) approximate();
      return `${isImage ? wordJoiner : ''}[${words(shown, false, true)}](${destination})`;
    },
    lineBreak: '  \n',
    onDropped: approximate,
    keepsAllMarks: false,
  };

  /** Nobody says whether escapes are decoded in code: what has any is shown again as blocks. */
  function codeText(text: string): string {
    const escaped = escapeText(text).replaceAll(broadcasts, joined);
    if (escaped !== text) approximate();
    return escaped;
  }

  function paragraph(source: readonly Inline[], { isOpen }: Open): Written {
    const children = trimInlines(source);
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
    const box = item.checked === undefined ? '' : item.checked ? '☑' : '☐';
    const { text: inside, isCut } = blocks(item.blocks, open, 'item');
    if (inside === '' && isCut) return held;
    // A list's sign alone would underline what stands above it.
    const text = inside === '' && box === '' ? wordJoiner : inside;
    // Code, a quote or a list begins on a line of its own.
    const gap = box === '' ? '' : /^(?:```|> |- |\d+\. )/.test(text) ? '\n\n' : ' ';
    const indent = ' '.repeat(marker.length + 1);
    return { text: `${marker} ${(box + gap + text).replaceAll('\n', `\n${indent}`)}`, isCut };
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
    return place === 'item' && above.type === 'paragraph' && mayInterrupt(below) ? '\n' : '\n\n';
  }

  return { blocks, isExact: () => isExact };
}

/** Whether a block is read as one without a blank line between it and the words above. */
function mayInterrupt(block: Block): boolean {
  if (block.type === 'list') return !block.ordered || block.start === 1;
  return block.type === 'code_block' || block.type === 'quote';
}
