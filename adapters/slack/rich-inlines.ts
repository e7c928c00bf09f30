import { cleanText } from '../../core/domain/clean-text.ts';
import type { Inline } from '../../core/domain/document.ts';
import type { RichTextElement } from './client.ts';
import { linkAddress } from './link-address.ts';

type Style = NonNullable<RichTextElement['style']>;

/**
 * Inlines as elements of a rich text: literal text with styles, and links. No element is empty, and no two that stand
 * side by side could be one.
 */
export function richInlines(nodes: readonly Inline[], style: Style = {}): readonly RichTextElement[] {
  return merged(elementsOf(nodes, style, undefined));
}

/** The same elements with a text before them. */
export function withLead(lead: string, elements: readonly RichTextElement[]): readonly RichTextElement[] {
  return lead === '' ? elements : merged([{ type: 'text', text: lead }, ...elements]);
}

/** Several lines, or paragraphs, as one. */
export function joinedElements(
  parts: readonly (readonly RichTextElement[])[],
  between: string,
): readonly RichTextElement[] {
  return merged(
    parts.flatMap((part, index): readonly RichTextElement[] =>
      index === 0 ? part : [{ type: 'text', text: between }, ...part],
    ),
  );
}

/** Every line begins with the lead. Of links only the whole can stand on a line: their words hold no line ending. */
export function withLineLead(lead: string, elements: readonly RichTextElement[]): readonly RichTextElement[] {
  if (lead === '') return elements;
  const led = elements.map((element) =>
    element.type === 'text' ? { ...element, text: element.text.replaceAll('\n', `\n${lead}`) } : element,
  );
  return withLead(lead, led);
}

/** What stands on the screen. */
export function elementsText(elements: readonly RichTextElement[]): string {
  return elements
    .map((element) => {
      if (element.type === 'text') return element.text;
      return element.type === 'link' ? (element.text ?? element.url) : '';
    })
    .join('');
}

function elementsOf(
  nodes: readonly Inline[],
  style: Style,
  address: string | undefined,
): readonly RichTextElement[] {
  return nodes.flatMap((node) => elementOf(node, style, address));
}

function elementOf(node: Inline, style: Style, address: string | undefined): readonly RichTextElement[] {
  switch (node.type) {
    case 'text':
      return textElement(node.text, style, address);
    case 'code':
      return textElement(node.text, { ...style, code: true }, address);
    case 'break':
      return textElement(address === undefined ? '\n' : ' ', style, address);
    case 'strong':
      return elementsOf(node.children, { ...style, bold: true }, address);
    case 'emphasis':
      return elementsOf(node.children, { ...style, italic: true }, address);
    case 'strikethrough':
      return elementsOf(node.children, { ...style, strike: true }, address);
    case 'link':
      return linkElements(node.url, node.children, style, address);
  }
}

function linkElements(
  url: string,
  children: readonly Inline[],
  style: Style,
  outer: string | undefined,
): readonly RichTextElement[] {
  const address = outer ?? linkAddress(url);
  const label = elementsOf(children, style, address);
  if (elementsText(label).trim() !== '') return label;
  return address === undefined
    ? textElement(url, style, undefined)
    : [styled({ type: 'link', url: address }, style)];
}

function textElement(text: string, style: Style, address: string | undefined): readonly RichTextElement[] {
  const clean = address === undefined ? cleanText(text) : cleanText(text).replaceAll('\n', ' ');
  if (clean === '') return [];
  return [
    styled(
      address === undefined ? { type: 'text', text: clean } : { type: 'link', url: address, text: clean },
      style,
    ),
  ];
}

function styled(element: RichTextElement, style: Style): RichTextElement {
  return Object.keys(style).length === 0 ? element : { ...element, style };
}

function merged(elements: readonly RichTextElement[]): readonly RichTextElement[] {
  const result: RichTextElement[] = [];
  for (const element of elements) {
    const last = result.at(-1);
    const one = last === undefined ? undefined : asOne(last, element);
    if (one === undefined) result.push(element);
    else result[result.length - 1] = one;
  }
  return result;
}

function asOne(a: RichTextElement, b: RichTextElement): RichTextElement | undefined {
  if (!sameStyle(a.style, b.style)) return undefined;
  if (a.type === 'text' && b.type === 'text') return { ...a, text: a.text + b.text };
  if (a.type !== 'link' || b.type !== 'link' || a.url !== b.url) return undefined;
  return a.text === undefined || b.text === undefined ? undefined : { ...a, text: a.text + b.text };
}

const sameStyle = (a: Style = {}, b: Style = {}): boolean =>
  a.bold === b.bold && a.italic === b.italic && a.strike === b.strike && a.code === b.code;
