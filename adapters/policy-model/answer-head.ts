import { AppError } from '../../core/domain/app-error.ts';
import type { ModelEvent, ModelRequest } from '../../core/domain/model.ts';
import type { ModelPort } from '../../core/ports/model.ts';

/** An answer of which a person may see something from here on, or why there is none. */
export type AnswerHead =
  | {
      readonly kind: 'begun';
      readonly head: readonly ModelEvent[];
      readonly rest: AsyncIterator<ModelEvent>;
    }
  | { readonly kind: 'failed'; readonly error: AppError };

/** Reads a model's stream up to its first text, tool call or end. */
export async function readHead(
  model: ModelPort,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<AnswerHead> {
  const rest = model.stream(request, signal)[Symbol.asyncIterator]();
  const head: ModelEvent[] = [];
  for (;;) {
    const next = await rest.next();
    if (next.done === true) {
      const words = 'The model ended its answer without saying so. Try again.';
      return { kind: 'failed', error: new AppError('internal', words) };
    }
    if (next.value.type === 'failed') {
      await rest.return?.();
      return { kind: 'failed', error: next.value.error };
    }
    head.push(next.value);
    if (next.value.type !== 'started') return { kind: 'begun', head, rest };
  }
}

/** All events of an answer that has begun, named after what gave it. Dropping it early drops the model's stream. */
export async function* passOn(
  { head, rest }: Extract<AnswerHead, { kind: 'begun' }>,
  stamp: string,
): AsyncGenerator<ModelEvent> {
  try {
    for (const event of head) yield stamped(event, stamp);
    for (;;) {
      const next = await rest.next();
      if (next.done === true) return;
      yield stamped(next.value, stamp);
    }
  } finally {
    await rest.return?.();
  }
}

/** As `passOn`, from the beginning. */
export async function* stampedWith(
  stamp: string,
  events: AsyncIterable<ModelEvent>,
): AsyncGenerator<ModelEvent> {
  for await (const event of events) yield stamped(event, stamp);
}

function stamped(event: ModelEvent, stamp: string): ModelEvent {
  return event.type === 'started' ? { ...event, model: stamp } : event;
}
