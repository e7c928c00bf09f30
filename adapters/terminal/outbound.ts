import type { Block, Document, Inline, ListItem } from '../../core/domain/document.ts';
import type { AnswerNotes } from '../../core/domain/outbound-message.ts';
import { oneLine } from '../../core/domain/plain-text.ts';
import { tableLines } from '../../core/domain/table-lines.ts';

/** Everything that could steer a terminal: C0 and C1 controls but line break and tab. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text without anything that a terminal would obey. */
export function withoutControls(text: string): string {
  return text.replaceAll(control, '');
}

function inlineText(inlines: readonly Inline[]): string {
  return inlines
    .map((inline): string => {
      switch (inline.type) {
        case 'text':
          return inline.text;
        case 'code':
          return `\`${inline.text}\``;
        case 'break':
          return '\n';
        case 'link': {
          const label = inlineText(inline.children);
          const address = inline.url.replace(/^mailto:/, '');
          return label === address || label === inline.url ? label : `${label} (${inline.url})`;
        }
        default:
          return inlineText(inline.children);
      }
    })
    .join('');
}

/** `first` before the first line, as much space before the others; empty lines stay empty. */
function indent(text: string, first: string): string {
  const rest = ' '.repeat(first.length);
  return text
    .split('\n')
    .map((line, index) => (index === 0 ? `${first}${line}` : line === '' ? '' : `${rest}${line}`))
    .join('\n');
}

function itemText(item: ListItem, marker: string): string {
  const box = item.checked === undefined ? '' : item.checked ? '[x] ' : '[ ] ';
  return indent(box + blocksText(item.blocks, '\n'), marker);
}

function tableText({ rows, align }: Extract<Block, { type: 'table' }>): string {
  return tableLines(
    rows.map((row) => row.map((cell) => oneLine(withoutControls(inlineText(cell))))),
    align,
  );
}

function blockText(block: Block): string {
  switch (block.type) {
    case 'paragraph':
    case 'heading':
      return inlineText(block.children);
    case 'code_block':
      return indent(`\n${block.text.replace(/\n$/, '')}`, '    ').replace(/^ *\n/, '');
    case 'quote':
      return blocksText(block.blocks, '\n\n')
        .split('\n')
        .map((line) => `> ${line}`.trimEnd())
        .join('\n');
    case 'list':
      return block.items
        .map((item, index) => itemText(item, block.ordered ? `${block.start + index}. ` : '- '))
        .join('\n');
    case 'table':
      return tableText(block);
    case 'rule':
      return '-'.repeat(20);
  }
}

function blocksText(blocks: readonly Block[], between: string): string {
  return blocks.map(blockText).join(between);
}

/** A document as plain text for a terminal: no markup, no control characters, nothing lost. */
export function plainText(body: Document): string {
  return withoutControls(blocksText(body.blocks, '\n\n'));
}

/**
 * What of a document that still grows can be shown for good: the finished blocks, and of the last one what more text
 * will not change in all likelihood. Tables and a paragraph's last line wait: a following line may change them.
 */
export function settledText(body: Document): string {
  const last = body.blocks.at(-1);
  if (last === undefined) return '';
  const before = plainText({ blocks: body.blocks.slice(0, -1) });
  const tail = last.type === 'table' ? '' : settledTail(last);
  return before === '' ? tail : tail === '' ? before : `${before}\n\n${tail}`;
}

function settledTail(block: Block): string {
  if (block.type === 'paragraph') return withoutControls(settledWords(block.children));
  const text = withoutControls(blockText(block));
  return text.slice(0, Math.max(0, text.lastIndexOf('\n')));
}

/** What may still turn the text behind it into markup, or the whole paragraph into a table. */
const mark = /[*_`~[\]<|]|https?:|www\./;

/** Up to the last whole word before anything that may still become something else. */
function settledWords(inlines: readonly Inline[]): string {
  let text = '';
  for (const [index, inline] of inlines.entries()) {
    const last = index === inlines.length - 1;
    if (inline.type !== 'text') {
      if (last) break;
      text += inlineText([inline]);
      continue;
    }
    const at = inline.text.search(mark);
    text += at === -1 ? inline.text : inline.text.slice(0, at);
    if (at !== -1) break;
    if (last) text = text.slice(0, text.search(/\S*$/));
  }
  return text.trimEnd();
}

/** The line under an answer: which skills it was given. */
export function footnoteOf(notes: AnswerNotes | undefined): string | undefined {
  if (notes === undefined || notes.skills.length === 0) return undefined;
  const skills = notes.skills.map((skill) => `${skill.name} (${skill.score.toFixed(2)})`).join(', ');
  return withoutControls(`skills: ${skills}; /why tells more`);
}
