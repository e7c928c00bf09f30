import type { AppError } from '../../core/domain/app-error.ts';
import type { ModelEvent, ModelRequest } from '../../core/domain/model.ts';
import type { ModelPort } from '../../core/ports/model.ts';

/** A model of which it is known how its last answer ended. */
export interface WatchedModel extends ModelPort {
  /** What is wrong with it, as a sentence for whoever runs the bot; nothing while its last answer was one. */
  problem(): string | undefined;
  /** Something else was found out about it; forgotten with the next answer. */
  suspect(problem: string): void;
}

/** Of what a person asked for, not of the model. */
const isOfTheRequest = ({ code, details }: AppError): boolean =>
  code === 'aborted' || code === 'invalid_input' || details['reason'] === 'context_too_long';

export function watchModel(model: ModelPort): WatchedModel {
  let problem: string | undefined;

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    for await (const event of model.stream(request, signal)) {
      if (event.type === 'completed') problem = undefined;
      if (event.type === 'failed' && !isOfTheRequest(event.error)) {
        problem = `The model failed with its last answer: ${event.error.message}`;
      }
      yield event;
    }
  }

  return {
    description: model.description,
    stream,
    problem: () => problem,
    suspect(found) {
      problem = found;
    },
  };
}
