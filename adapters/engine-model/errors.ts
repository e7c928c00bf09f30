import { AppError, toAppError } from '../../core/domain/app-error.ts';

export function promptTooLong(model: string, tokens: number, maxContextTokens: number): AppError {
  return new AppError(
    'refused_by_peer',
    `A prompt of ${tokens} tokens, with no earlier turns in it, leaves the model ${model} no room for an answer within ${maxContextTokens}. Send less at once, or raise engine.maxContextTokens.`,
    { details: { reason: 'context_too_long', tokens, maxContextTokens } },
  );
}

export function emptyAnswer(description: string, wasCutOff: boolean): AppError {
  if (wasCutOff) {
    return new AppError(
      'bad_reply',
      `${description} used up its output tokens before it said anything. Raise model.maxOutputTokens.`,
      { details: { reason: 'length' } },
    );
  }
  // Drawn again by itself, what came in its place would be kept as if it had been drawn at first.
  return new AppError('bad_reply', `${description} gave an empty answer. Try again.`);
}

export function noAnswer(description: string): AppError {
  return new AppError('bad_reply', `${description} sent no answer. Try again.`, { retryable: true });
}

/** Whether the engine does not know a sampler any more, as after a restart of it. */
export function isSamplerLost(error: AppError): boolean {
  return error.code === 'not_found' || error.code === 'conflict';
}

export function samplerLost(description: string, cause: AppError): AppError {
  return new AppError(
    'peer_failed',
    `${description} no longer has the weights that answer; they are set up anew. Try again.`,
    { retryable: true, cause },
  );
}

/** Anything else thrown on the way to an answer, as a sentence. */
export function toAnswerError(thrown: unknown, description: string): AppError {
  const error = toAppError(thrown);
  if (error.code !== 'internal' || error === thrown) return error;
  return new AppError('internal', `${description} could not answer for a fault of ours; the log says more.`, {
    cause: thrown,
  });
}
