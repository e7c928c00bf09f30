/** A JSON object of which nothing is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `tokenizer.json`, as far as it is looked into here. */
export interface TokenizerJson extends JsonObject {
  readonly added_tokens: readonly JsonObject[];
  readonly model: ModelJson;
}

export interface ModelJson extends JsonObject {
  /** By token, or token and score in the order of ids. */
  readonly vocab: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
  /** `a b`, or both apart. */
  readonly merges?: readonly (string | readonly [string, string])[];
  readonly unk_token?: string | null;
}

/** Throws an `Error` that says what is missing. Ids and merges are taken on trust: there are hundreds of thousands. */
export function readTokenizerJson(text: string): TokenizerJson {
  const json: unknown = JSON.parse(text);
  if (!isObject(json) || !isObject(json['model'])) throw new Error('it has no model');
  const { vocab, merges } = json['model'];
  const isVocab = Array.isArray(vocab) ? vocab.every(Array.isArray) : isObject(vocab);
  if (!isVocab) throw new Error('its model has no vocabulary');
  if (merges !== undefined && !Array.isArray(merges)) throw new Error('its merges are no list');
  const added = json['added_tokens'] ?? [];
  if (!Array.isArray(added) || !added.every(isObject)) throw new Error('its added tokens are no list');
  return { ...json, added_tokens: added, model: json['model'] as ModelJson };
}

/** Throws an `Error` where it is no object. */
export function readObject(text: string): JsonObject {
  const json: unknown = JSON.parse(text);
  if (!isObject(json)) throw new Error('it is no object');
  return json;
}

/** What is used of the tokenizer library. */
export interface LibraryTokenizer {
  readonly normalizer: ((text: string) => string) | null;
  readonly pre_tokenizer: ((text: string, options: { section_index: number }) => string[]) | null;
  readonly model: ((pieces: string[]) => string[]) & {
    readonly vocab: (string | undefined)[];
    readonly tokens_to_ids: Map<string, number>;
    /** Of merges, each as a list in JSON. */
    readonly bpe_ranks?: Map<string, number>;
    unk_token_id?: number | undefined;
  };
  readonly decoder:
    | (((tokens: string[]) => string) & { added_tokens: object[]; end_of_word_suffix: string | null })
    | null;
}

export interface LibraryTemplate {
  /** A template has no other variables than these. */
  render(values: Readonly<Record<string, unknown>>): string;
}

/** Both libraries, imported when a tokenizer is opened. */
export interface Libraries {
  /** Throws on what it does not know. */
  createTokenizer(json: TokenizerJson): LibraryTokenizer;
  /** Throws on a syntax error. */
  compileTemplate(source: string): LibraryTemplate;
}

export async function importLibraries(): Promise<Libraries> {
  const [{ Tokenizer }, { Environment, Interpreter, parse, tokenize }] = await Promise.all([
    import('@huggingface/tokenizers'),
    import('@huggingface/jinja'),
  ]);
  return {
    createTokenizer: (json) => new Tokenizer(json, {}) as unknown as LibraryTokenizer,
    compileTemplate(source) {
      const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
      return {
        render(values) {
          // Not the library's own `Template`, which brings a clock along and lets nobody take its place.
          const environment = new Environment();
          for (const [name, value] of Object.entries(values)) environment.set(name, value);
          return String(new Interpreter(environment).run(program).value);
        },
      };
    },
  };
}
