import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelPort } from '../../../core/ports/model.ts';

/**
 * Shorter than the first state of an answer that is worth showing: it goes out as one message at the end, as the echo
 * bot's does.
 */
export const stubAnswer = 'An answer in **one** short message.';
/** What the bot does beside the model's work ends within these. */
const beginsAfterMs = 5;
const endsAfterMs = 3;

/** Answers with the same words every time, after a short while; tells when it is asked and when it ends. */
export function createStubModel(marks: { asked(): void; ended(): void }): ModelPort {
  return {
    description: 'the stub',
    async *stream() {
      marks.asked();
      await sleep(beginsAfterMs);
      yield { type: 'started', model: 'stub' };
      yield { type: 'text', text: stubAnswer };
      await sleep(endsAfterMs);
      marks.ended();
      yield { type: 'completed', finishReason: 'stop', usage: { inputTokens: 100, outputTokens: 10 } };
    },
  };
}
