import type { AddedToken } from './added-token.ts';

interface Node {
  readonly next: Map<number, Node>;
  token: AddedToken | undefined;
}

export interface Trie {
  /** The longest spelling that begins at `at`. */
  longestAt(text: string, at: number): AddedToken | undefined;
}

export function createTrie(tokens: readonly AddedToken[]): Trie {
  const root: Node = { next: new Map(), token: undefined };
  for (const token of tokens) {
    let node = root;
    for (let at = 0; at < token.content.length; at += 1) {
      const code = token.content.charCodeAt(at);
      let next = node.next.get(code);
      if (next === undefined) {
        next = { next: new Map(), token: undefined };
        node.next.set(code, next);
      }
      node = next;
    }
    node.token = token;
  }
  return {
    longestAt(text, start) {
      let node = root.next.get(text.charCodeAt(start));
      let longest: AddedToken | undefined;
      for (let at = start + 1; node !== undefined; at += 1) {
        longest = node.token ?? longest;
        node = at < text.length ? node.next.get(text.charCodeAt(at)) : undefined;
      }
      return longest;
    },
  };
}
