import { type AddedToken, isMarkup } from './added-token.ts';
import { exactPreTokenizer } from './exact-pre-tokenizer.ts';
import type { ModelJson, TokenizerJson } from './wire.ts';

/**
 * A tokenizer that finds no added token anywhere, and whose model cannot build one of its own pieces either: their
 * places in the vocabulary stay, under names that no text can spell.
 */
export function bareTokenizer(json: TokenizerJson, tokens: readonly AddedToken[]): TokenizerJson {
  const names = new Map(tokens.filter(isMarkup).map(({ content, id }) => [content, unspellable(id)]));
  return {
    ...json,
    added_tokens: [],
    normalizer: json['normalizer'] ?? null,
    pre_tokenizer: exactPreTokenizer(json['pre_tokenizer']),
    decoder: json['decoder'] ?? null,
    // Added tokens come from the template alone: nothing is put around a text.
    post_processor: null,
    model: renamed(json.model, names),
  };
}

/** Text is well-formed before it comes here, so that half a surrogate pair is in none. */
function unspellable(id: number): string {
  return `\ud800${id}`;
}

function renamed(model: ModelJson, names: ReadonlyMap<string, string>): ModelJson {
  const name = (piece: string): string => names.get(piece) ?? piece;
  const { vocab, merges, unk_token } = model;
  const isList = (value: typeof vocab): value is readonly (readonly [string, number])[] =>
    Array.isArray(value);
  return {
    ...model,
    ...(typeof unk_token === 'string' ? { unk_token: name(unk_token) } : {}),
    // What a merge would make must be in the vocabulary, or its text would be lost.
    ...(merges === undefined ? {} : { merges: merges.filter((merge) => !names.has(mergedPiece(merge))) }),
    vocab: isList(vocab)
      ? vocab.map(([piece, score]) => [name(piece), score] as const)
      : Object.fromEntries(Object.entries(vocab).map(([piece, id]) => [name(piece), id])),
  };
}

function mergedPiece(merge: string | readonly [string, string]): string {
  return typeof merge === 'string' ? merge.replace(' ', '') : merge.join('');
}
