import { isObject, type JsonObject, type TokenizerJson } from './wire.ts';

/** A token that a tokenizer finds before its model sees the text. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** Found after normalisation, in what the others left. */
  readonly normalized: boolean;
  /** Takes the space before it along. */
  readonly lstrip: boolean;
  /** Takes the space after it along. */
  readonly rstrip: boolean;
  /** Found only where no word goes on beside it. */
  readonly singleWord: boolean;
}

/** Its spelling without the space around. */
export function coreOf(token: AddedToken): string {
  return token.content.replaceAll(/^[\s▁]+|[\s▁]+$/gu, '');
}

/**
 * Whether it means something that text does not. Runs of space and single characters, which some tokenizers list among
 * their added tokens, mean themselves.
 */
export function isMarkup(token: AddedToken): boolean {
  return [...coreOf(token)].length > 1;
}

/**
 * The added tokens of `tokenizer.json`, and those that the configuration adds when a model is loaded: entries of
 * `added_tokens_decoder`, and special tokens which the vocabulary has as words. One a spelling, in the order of ids.
 */
export function collectAddedTokens(json: TokenizerJson, config: JsonObject): readonly AddedToken[] {
  const tokens = new Map<string, AddedToken>();
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
  const words = vocabularyIds(json);
  for (const content of specialTexts(config)) {
    add(words(content), { content, special: true, normalized: false });
  }
  return [...tokens.values()].sort((a, b) => a.id - b.id);
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

function vocabularyIds({ model }: TokenizerJson): (text: string) => number | undefined {
  const { vocab } = model;
  if (!('length' in vocab && Array.isArray(vocab))) {
    return (text) => (Object.hasOwn(vocab, text) ? Reflect.get(vocab, text) : undefined);
  }
  return (text) => {
    const at = vocab.findIndex(([piece]) => piece === text);
    return at < 0 ? undefined : at;
  };
}
