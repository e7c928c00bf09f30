import { toAppError } from '../domain/app-error.ts';
import type { ModelPort } from '../ports/model.ts';
import type { ReplayAnswer } from '../skills/replay/replay.ts';

/** A model's answer as one text, shown to nobody. Tool calls are left aside. Never rejects. */
export async function wholeAnswer(
  model: ModelPort,
  request: Parameters<ModelPort['stream']>[0],
  signal: AbortSignal,
): Promise<ReplayAnswer> {
  let text = '';
  try {
    for await (const event of model.stream(request, signal)) {
      if (event.type === 'text') text += event.text;
      else if (event.type === 'failed') return { kind: 'failed', error: event.error };
      else if (event.type === 'completed') {
        return { kind: 'answer', text, ...(event.usage === undefined ? {} : { usage: event.usage }) };
      }
    }
  } catch (thrown) {
    return { kind: 'failed', error: toAppError(thrown) };
  }
  return { kind: 'answer', text };
}
