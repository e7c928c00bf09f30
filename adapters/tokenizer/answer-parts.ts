import type { AddedToken } from './added-token.ts';
import type { TextIds } from './text-ids.ts';

export const answerTags = ['<think>', '</think>', '<tool_call>', '</tool_call>'] as const;
export type AnswerTag = (typeof answerTags)[number];

export type AnswerPart =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'tag';
      readonly tag: AnswerTag;
      /** What is left of it where it closes nothing: a token is no text, a spelling is. */
      readonly stray: string;
    };

/**
 * Cuts an answer at its tags. A tag for which the tokenizer has a token is that token alone, so that a model that repeats
 * what somebody wrote calls no tool; only without such a token its spelling counts. All other markup is left out.
 */
export function createAnswerParts(
  tokens: readonly AddedToken[],
  textIds: TextIds,
): (ids: Iterable<number>) => readonly AnswerPart[] {
  const markup = new Map(tokens.filter(({ isMarkup }) => isMarkup).map(({ id, content }) => [id, content]));
  const owned = new Set(markup.values());
  const spelled = answerTags.filter((tag) => !owned.has(tag));
  const spelledTag = spelled.length === 0 ? undefined : new RegExp(`(${spelled.join('|')})`);

  const textParts = (ids: readonly number[]): readonly AnswerPart[] => {
    const text = textIds.decode(ids);
    const pieces = spelledTag === undefined ? [text] : text.split(spelledTag);
    return pieces
      .filter((piece) => piece !== '')
      .map((piece) => tagPart(piece, piece) ?? { type: 'text', text: piece });
  };

  return (ids) => {
    const parts: AnswerPart[] = [];
    let run: number[] = [];
    for (const id of ids) {
      const content = markup.get(id);
      if (content === undefined) {
        run.push(id);
        continue;
      }
      const tag = tagPart(content, '');
      if (tag === undefined) continue;
      parts.push(...textParts(run), tag);
      run = [];
    }
    parts.push(...textParts(run));
    return parts;
  };
}

function tagPart(content: string, stray: string): AnswerPart | undefined {
  const tag = answerTags.find((known) => known === content);
  return tag === undefined ? undefined : { type: 'tag', tag, stray };
}
