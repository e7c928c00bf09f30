import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { ModelEvent, ModelRequest } from '../../core/domain/model.ts';
import type { ModelPort } from '../../core/ports/model.ts';

/** An answer of which the person may see something: from here on it cannot be taken back. */
export interface OpenedAnswer {
  /** What was read so far: up to the first text or tool call, or to the end. */
  readonly head: readonly ModelEvent[];
  readonly rest: AsyncIterator<ModelEvent>;
}

/** Reads a model's stream up to its first text, tool call or end. Rejects with its failure when that comes first. */
export async function openAnswer(
  model: ModelPort,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<OpenedAnswer> {
  const rest = model.stream(request, signal)[Symbol.asyncIterator]();
  const head: ModelEvent[] = [];
  for (;;) {
    const next = await rest.next();
    if (next.done === true) throw brokenContract();
    if (next.value.type === 'failed') {
      await rest.return?.();
      throw next.value.error;
    }
    head.push(next.value);
    if (next.value.type !== 'started') return { head, rest };
  }
}

/** All events of an opened answer. Dropping it early drops the model's stream. */
export async function* passOn(answer: OpenedAnswer): AsyncGenerator<ModelEvent> {
  let ended = false;
  try {
    for (const event of answer.head) {
      ended = event.type === 'completed';
      yield event;
    }
    while (!ended) {
      const next = await answer.rest.next();
      if (next.done === true) throw brokenContract();
      ended = next.value.type === 'completed' || next.value.type === 'failed';
      yield next.value;
    }
  } catch (thrown) {
    ended = true;
    yield { type: 'failed', error: toAppError(thrown) };
  } finally {
    await answer.rest.return?.();
  }
}

function brokenContract(): AppError {
  return new AppError('internal', 'The model ended its answer without saying so. Try again.');
}
