import type { Nodes, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { controlsIn, decode, emojiIn, type ReadText } from './mrkdwn.ts';

const kinds: Readonly<Partial<Record<Nodes['type'], string>>> = {
  strong: 'bold',
  emphasis: 'italic',
  delete: 'strike',
  inlineCode: 'code',
  code: 'pre',
  blockquote: 'quote',
  list: 'list',
  heading: 'heading',
  table: 'table',
  thematicBreak: 'divider',
  image: 'image',
};
/** HTML is not among what Slack says it reads: https://docs.slack.dev/reference/block-kit/blocks/markdown-block */
const noHtml = { disable: { null: ['htmlFlow', 'htmlText'] } };
const blockLevel = new Set<Nodes['type']>(['root', 'blockquote', 'list', 'listItem', 'table', 'tableRow']);

function textOf(node: Nodes): string {
  switch (node.type) {
    case 'text':
      return node.value;
    case 'html':
      return node.value;
    // Slack's own escapes hold in code too.
    case 'inlineCode':
    case 'code':
      return decode(node.value);
    case 'break':
      return '\n';
    case 'image':
      return node.alt ?? '';
    default:
      return 'children' in node
        ? node.children.map((child) => textOf(child)).join(blockLevel.has(node.type) ? '\n' : '')
        : '';
  }
}

function markupOf(node: Nodes): readonly string[] {
  const kind = kinds[node.type];
  const inside = 'children' in node ? node.children.flatMap((child) => markupOf(child)) : [];
  // An address that was written out is shown as one; only other words over it are markup.
  if (node.type === 'link') return textOf(node) === node.url ? inside : ['link', ...inside];
  const emoji = node.type === 'text' ? emojiIn(node.value) : [];
  return [...(kind === undefined ? [] : [kind]), ...emoji, ...inside];
}

/**
 * Reads Markdown as Slack shows it in `markdown_text` and in markdown blocks. Slack does not say whether a mention in
 * code, or behind a backslash, is one; here it is, so that nobody relies on luck.
 */
export function readMarkdown(raw: string): ReadText {
  const root: Root = fromMarkdown(raw, {
    extensions: [gfm(), noHtml],
    mdastExtensions: [gfmFromMarkdown()],
  });
  const mentions = controlsIn(raw).filter((kind) => kind !== 'link');
  return { text: textOf(root), markup: [...markupOf(root), ...mentions] };
}
