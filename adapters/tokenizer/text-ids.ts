import type { AddedToken } from './added-token.ts';
import { type BareParts, bareTokenizer } from './bare-tokenizer.ts';
import type { Libraries, LibraryTokenizer, TokenizerJson } from './wire.ts';

/** Where a text stands. */
export interface TextPlace {
  /** Whether the whole text begins with it. */
  readonly isFirst: boolean;
  /** False after a token that is found after normalisation: there the normaliser puts nothing before a text. */
  readonly opensSection: boolean;
}

/**
 * Text to ids and back by the model alone. Nothing in a text becomes markup: what the model does not know is left out
 * where its token for that is markup too.
 */
export interface TextIds {
  encode(text: string, place: TextPlace): readonly number[];
  /** Ids of added tokens give their spelling; ids that stand for nothing are left out. */
  decode(ids: Iterable<number>): string;
}

/** Rejects with the library's error on parts that it does not know. */
export async function createTextIds(parts: BareParts): Promise<TextIds> {
  const { json, tokens, libraries } = parts;
  const bare = await bareTokenizer(parts);
  const { pre_tokenizer: preTokenize, model } = bare;
  const inner = innerNormalizer(json, libraries);
  const decodeTokens = tokenDecoder(bare, tokens);
  const markup = new Set(tokens.filter(({ isMarkup }) => isMarkup).map(({ id }) => id));
  const nameOf = decodedName(model);
  const names = new Map(tokens.map((token) => [token.id, nameOf(token)]));

  return {
    encode(text, { isFirst, opensSection }) {
      const normalize = opensSection ? bare.normalizer : inner;
      // Half a surrogate pair is no character; what it would be written as is U+FFFD.
      const wellFormed = text.toWellFormed();
      const normal = normalize === null ? wellFormed : normalize(wellFormed);
      if (normal === '') return [];
      const words = preTokenize === null ? [normal] : preTokenize(normal, { section_index: isFirst ? 0 : 1 });
      const ids: number[] = [];
      for (const token of model(words)) {
        const id = model.tokens_to_ids.get(token) ?? model.unk_token_id;
        if (id !== undefined && !markup.has(id)) ids.push(id);
      }
      return ids;
    },
    decode(ids) {
      const known: string[] = [];
      for (const id of ids) {
        const token = names.get(id) ?? model.vocab[id];
        if (token !== undefined) known.push(token);
      }
      return known.length === 0 ? '' : decodeTokens(known);
    },
  };
}

/** The normaliser without what it puts before a text. */
function innerNormalizer(
  json: TokenizerJson,
  { createTokenizer }: Pick<Libraries, 'createTokenizer'>,
): LibraryTokenizer['normalizer'] {
  const steps = normalizerSteps(json['normalizer']).filter((step) => Reflect.get(step, 'type') !== 'Prepend');
  return createTokenizer({
    added_tokens: [],
    normalizer: { type: 'Sequence', normalizers: steps },
    pre_tokenizer: null,
    decoder: null,
    post_processor: null,
    model: { type: 'BPE', vocab: {}, merges: [] },
  }).normalizer;
}

function normalizerSteps(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  const steps: unknown = Reflect.get(value, 'normalizers');
  return Array.isArray(steps) ? steps.flatMap(normalizerSteps) : [value];
}

/**
 * The name under which an added token goes through the decoder: its spelling, or where the model has a piece of that name,
 * which may mean another text, one that no text can spell.
 */
function decodedName(
  model: LibraryTokenizer['model'],
): (token: Pick<AddedToken, 'id' | 'content'>) => string {
  return ({ id, content }) =>
    (model.tokens_to_ids.get(content) ?? id) === id ? content : `\ud800${id}\ud800`;
}

function tokenDecoder(
  { decoder, model }: LibraryTokenizer,
  tokens: readonly AddedToken[],
): (known: string[]) => string {
  const nameOf = decodedName(model);
  const contents = new Map(tokens.map((token) => [nameOf(token), token.content]));
  const spelled = (text: string): string =>
    text.replaceAll(/\ud800\d+\ud800/g, (name) => contents.get(name) ?? name);
  if (decoder === null) return (known) => spelled(known.join(' '));
  // Their spelling is text, not bytes under other names.
  decoder.added_tokens = [...contents.keys()].map((content) => ({ content }));
  const suffix = Reflect.get(model, 'end_of_word_suffix');
  if (typeof suffix !== 'string' || suffix === '') return (known) => spelled(decoder(known));
  return (known) => spelled(decoder(known).replaceAll(suffix, ' '));
}
