import { type AddedToken, collectAddedTokens, tokenText } from './added-token.ts';
import type { TemplateSources } from './chat-template.ts';
import { digest, digestText } from './digest.ts';
import { brokenTokenizer, shortReason } from './errors.ts';
import type { TokenizerFiles } from './options.ts';
import { isObject, type JsonObject, readObject, readTokenizerJson, type TokenizerJson } from './wire.ts';

/** What the files of a tokenizer say. */
export interface TokenizerDescription {
  readonly json: TokenizerJson;
  readonly addedTokens: readonly AddedToken[];
  /** `bos_token`, `eos_token`, …: what templates may write. */
  readonly specialVariables: Readonly<Record<string, unknown>>;
  readonly templates: TemplateSources;
  /** Of the configuration and of `generation_config.json`. */
  readonly endIds: readonly number[];
  readonly hash: string;
}

/** Rejects with `config_invalid` on anything that a tokenizer cannot be without. `pause`: lets others have their turn. */
export async function readDescription(
  files: TokenizerFiles,
  pause: () => Promise<void>,
): Promise<TokenizerDescription> {
  const { where } = files;
  const json = parsed(where, 'tokenizer.json', files.tokenizer, readTokenizerJson);
  await pause();
  const config = parsed(where, 'tokenizer_config.json', files.config, readObject);
  const generation = parsed(where, 'generation_config.json', files.generation ?? '{}', readObject);
  const templates = files.template === undefined ? configTemplates(config) : { plain: files.template };
  if (templates === undefined) throw brokenTokenizer(where, 'it has no chat template');
  const generationEnds = [generation['eos_token_id']].flat().filter((id) => typeof id === 'number');
  const addedTokens = collectAddedTokens(json, config, generationEnds);
  const specialVariables = specialsOf(config);
  const eos = addedTokens.find(({ content }) => content === specialVariables['eos_token']);
  await pause();
  return {
    json,
    addedTokens,
    specialVariables,
    templates,
    endIds: [...(eos === undefined ? [] : [eos.id]), ...generationEnds],
    hash: digest({
      // As it is written: to bring the largest into one form takes seconds.
      tokenizer: digestText(files.tokenizer),
      specialVariables,
      addedTokens,
      templates,
      ends: generationEnds,
    }),
  };
}

function parsed<Value>(where: string, file: string, text: string, read: (text: string) => Value): Value {
  try {
    return read(text);
  } catch (cause) {
    throw brokenTokenizer(where, `${file} cannot be read (${shortReason(cause)})`, cause);
  }
}

function configTemplates(config: JsonObject): TemplateSources | undefined {
  const given = config['chat_template'];
  if (typeof given === 'string') return { plain: given };
  if (!Array.isArray(given)) return undefined;
  const named = (name: string): string | undefined => {
    const entry = given.filter(isObject).find((template) => template['name'] === name);
    return typeof entry?.['template'] === 'string' ? entry['template'] : undefined;
  };
  const plain = named('default');
  const withTools = named('tool_use');
  if (plain === undefined) return undefined;
  return { plain, ...(withTools === undefined ? {} : { withTools }) };
}

function specialsOf(config: JsonObject): Readonly<Record<string, unknown>> {
  const variables: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const text = key.endsWith('_token') ? tokenText(value) : undefined;
    if (text !== undefined) variables[key] = text;
  }
  for (const key of ['additional_special_tokens', 'extra_special_tokens']) {
    const list = config[key];
    if (Array.isArray(list)) variables[key] = list.map(tokenText).filter((text) => text !== undefined);
  }
  return variables;
}
