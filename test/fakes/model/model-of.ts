import type { ModelRequest } from '../../../core/domain/model.ts';
import type { ModelPort } from '../../../core/ports/model.ts';

export interface AnsweringModel extends ModelPort {
  readonly requests: readonly ModelRequest[];
}

/** A model that answers each request by a function, any number of times. */
export function modelOf(name: string, answer: (request: ModelRequest) => string): AnsweringModel {
  const requests: ModelRequest[] = [];
  return {
    description: name,
    requests,
    async *stream(request) {
      requests.push(request);
      yield { type: 'started', model: name };
      yield { type: 'text', text: answer(request) };
      yield { type: 'completed', finishReason: 'stop', usage: { inputTokens: 10, outputTokens: 5 } };
    },
  };
}

/** All that a request says. */
export function wordsOf({ messages }: ModelRequest): string {
  return messages.map(({ text }) => text).join('\n');
}
