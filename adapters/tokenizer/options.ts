import type { Logger } from '../../core/ports/logger.ts';

/** Where a model's tokenizer files are. */
export type TokenizerSource =
  | { readonly kind: 'folder'; readonly folder: string }
  | {
      readonly kind: 'hub';
      /** `org/name`. */
      readonly repo: string;
      /** A branch, tag or commit. What was fetched under it once is used from then on. @default main */
      readonly revision?: string;
      /** Made where it is missing. Fetched files are kept here, one folder a repository and revision. */
      readonly cacheFolder: string;
      /** For gated and private models. */
      readonly token?: string;
    };

export interface TokenizerDeps {
  readonly fetch: typeof globalThis.fetch;
  readonly logger: Logger;
  /** Ends a download. */
  readonly signal?: AbortSignal;
  /** Lets others have their turn between two steps of opening. Default `setImmediate`. */
  readonly pause?: () => Promise<void>;
}

/** The files of one tokenizer, as they are written. */
export interface TokenizerFiles {
  /** The folder, for people. */
  readonly where: string;
  /** `tokenizer.json` */
  readonly tokenizer: string;
  /** `tokenizer_config.json` */
  readonly config: string;
  /** `chat_template.jinja`, which goes before the template of the configuration. */
  readonly template?: string;
  /** `generation_config.json` */
  readonly generation?: string;
}

/** Every file that a tokenizer may have, and whether it must. */
export const tokenizerFileNames = [
  { name: 'tokenizer.json', part: 'tokenizer', required: true },
  { name: 'tokenizer_config.json', part: 'config', required: true },
  { name: 'chat_template.jinja', part: 'template', required: false },
  { name: 'generation_config.json', part: 'generation', required: false },
] as const;
