import { decodeConversationKey } from '../core/domain/conversation.ts';
import type { SpaceId } from '../core/domain/ids.ts';
import type { ModelEvent, ModelRequest } from '../core/domain/model.ts';
import type { ModelPort } from '../core/ports/model.ts';
import type { Answering } from '../core/schedule/answering.ts';

/** The model that answers people: while it does, nothing else begins. */
export function countedAnswers(model: ModelPort, answering: Pick<Answering, 'begin'>): ModelPort {
  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const end = answering.begin(spaceOf(request));
    try {
      yield* model.stream(request, signal);
    } finally {
      end();
    }
  }

  return { description: model.description, stream };
}

/** Whose talk it is. */
function spaceOf({ conversation }: ModelRequest): SpaceId | undefined {
  return conversation === undefined ? undefined : decodeConversationKey(conversation)?.spaceId;
}
