import type { PhrasingContent } from 'mdast';
import type { Inline } from '../../core/domain/document.ts';
import { honestLinks } from '../../core/domain/honest-links.ts';
import { inlineText } from '../../core/domain/inline-slices.ts';
import { withoutMarks } from './bound-structure.ts';
import { linkUrl } from './link-url.ts';
import { literalText } from './literal-text.ts';

/** Deeper emphasis than this keeps its words and loses its emphasis. */
const maxInlineDepth = 50;

/** The one tag that Markdown has no other way to say inside a table. */
const lineBreak = /^<br\s*\/?>$/i;

const seen = /[^\s\p{Cf}\p{Cc}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u;

/** Where a link reference leads, by the identifier of its definition. */
export type LinkTargets = ReadonlyMap<string, string>;

export interface InlineContext {
  readonly targets: LinkTargets;
  /** What stands where the text has a line ending. */
  readonly lineEnding: 'break' | 'space';
}

/** Inline nodes of the parser as inlines of a document: no empty node, no two texts side by side, no link in a link, no link that hides where it leads. */
export function toInlines(nodes: readonly PhrasingContent[], context: InlineContext): readonly Inline[] {
  const inlines: Inline[] = [];
  collect(nodes, context, { depth: 0, isInLink: false }, inlines);
  return trimmed(honestLinks(inlines));
}

interface Place {
  readonly depth: number;
  readonly isInLink: boolean;
}

function collect(
  nodes: readonly PhrasingContent[],
  context: InlineContext,
  place: Place,
  into: Inline[],
): void {
  for (const node of nodes) {
    switch (node.type) {
      case 'text':
        pushText(literalText(node.value), context, into);
        break;
      case 'html':
        pushText(lineBreak.test(node.value) ? '\n' : literalText(node.value), context, into);
        break;
      case 'inlineCode':
        pushCode(literalText(node.value).replaceAll('\n', ' '), into);
        break;
      case 'break':
        pushText('\n', context, into);
        break;
      case 'strong':
      case 'emphasis':
        pushNested(node.type, node.children, context, place, into);
        break;
      case 'delete':
        pushNested('strikethrough', node.children, context, place, into);
        break;
      case 'link':
        pushLink(node.url, node.children, context, place, into);
        break;
      case 'linkReference':
        pushLink(context.targets.get(node.identifier) ?? '', node.children, context, place, into);
        break;
      case 'image':
        pushImage(node.url, node.alt, context, place, into);
        break;
      case 'imageReference':
        pushImage(context.targets.get(node.identifier) ?? '', node.alt, context, place, into);
        break;
      case 'footnoteReference':
        pushText(`[^${literalText(node.label ?? node.identifier)}]`, context, into);
        break;
    }
  }
}

function pushText(value: string, context: InlineContext, into: Inline[]): void {
  for (const [index, line] of value.split('\n').entries()) {
    if (index > 0) {
      if (context.lineEnding === 'break') into.push({ type: 'break' });
      else appendText(' ', into);
    }
    if (line !== '') appendText(line, into);
  }
}

function appendText(text: string, into: Inline[]): void {
  const last = into.at(-1);
  if (last?.type === 'text') into[into.length - 1] = { type: 'text', text: last.text + text };
  else into.push({ type: 'text', text });
}

function pushCode(text: string, into: Inline[]): void {
  if (text !== '') into.push({ type: 'code', text });
}

function pushNested(
  type: 'strong' | 'emphasis' | 'strikethrough',
  nodes: readonly PhrasingContent[],
  context: InlineContext,
  place: Place,
  into: Inline[],
): void {
  const inner = { ...place, depth: place.depth + 1 };
  if (inner.depth > maxInlineDepth) {
    collect(nodes, context, inner, into);
    return;
  }
  const children: Inline[] = [];
  collect(nodes, context, inner, children);
  if (children.length > 0) into.push({ type, children });
}

function pushLink(
  address: string,
  nodes: readonly PhrasingContent[],
  context: InlineContext,
  place: Place,
  into: Inline[],
): void {
  const url = linkUrl(withoutMarks(address));
  const inner = { depth: place.depth + 1, isInLink: true };
  if (place.isInLink || url === undefined) {
    collect(nodes, context, place.isInLink ? inner : place, into);
    return;
  }
  const children: Inline[] = [];
  collect(nodes, context, inner, children);
  // Nothing to see is nothing to know it by.
  const isShown = seen.test(inlineText(children));
  into.push({ type: 'link', url, children: isShown ? children : [{ type: 'text', text: url }] });
}

function pushImage(
  address: string,
  alt: string | null | undefined,
  context: InlineContext,
  place: Place,
  into: Inline[],
): void {
  const nodes: PhrasingContent[] = alt ? [{ type: 'text', value: alt }] : [];
  pushLink(address, nodes, context, place, into);
}

const isBlank = (inline: Inline | undefined): boolean =>
  inline?.type === 'break' || (inline?.type === 'text' && inline.text.trim() === '');

/** Without breaks and blanks at either end. */
function trimmed(inlines: readonly Inline[]): readonly Inline[] {
  let from = 0;
  let to = inlines.length;
  while (from < to && isBlank(inlines[from])) from += 1;
  while (to > from && isBlank(inlines[to - 1])) to -= 1;
  return inlines.slice(from, to);
}
