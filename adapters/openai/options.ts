import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Logger } from '../../core/ports/logger.ts';

/** Waiting for the model's server, in milliseconds. Time in which the reader of the stream is busy elsewhere counts for `overallMs` only. */
export interface ModelTimeouts {
  /** From the call to the first byte of the answer: connecting, queueing and reading the prompt. @default 120_000 */
  readonly firstEventMs: number;
  /** Between two signs of life, comments that keep the connection open included. @default 60_000 */
  readonly idleMs: number;
  /** From the call to the end of the answer. @default 600_000 */
  readonly overallMs: number;
}

export const defaultModelTimeouts: ModelTimeouts = {
  firstEventMs: 120_000,
  idleMs: 60_000,
  overallMs: 600_000,
};

/** Where its address, key and name are set, as errors tell people. */
export interface SettingNames {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
}

export const defaultSettingNames: SettingNames = {
  baseUrl: 'OPENAI_BASE_URL',
  apiKey: 'OPENAI_API_KEY',
  model: 'OPENAI_MODEL',
};

export interface OpenAiModelOptions {
  /** What the server calls the model. */
  readonly model: string;
  /** Up to and including `/v1`. @default https://api.openai.com/v1 */
  readonly baseUrl?: string;
  /** Left out: no `Authorization` header is sent, as local servers like it. */
  readonly apiKey?: string;
  readonly timeouts?: Partial<ModelTimeouts>;
  /** @default OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL */
  readonly settingNames?: SettingNames;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Names tool calls that the server left without an id. */
  readonly ids: Ids;
  readonly logger: Logger;
}
