import type { Inline } from './document.ts';

/** How long inlines are in positions: UTF-16 units of text and code, one for a break. */
export function inlineLength(inlines: readonly Inline[]): number {
  let length = 0;
  for (const inline of inlines) length += lengthOf(inline);
  return length;
}

function lengthOf(inline: Inline): number {
  switch (inline.type) {
    case 'break':
      return 1;
    case 'text':
    case 'code':
      return inline.text.length;
    default:
      return inlineLength(inline.children);
  }
}

/** The words of inlines; a break is a line ending. */
export function inlineText(inlines: readonly Inline[]): string {
  let text = '';
  for (const inline of inlines) {
    if (inline.type === 'break') text += '\n';
    else text += 'text' in inline ? inline.text : inlineText(inline.children);
  }
  return text;
}

/** What stands between two positions, in the same marks and links as before. */
export function sliceInlines(inlines: readonly Inline[], from: number, to: number): readonly Inline[] {
  const slice: Inline[] = [];
  let position = 0;
  for (const inline of inlines) {
    if (position >= to) break;
    const length = lengthOf(inline);
    const start = Math.max(0, from - position);
    const end = Math.min(length, to - position);
    position += length;
    if (start >= end) continue;
    if (start === 0 && end === length) slice.push(inline);
    else if (inline.type === 'text' || inline.type === 'code')
      slice.push({ ...inline, text: inline.text.slice(start, end) });
    else if (inline.type !== 'break')
      slice.push({ ...inline, children: sliceInlines(inline.children, start, end) });
  }
  return slice;
}

/** Without blanks and breaks at either end; code keeps its blanks. */
export function trimInlines(inlines: readonly Inline[]): readonly Inline[] {
  return trimEnd(trimStart(inlines));
}

function trimStart(inlines: readonly Inline[]): readonly Inline[] {
  for (const [index, inline] of inlines.entries()) {
    const trimmed = trimmedAtEdge(inline, 'start');
    if (trimmed === inline) return index === 0 ? inlines : inlines.slice(index);
    if (trimmed !== undefined) return [trimmed, ...inlines.slice(index + 1)];
  }
  return [];
}

function trimEnd(inlines: readonly Inline[]): readonly Inline[] {
  for (let index = inlines.length - 1; index >= 0; index -= 1) {
    const inline = inlines[index];
    if (inline === undefined) break;
    const trimmed = trimmedAtEdge(inline, 'end');
    if (trimmed === inline) return index === inlines.length - 1 ? inlines : inlines.slice(0, index + 1);
    if (trimmed !== undefined) return [...inlines.slice(0, index), trimmed];
  }
  return [];
}

function trimmedAtEdge(inline: Inline, edge: 'start' | 'end'): Inline | undefined {
  if (inline.type === 'break') return undefined;
  if (inline.type === 'code') return inline.text === '' ? undefined : inline;
  if (inline.type === 'text') {
    const text = edge === 'start' ? inline.text.trimStart() : inline.text.trimEnd();
    if (text === inline.text) return text === '' ? undefined : inline;
    return text === '' ? undefined : { type: 'text', text };
  }
  const children = edge === 'start' ? trimStart(inline.children) : trimEnd(inline.children);
  if (children.length === 0) return undefined;
  return children === inline.children ? inline : { ...inline, children };
}
