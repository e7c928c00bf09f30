import type { Block, Document, Inline, ListItem } from '../../core/domain/document.ts';
import { oneLine, plainInlines } from '../../core/domain/plain-text.ts';
import { tableLines } from '../../core/domain/table-lines.ts';

/** The same message twice: as Telegram's HTML, and as the characters that stand on the screen. */
export interface Rendered {
  readonly html: string;
  readonly text: string;
}

interface Surroundings {
  /** Telegram's quotes do not nest: inner ones are marked with a sign. */
  readonly inQuote: boolean;
  readonly indent: string;
}

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const escapeAttribute = (text: string): string => escapeText(text).replaceAll('"', '&quot;');

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that Telegram does not show
const controls = /[\u0000-\u0009\u000b\u000c\u000e-\u001f]/g;
/** Line and paragraph separators and directional overrides, which Telegram removes. */
const removed = /\r|[\u2028-\u202e]/g;

/** The text as Telegram would keep it: control characters become spaces, lone surrogates the replacement character. */
export function cleanText(text: string): string {
  return text.replaceAll(removed, '').replaceAll(controls, ' ').toWellFormed();
}

const literal = (text: string): Rendered => {
  const clean = cleanText(text);
  return { html: escapeText(clean), text: clean };
};

/**
 * Telegram makes a mention of every `@name` in a bot's text too, and tells whoever bears the name. Answers call nobody:
 * a word joiner, which takes no room, stands behind the sign. In code nothing is looked for, in links only before a path
 * (`/@name`) is the sign left as it is, since there it belongs to an address.
 */
const callsNobody = (text: string, isInLink: boolean): string =>
  text.replaceAll(isInLink ? /(?<![\p{L}\p{N}_/])@(?=\w|$)/gu : /(?<![\p{L}\p{N}_])@(?=\w|$)/gu, '@\u2060');

const join = (parts: readonly Rendered[], separator = ''): Rendered => ({
  html: parts.map((part) => part.html).join(separator),
  text: parts.map((part) => part.text).join(separator),
});

const tagged = (open: string, close: string, inside: Rendered): Rendered =>
  inside.text === '' ? inside : { html: `<${open}>${inside.html}</${close}>`, text: inside.text };

function renderLink(url: string, label: Rendered): Rendered {
  const shown = label.text.trim() === '' ? literal(url) : label;
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) {
    return tagged(`a href="${escapeAttribute(cleanText(url))}"`, 'a', shown);
  }
  // Telegram makes no links of mail addresses under other words, but finds those that stand in the text.
  const address = /^mailto:([^?]+)/i.exec(url)?.[1];
  if (address === undefined || shown.text.includes(address)) return shown;
  return join([shown, literal(` (${address})`)]);
}

function renderInline(node: Inline, isInLink: boolean): Rendered {
  switch (node.type) {
    case 'text':
      return literal(callsNobody(cleanText(node.text), isInLink));
    case 'strong':
      return tagged('b', 'b', renderInlines(node.children, isInLink));
    case 'emphasis':
      return tagged('i', 'i', renderInlines(node.children, isInLink));
    case 'strikethrough':
      return tagged('s', 's', renderInlines(node.children, isInLink));
    case 'code':
      return tagged('code', 'code', literal(node.text));
    case 'link':
      return renderLink(node.url, renderInlines(node.children, true));
    case 'break':
      return { html: '\n', text: '\n' };
  }
}

const renderInlines = (nodes: readonly Inline[], isInLink = false): Rendered =>
  join(nodes.map((node) => renderInline(node, isInLink)));

/** Puts the same prefix behind every line break; tags never hold one. */
const indented = (rendered: Rendered, prefix: string): Rendered =>
  prefix === ''
    ? rendered
    : {
        html: rendered.html.replaceAll('\n', `\n${escapeText(prefix)}`),
        text: rendered.text.replaceAll('\n', `\n${prefix}`),
      };

function renderCode(block: Extract<Block, { type: 'code_block' }>): Rendered {
  const code = literal(block.text.replaceAll('\t', '    ').replace(/\n+$/, ''));
  const language = block.language;
  if (language === undefined || !/^[A-Za-z0-9+#_.-]{1,32}$/.test(language)) return tagged('pre', 'pre', code);
  return tagged('pre', 'pre', tagged(`code class="language-${language}"`, 'code', code));
}

function renderQuote(blocks: readonly Block[], around: Surroundings): Rendered {
  if (!around.inQuote) {
    return tagged('blockquote', 'blockquote', renderBlocks(blocks, { inQuote: true, indent: '' }));
  }
  const inside = renderBlocks(blocks, { ...around, indent: `${around.indent}> ` });
  return join([literal('> '), inside]);
}

function renderItem(item: ListItem, marker: string, around: Surroundings): Rendered {
  const box = item.checked === undefined ? undefined : item.checked ? '☑' : '☐';
  // A task list shows boxes instead of bullets, but keeps its numbers.
  const sign = box === undefined ? marker : marker === '•' ? box : `${marker} ${box}`;
  const inside = renderBlocks(item.blocks, { ...around, indent: `${around.indent}   ` }, '\n');
  return join([literal(`${sign} `), inside]);
}

function renderBlock(block: Block, around: Surroundings): Rendered {
  switch (block.type) {
    case 'paragraph':
      return indented(renderInlines(block.children), around.indent);
    case 'heading':
      return tagged('b', 'b', indented(renderInlines(block.children), around.indent));
    case 'code_block':
      return renderCode(block);
    case 'quote':
      return renderQuote(block.blocks, around);
    case 'list':
      return join(
        block.items.map((item, index) =>
          renderItem(item, block.ordered ? `${block.start + index}.` : '•', around),
        ),
        `\n${around.indent}`,
      );
    case 'table':
      return tagged(
        'pre',
        'pre',
        literal(
          tableLines(
            block.rows.map((row) => row.map(cellText)),
            block.align,
          ),
        ),
      );
    case 'rule':
      return literal('———');
  }
}

/** Nothing is clickable in a table: addresses stand behind their words. */
const cellText = (cell: readonly Inline[]): string => oneLine(cleanText(plainInlines(cell)));

/** Code, tables and outer quotes start at the left edge: an indentation would be part of them. */
const isFlush = (block: Block, around: Surroundings): boolean =>
  block.type === 'code_block' || block.type === 'table' || (block.type === 'quote' && !around.inQuote);

/** Blocks without anything to show leave no gap. */
function renderBlocks(blocks: readonly Block[], around: Surroundings, separator = '\n\n'): Rendered {
  let whole: Rendered = { html: '', text: '' };
  for (const block of blocks) {
    const part = renderBlock(block, around);
    if (part.text === '') continue;
    const gap = isFlush(block, around) ? literal(separator) : literal(`${separator}${around.indent}`);
    whole = whole.text === '' ? part : join([whole, gap, part]);
  }
  return whole;
}

/** Pure and total. The text is what Telegram counts: UTF-16 code units after reading the markup. */
export function renderDocument(document: Document): Rendered {
  return renderBlocks(document.blocks, { inQuote: false, indent: '' });
}
