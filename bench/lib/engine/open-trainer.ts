import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createSystemIds } from '../../../adapters/system/ids.ts';
import { createLogger } from '../../../adapters/system/logger.ts';
import type { EngineProfileName } from '../../../adapters/tinker/profiles.ts';
import { createTinkerTrainer } from '../../../adapters/tinker/tinker-trainer.ts';
import type { TrainerPort } from '../../../core/ports/trainer.ts';

/** Where an engine is, and how to speak to it. */
export interface EngineAddress {
  readonly profile: EngineProfileName;
  /** Without `/api/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string;
}

/** The product's client as the product makes it. Warnings go to the error stream. */
export function openTrainer(
  engine: EngineAddress,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): TrainerPort {
  const clock = createSystemClock();
  const logger = createLogger({
    level: 'warn',
    plain: false,
    secrets: engine.apiKey === undefined ? [] : [engine.apiKey],
    destination: process.stderr,
    clock,
  });
  return createTinkerTrainer({ ...engine, fetch, clock, ids: createSystemIds(clock), logger });
}
