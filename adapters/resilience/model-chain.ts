import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { ModelEvent, ModelRequest } from '../../core/domain/model.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import { createModelLink } from './model-link.ts';
import { passOn } from './open-answer.ts';
import { defaultBreaker, defaultRetry, type ModelChainOptions } from './options.ts';

/**
 * Several models as one, the first choice first. Each is tried again with growing waits while it fails in a way that
 * may pass, and only before its first text or tool call; then the next one is asked. What fails after the first word
 * is passed on, for the person has seen it. An abort ends everything. `started` names the model that answers. When
 * all fail, the error is the one that is most worth knowing: the first that may pass by itself, else the last.
 * Throws `config_invalid` without a model.
 */
export function createModelChain(options: ModelChainOptions): ModelPort {
  const { logger, metrics } = options;
  const retry = { ...defaultRetry, ...options.retry };
  const breaker = { ...defaultBreaker, ...options.breaker };
  if (options.models.length === 0) throw new AppError('config_invalid', 'Name at least one model.');
  const links = options.models.map((model) => createModelLink({ ...options, model, retry, breaker }));

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const failures: AppError[] = [];
    for (const [index, link] of links.entries()) {
      if (signal.aborted) break;
      try {
        const answer = await link.open(request, signal);
        metrics.count('model_answers_total', `model=${link.description}`);
        if (index > 0) logger.info('model_fallback_answers', { model: link.description });
        yield* passOn(answer);
        return;
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code === 'aborted') {
          yield { type: 'failed', error };
          return;
        }
        failures.push(error);
        metrics.count('model_failures_total', `model=${link.description},code=${error.code}`);
        const next = links[index + 1]?.description;
        logger.warn('model_gave_up', { model: link.description, error, ...(next !== undefined && { next }) });
      }
    }
    yield { type: 'failed', error: signal.aborted ? aborted() : (mostTelling(failures) ?? aborted()) };
  }

  return { description: links.map((link) => link.description).join(', then '), stream };
}

function mostTelling(failures: readonly AppError[]): AppError | undefined {
  const passing = failures.filter((error) => error.retryable);
  return passing.find((error) => error.details['reason'] !== 'resting') ?? passing[0] ?? failures.at(-1);
}

function aborted(): AppError {
  return new AppError('aborted', 'The answer was stopped.');
}
