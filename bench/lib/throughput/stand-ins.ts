import { setTimeout as sleep } from 'node:timers/promises';
import { createLimiter } from '../../../adapters/limiter/limiter.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { LimiterPort } from '../../../core/ports/limiter.ts';
import type { ModelPort } from '../../../core/ports/model.ts';

/** Answers everything with one short message at the end of its time. */
export function createStubModel(takesMs: number): ModelPort {
  return {
    description: 'the stub',
    async *stream() {
      yield { type: 'started', model: 'stub' };
      if (takesMs > 0) await sleep(takesMs);
      yield { type: 'text', text: 'An answer in **one** short message.' };
      yield { type: 'completed', finishReason: 'stop', usage: { inputTokens: 100, outputTokens: 10 } };
    },
  };
}

/** The highest rate that the limiter can be given; room for everybody. */
const withoutFloors = {
  maxPerSecond: 1_000,
  maxWaiting: 1_000_000,
  maxWaitingPerDestination: 1_000,
} as const;

/** The limiter of the bot, with no rate of any platform. */
export const createLoadLimiter = (clock: Clock): LimiterPort => createLimiter(clock, withoutFloors);

/** Lets everything pass at once. */
export const noLimiter: LimiterPort = {
  run: (_call, job) => job(),
  queue: () => ({ waiting: 0, bound: 1 }),
  stop: async () => {},
};
