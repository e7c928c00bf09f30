import { readVocabulary, type Vocabulary } from './vocabulary.ts';
import { isObject, type JsonObject, type TokenizerJson } from './wire.ts';

/** A token that a tokenizer finds before its model sees the text. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Marked so, named by the configuration, or an end of answers. */
  readonly special: boolean;
  /**
   * Whether it means something that text does not: special tokens, and all with more than one character besides the space
   * around. Other single characters and runs of space, which some tokenizers list among their added tokens, mean
   * themselves; so does a character that is special and ends no answer, but without which the model could not write it.
   */
  readonly isMarkup: boolean;
  /** Found after normalisation, in what the others left. */
  readonly normalized: boolean;
  /** Takes the space before it along. */
  readonly lstrip: boolean;
  /** Takes the space after it along. */
  readonly rstrip: boolean;
  /** Found only where no word goes on beside it. */
  readonly singleWord: boolean;
}

/** Its spelling without the space around, if it is not all space. */
export function coreOf({ content }: Pick<AddedToken, 'content'>): string {
  return withoutSpace(content) || content;
}

function withoutSpace(content: string): string {
  return content.replaceAll(/^[\s▁]+|[\s▁]+$/gu, '');
}

/**
 * The added tokens of `tokenizer.json`, and those that the configuration adds when a model is loaded: entries of
 * `added_tokens_decoder`, and special tokens and ends of answers which the vocabulary has as words. One a spelling, in the
 * order of ids. `ends`: ids that end an answer besides `eos_token`.
 */
export function collectAddedTokens(
  json: TokenizerJson,
  config: JsonObject,
  ends: readonly number[] = [],
): readonly AddedToken[] {
  const tokens = new Map<string, Omit<AddedToken, 'isMarkup'>>();
  const add = (id: unknown, token: JsonObject): void => {
    const { content } = token;
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return;
    if (typeof content !== 'string' || content === '' || tokens.has(content)) return;
    const special = token['special'] === true;
    tokens.set(content, {
      id,
      content,
      special,
      normalized: typeof token['normalized'] === 'boolean' ? token['normalized'] : !special,
      lstrip: token['lstrip'] === true,
      rstrip: token['rstrip'] === true,
      singleWord: token['single_word'] === true,
    });
  };
  for (const token of json.added_tokens) add(token['id'], token);
  const decoder = config['added_tokens_decoder'];
  for (const [id, token] of Object.entries(isObject(decoder) ? decoder : {})) {
    if (isObject(token)) add(Number(id), token);
  }
  const vocabulary = readVocabulary(json.model);
  const named = specialTexts(config);
  for (const content of named) {
    add(vocabulary.idOf(content), { content, special: true, normalized: false });
  }
  const listed = new Set([...tokens.values()].map(({ id }) => id));
  for (const id of ends.filter((end) => !listed.has(end))) {
    add(id, { content: vocabulary.pieceOf(id), special: true, normalized: false });
  }
  const specials = new Set(named);
  const eos = tokenText(config['eos_token']);
  return [...tokens.values()]
    .sort((a, b) => a.id - b.id)
    .map((token) => {
      const isEnd = ends.includes(token.id) || token.content === eos;
      const special = token.special || isEnd || specials.has(token.content);
      return { ...token, special, isMarkup: isEnd || meansMore({ ...token, special }, vocabulary) };
    });
}

function meansMore(
  { id, content, special }: Pick<AddedToken, 'id' | 'content' | 'special'>,
  vocabulary: Vocabulary,
): boolean {
  if ([...withoutSpace(content)].length > 1) return true;
  return special && !([...content].length === 1 && vocabulary.idOf(content) === id);
}

/** The spelling of a special token of the configuration, which is a text or an object. */
export function tokenText(value: unknown): string | undefined {
  const text = isObject(value) ? value['content'] : value;
  return typeof text === 'string' ? text : undefined;
}

function specialTexts(config: JsonObject): readonly string[] {
  const named = Object.entries(config).filter(([key]) => key.endsWith('_token'));
  const more = [config['additional_special_tokens'], config['extra_special_tokens']].flatMap((list) =>
    Array.isArray(list) ? list : isObject(list) ? Object.values(list) : [],
  );
  return [...named.map(([, value]) => value), ...more].map(tokenText).filter((text) => text !== undefined);
}
