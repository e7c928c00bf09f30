import { toAppError } from '../core/domain/app-error.ts';
import type { ModelEvent, ModelRequest } from '../core/domain/model.ts';
import type { ModelPort } from '../core/ports/model.ts';
import type { EngineTurns } from '../core/schedule/engine-turns.ts';

/**
 * A model of an engine that cannot train and answer at once: whoever asks it waits for the training call in flight, and for no other; none
 * begins until the answer is over.
 */
export function answersInTurn(model: ModelPort, turns: Pick<EngineTurns, 'answer'> | undefined): ModelPort {
  if (turns === undefined) return model;

  async function* stream(
    request: ModelRequest,
    signal: AbortSignal,
    { answer }: Pick<EngineTurns, 'answer'>,
  ): AsyncIterable<ModelEvent> {
    let giveBack = (): void => {};
    try {
      giveBack = await answer(signal);
    } catch (thrown) {
      yield { type: 'failed', error: toAppError(thrown) };
      return;
    }
    try {
      yield* model.stream(request, signal);
    } finally {
      giveBack();
    }
  }

  return { description: model.description, stream: (request, signal) => stream(request, signal, turns) };
}
