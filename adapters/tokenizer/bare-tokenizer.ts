import type { AddedToken } from './added-token.ts';
import { exactPreTokenizer } from './exact-pre-tokenizer.ts';
import { fillMerges, type NameOf } from './fill-merges.ts';
import { isPieceList, readVocabulary } from './vocabulary.ts';
import type { Libraries, LibraryTokenizer, ModelJson, TokenizerJson } from './wire.ts';

export interface BareParts {
  readonly json: TokenizerJson;
  readonly tokens: readonly AddedToken[];
  readonly libraries: Pick<Libraries, 'createTokenizer'>;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
}

/**
 * A tokenizer that finds no added token anywhere, and whose model cannot build one of its own pieces either: their
 * places in the vocabulary stay, under names that no text can spell. Rejects with the library's error on parts that it
 * does not know.
 */
export async function bareTokenizer({
  json,
  tokens,
  libraries,
  pause,
}: BareParts): Promise<LibraryTokenizer> {
  const markup = new Set(tokens.filter(({ isMarkup }) => isMarkup).map(({ id }) => id));
  const nameOf: NameOf = (piece, id) => (markup.has(id) ? unspellable(id) : piece);
  const { model } = json;
  const { vocab } = model;
  const bare = (filled: ModelJson): LibraryTokenizer =>
    libraries.createTokenizer({
      ...json,
      added_tokens: [],
      normalizer: json['normalizer'] ?? null,
      pre_tokenizer: exactPreTokenizer(json['pre_tokenizer']),
      decoder: json['decoder'] ?? null,
      // Added tokens come from the template alone: nothing is put around a text.
      post_processor: null,
      model: filled,
    });
  if (model['type'] !== 'BPE' || isPieceList(vocab)) return bare(renamed(model, nameOf));
  // The library would fill in all of it at once, which takes seconds for the largest.
  const tokenizer = bare({ ...model, vocab: {}, merges: [] });
  await fillMerges(tokenizer.model, { ...model, vocab }, nameOf, pause);
  return tokenizer;
}

/** Text is well-formed before it comes here, so that half a surrogate pair is in none. */
function unspellable(id: number): string {
  return `\ud800${id}`;
}

function renamed(model: ModelJson, nameOf: NameOf): ModelJson {
  const { vocab, unk_token } = model;
  if (isPieceList(vocab)) {
    return { ...model, vocab: vocab.map(([piece, score], id) => [nameOf(piece, id), score] as const) };
  }
  const unknown = unk_token ?? '';
  const unknownId = readVocabulary(model).idOf(unknown);
  return {
    ...model,
    ...(unknownId === undefined ? {} : { unk_token: nameOf(unknown, unknownId) }),
    vocab: Object.fromEntries(Object.entries(vocab).map(([piece, id]) => [nameOf(piece, id), id])),
  };
}
