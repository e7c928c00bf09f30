import type { AddedToken } from './added-token.ts';
import { createTrie, type Trie } from './trie.ts';

export type Segment =
  | { readonly type: 'token'; readonly id: number }
  | {
      readonly type: 'text';
      readonly text: string;
      /** Whether the whole text begins with it. */
      readonly isFirst: boolean;
      /** Whether a normaliser has its say at the beginning of it: not after a token which is found after normalisation. */
      readonly opensSection: boolean;
    };

/** Cuts a text at the added tokens that it spells. Texts keep their order and are not empty. */
export type MarkupSplitter = (text: string) => readonly Segment[];

/**
 * As Hugging Face's tokenizers do it: first all tokens that are not `normalized`, then in what is left the others;
 * from the left the longest first; `single_word` ones only beside no word; `lstrip` and `rstrip` ones with the space
 * that no token has taken yet. One difference: `normalized` tokens are looked for as they are spelled.
 */
export function createMarkupSplitter(tokens: readonly AddedToken[]): MarkupSplitter {
  const plain = createTrie(tokens.filter((token) => !token.normalized));
  const normalized = createTrie(tokens.filter((token) => token.normalized));
  return (text) => {
    const segments: Segment[] = [];
    let isFirst = true;
    for (const section of cut(text, plain)) {
      if (typeof section !== 'string') segments.push({ type: 'token', id: section.id });
      else {
        for (const [at, piece] of cut(section, normalized).entries()) {
          if (typeof piece !== 'string') segments.push({ type: 'token', id: piece.id });
          else
            segments.push({
              type: 'text',
              text: piece,
              isFirst: isFirst && at === 0,
              opensSection: at === 0,
            });
        }
      }
      isFirst = false;
    }
    return segments;
  };
}

function cut(text: string, trie: Trie): (string | AddedToken)[] {
  const pieces: (string | AddedToken)[] = [];
  let from = 0;
  let at = 0;
  while (at < text.length) {
    const token = trie.longestAt(text, at);
    if (token === undefined) {
      at += 1;
      continue;
    }
    const end = at + token.content.length;
    if (token.singleWord && touchesWord(text, at, end)) {
      at = end;
      continue;
    }
    const start = token.lstrip ? at - spaceBefore(text, at) : at;
    // Space that the token before has taken is not taken twice.
    if (start > from) pieces.push(text.slice(from, start));
    pieces.push(token);
    from = token.rstrip ? end + spaceAfter(text, end) : end;
    at = from;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}

const word = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]';
const wordAtEnd = new RegExp(`${word}$`, 'u');
const wordAtStart = new RegExp(`^${word}`, 'u');

function touchesWord(text: string, start: number, end: number): boolean {
  // Two units hold the one character that matters.
  return (
    wordAtEnd.test(text.slice(Math.max(0, start - 2), start)) || wordAtStart.test(text.slice(end, end + 2))
  );
}

const space = /\p{White_Space}/u;

function spaceBefore(text: string, at: number): number {
  let start = at;
  while (start > 0 && space.test(text.charAt(start - 1))) start -= 1;
  return at - start;
}

function spaceAfter(text: string, at: number): number {
  let end = at;
  while (end < text.length && space.test(text.charAt(end))) end += 1;
  return end - at;
}
