import type { Inline } from './document.ts';
import { inlineText } from './inline-slices.ts';

type Link = Extract<Inline, { readonly type: 'link' }>;

/** The words of inlines as an eye takes them, and which link each place belongs to. */
export interface ReadingForm {
  readonly text: string;
  /** For every UTF-16 unit of `text` the index of its link in `links`; -1 outside of links. */
  readonly owners: readonly number[];
  readonly links: readonly Link[];
}

const ascii = /^[\0-\x7f]*$/;
/** Takes no room, or so little that words around it look joined. */
const unseen =
  /[\p{Cf}\p{Variation_Selector}]|\u034f|\u115f|\u1160|\u17b4|\u17b5|[\u2000-\u200a]|\u202f|\u205f|\u2800|\u3164|\uffa0/u;
/** What passes for a mark of an address and is not made that mark by NFKC. */
const lookAlikes: Readonly<Record<string, string>> = {
  '\u0701': '.',
  '\u0702': '.',
  '\ua4f8': '.',
  '\ua60e': '.',
  '\u2044': '/',
  '\u2215': '/',
  '\u2571': '/',
  '\u29f8': '/',
  '\u02d0': ':',
  '\u0589': ':',
  '\u2236': ':',
  '\ua789': ':',
};
const ideographicStop = '\u3002';

/**
 * Lower case, compatibility forms folded (full-width, mathematical letters), invisible characters left out, look-alikes
 * of `.`, `/` and `:` replaced. An ideographic full stop counts as a dot inside links only: elsewhere it ends sentences.
 */
export function readingForm(inlines: readonly Inline[]): ReadingForm {
  const links: Link[] = [];
  const owners: number[] = [];
  let text = '';
  const add = (words: string, owner: number): void => {
    const read = ascii.test(words) ? words.toLowerCase() : folded(words);
    text += read;
    for (let unit = 0; unit < read.length; unit += 1) owners.push(owner);
  };
  const visit = (nodes: readonly Inline[]): void => {
    for (const node of nodes) {
      if (node.type === 'break') add('\n', -1);
      else if ('text' in node) add(node.text, -1);
      else if (node.type !== 'link') visit(node.children);
      else add(inlineText(node.children), links.push(node) - 1);
    }
  };
  visit(inlines);
  return { text: withStops(text, owners), owners, links };
}

function folded(words: string): string {
  let read = '';
  for (const char of words) {
    if (unseen.test(char)) continue;
    const plain = char.normalize('NFKC').toLowerCase();
    read += lookAlikes[plain] ?? plain;
  }
  return read;
}

function withStops(text: string, owners: readonly number[]): string {
  if (!text.includes(ideographicStop)) return text;
  return text.replaceAll(ideographicStop, (stop, at: number) => ((owners[at] ?? -1) >= 0 ? '.' : stop));
}
