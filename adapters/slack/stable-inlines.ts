import type { Inline } from '../../core/domain/document.ts';

/** The beginning of a paragraph that later text hardly changes. */
export interface StableInlines {
  /** How many of the paragraph's nodes are in it whole. */
  readonly count: number;
  /** Those nodes, and what is stable of the next one, which is text. */
  readonly nodes: readonly Inline[];
}

/**
 * Ends before a blank between two words outside of all marks: the last word may grow, and a sign in literal text that
 * could open a mark may still find its other half.
 */
export function stableInlines(nodes: readonly Inline[]): StableInlines {
  const end = endOf(nodes);
  for (let index = Math.min(end.index, nodes.length - 1); index >= 0; index -= 1) {
    const node = nodes[index];
    if (node?.type === 'break' && index < end.index) return { count: index, nodes: nodes.slice(0, index) };
    if (node?.type !== 'text') continue;
    const text = index === end.index ? node.text.slice(0, end.at) : node.text;
    const blank = lastBlank(text);
    if (blank === -1) continue;
    const rest: readonly Inline[] = blank === 0 ? [] : [{ type: 'text', text: text.slice(0, blank) }];
    return { count: index, nodes: [...nodes.slice(0, index), ...rest] };
  }
  return { count: 0, nodes: [] };
}

/** Where the first thing stands that may still change its meaning. */
function endOf(nodes: readonly Inline[]): { readonly index: number; readonly at: number } {
  const table = tableStart(nodes);
  for (const [index, node] of nodes.entries()) {
    if (index === table) return { index, at: 0 };
    if (node.type !== 'text') continue;
    const at = openSign(node.text);
    if (at !== undefined) return { index, at };
  }
  return { index: nodes.length, at: 0 };
}

/** Where the line begins that may be the head of a table: the last one, or the one before what may be its rule. */
function tableStart(nodes: readonly Inline[]): number | undefined {
  const last = lineStart(nodes, nodes.length);
  const isRule = last > 0 && /^[|:\-\s]*$/.test(textOf(nodes.slice(last)));
  const start = isRule ? lineStart(nodes, last - 1) : last;
  return textOf(nodes.slice(start)).includes('|') ? start : undefined;
}

const lineStart = (nodes: readonly Inline[], end: number): number =>
  nodes.slice(0, end).findLastIndex((node) => node.type === 'break') + 1;

const textOf = (nodes: readonly Inline[]): string =>
  nodes.map((node) => (node.type === 'text' ? node.text : '\u0001')).join('');

/** The first sign that could open a mark, a link or code which is not complete. */
function openSign(text: string): number | undefined {
  for (const match of text.matchAll(/[`*_[<]|~~/g)) {
    if (mayOpen(match[0], text.slice(0, match.index), text.slice(match.index + match[0].length)))
      return match.index;
  }
  return undefined;
}

function mayOpen(sign: string, before: string, after: string): boolean {
  switch (sign) {
    case '`':
      return true;
    case '[': {
      const close = after.indexOf(']');
      return close === -1 || /^(?:$|[([:])/.test(after.slice(close + 1));
    }
    case '<':
      return !/^[\s\d=-]/.test(after) && !after.includes('>');
    case '_':
      return /^(?:$|\S)/.test(after) && !/[\p{L}\p{N}]$/u.test(before);
    default:
      return /^(?:$|\S)/.test(after);
  }
}

/** East Asian text has no blanks: it may end between any two of its characters. */
const eastAsian = /^[\u2e80-\ua4cf\uf900-\ufaff\uff00-\uffef]{2}$/;

function lastBlank(text: string): number {
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (/\s/.test(text.charAt(at)) || eastAsian.test(text.slice(Math.max(0, at - 1), at + 1))) return at;
  }
  return -1;
}
