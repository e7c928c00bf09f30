import { createOpenAiTuning } from '../../../adapters/openai-tuning/openai-tuning.ts';
import type { OpenAiTuningOptions } from '../../../adapters/openai-tuning/options.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { TuningPort, TuningSpec } from '../../../core/ports/tuning.ts';
import {
  type FakeTuningOptions,
  type FakeTuningServer,
  startFakeTuning,
} from '../../fakes/openai/fake-tuning-server.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

export interface TuningSubject {
  readonly server: FakeTuningServer;
  readonly tuning: TuningPort;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  /** The waits between attempts, which do not take time here, milliseconds. */
  readonly waits: readonly number[];
}

/** The adapter before a fake server. Close the server after use. */
export async function createTuningSubject(
  serverOptions: FakeTuningOptions = {},
  options: Partial<OpenAiTuningOptions> = {},
): Promise<TuningSubject> {
  const server = await startFakeTuning(serverOptions);
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const waits: number[] = [];
  const tuning = createOpenAiTuning({
    model: 'gpt-tiny',
    baseUrl: server.baseUrl,
    apiKey: server.apiKey,
    fetch: globalThis.fetch,
    clock: {
      ...clock,
      async sleep(delayMs) {
        waits.push(delayMs);
      },
    },
    logger,
    ...options,
  });
  return { server, tuning, clock, logger, waits };
}

/** So many lines of the chat format. */
export function chatLines(count: number): string {
  return Array.from({ length: count }, (_, at) => {
    const messages = [
      { role: 'user', content: `What is ${at}?` },
      { role: 'assistant', content: `It is ${at}.` },
    ];
    return `${JSON.stringify({ messages })}\n`;
  }).join('');
}

export function tuningSpec(fileId: string, changes: Partial<TuningSpec> = {}): TuningSpec {
  return {
    fileId,
    baseModel: 'gpt-tiny',
    method: 'sft',
    epochs: 2,
    suffix: 'metaclaw-1',
    runId: 'run-1',
    ...changes,
  };
}

/** What it rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
  throw new Error('it did not fail');
}
