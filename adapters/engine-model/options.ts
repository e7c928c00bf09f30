import type { SamplingParams } from '../../core/domain/sampling.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { TokenizerPort } from '../../core/ports/tokenizer.ts';
import type { EngineSampler } from '../../core/ports/trainer.ts';

export interface EngineModelOptions {
  /** As `ModelPort.description`: `Qwen3-8B on skyrl at 127.0.0.1:8000`. */
  readonly description: string;
  /** The weights that answer. Asked anew for each answer, which ends on those that it began with. */
  readonly currentSampler: () => Promise<EngineSampler>;
  /** Told of a sampler that the engine no longer knows, so that the next answer gets another. */
  readonly samplerLost?: (sampler: EngineSampler) => void;
  readonly tokenizer: TokenizerPort;
  /** How tokens are drawn where a request does not say its own temperature. */
  readonly params: Omit<SamplingParams, 'maxTokens'>;
  /** How many tokens a prompt and its answer may have together. */
  readonly maxContextTokens: number;
  /** From the call to the whole answer, milliseconds. */
  readonly timeoutMs: number;
  /** How many talks are remembered, so that their prompts go on as they began. @default 500 */
  readonly rememberedTalks?: number;
  readonly clock: Clock;
  /** Names tool calls and digests talks. */
  readonly ids: Ids;
  readonly logger: Logger;
}
