import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';

/** Where its address and key are set, as errors tell people. */
export interface TuningSettingNames {
  readonly baseUrl: string;
  readonly apiKey: string;
}

export const defaultTuningSettingNames: TuningSettingNames = {
  baseUrl: 'OPENAI_BASE_URL',
  apiKey: 'OPENAI_API_KEY',
};

export interface OpenAiTuningOptions {
  /** The model that is tuned, for `description` only: jobs name their own. */
  readonly model: string;
  /** Up to and including `/v1`. @default https://api.openai.com/v1 */
  readonly baseUrl?: string;
  readonly apiKey: string;
  /** Of one request, milliseconds. @default 60_000 */
  readonly timeoutMs?: number;
  /** Of an upload, milliseconds. @default 600_000 */
  readonly uploadTimeoutMs?: number;
  /** How often a request that may be repeated is made at most. @default 4 */
  readonly attempts?: number;
  /** @default OPENAI_BASE_URL, OPENAI_API_KEY */
  readonly settingNames?: TuningSettingNames;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Pick<Clock, 'now' | 'after' | 'sleep'>;
  readonly logger: Logger;
}
