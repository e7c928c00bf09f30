import type { OpenAiModelOptions, SettingNames } from './options.ts';

/** Of one request, in milliseconds: a call of many texts makes several. */
export const defaultEmbeddingTimeoutMs = 30_000;

export const defaultEmbeddingSettingNames: SettingNames = {
  baseUrl: 'embeddings.baseUrl',
  apiKey: 'EMBEDDINGS_API_KEY',
  model: 'embeddings.model',
};

export interface OpenAiEmbeddingsOptions
  extends Pick<OpenAiModelOptions, 'model' | 'baseUrl' | 'apiKey' | 'fetch' | 'clock' | 'logger'> {
  /** From one request to the end of its answer. @default 30_000 */
  readonly timeoutMs?: number;
  /** @default embeddings.baseUrl, EMBEDDINGS_API_KEY, embeddings.model */
  readonly settingNames?: SettingNames;
}
