import type { Clock } from '../../core/ports/clock.ts';
import { type ByteGate, createByteGate } from './byte-gate.ts';
import type { EngineConfig } from './engine-config.ts';

/** Lets samples through as fast as the engine takes them: so many at a time, so many bytes, fewer after it had too much. */
export interface SampleGate {
  /** Waits for a place; gives back what returns it. */
  enter(promptTokens: number, signal: AbortSignal): Promise<() => void>;
  /** The engine had too much to do with a prompt of this length, and asked to wait at least so long. */
  busy(promptTokens: number, waitMs: number): void;
}

const bytesPerToken = 10;
const largePromptBytes = 131_072;
const shortPauseMs = 1_000;
const longPauseMs = 5_000;
const carefulForMs = 10_000;
const carefulPlaces = 10;
const carefulFactor = 20;

export function createSampleGate(
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  config: Pick<EngineConfig, 'sampleRequests' | 'sampleBytes'>,
): SampleGate {
  const places: ByteGate = createByteGate(config.sampleRequests);
  const bytes: ByteGate = createByteGate(config.sampleBytes);
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let carefulUntil = Number.NEGATIVE_INFINITY;

  return {
    async enter(promptTokens, signal) {
      // While the engine is busy one request takes the room of many, so that only a few are under way.
      const isCareful = (): boolean => clock.monotonicMs() < carefulUntil;
      const place = isCareful() ? Math.max(1, config.sampleRequests / carefulPlaces) : 1;
      const leavePlace = await places.enter(place, signal);
      try {
        const cost = promptTokens * bytesPerToken * (isCareful() ? carefulFactor : 1);
        const leaveBytes = await bytes.enter(cost, signal);
        try {
          for (
            let left = pausedUntil - clock.monotonicMs();
            left > 0;
            left = pausedUntil - clock.monotonicMs()
          ) {
            await clock.sleep(left, signal);
          }
        } catch (thrown) {
          leaveBytes();
          throw thrown;
        }
        return () => {
          leaveBytes();
          leavePlace();
        };
      } catch (thrown) {
        leavePlace();
        throw thrown;
      }
    },
    busy(promptTokens, waitMs) {
      const isLarge = promptTokens * bytesPerToken > largePromptBytes;
      const pauseMs = Math.max(isLarge ? longPauseMs : shortPauseMs, waitMs);
      const now = clock.monotonicMs();
      pausedUntil = Math.max(pausedUntil, now + pauseMs);
      carefulUntil = Math.max(carefulUntil, now + pauseMs + carefulForMs);
    },
  };
}
