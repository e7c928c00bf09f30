import { AppError } from '../../core/domain/app-error.ts';

export function unsupported(what: string): AppError {
  return new AppError('unsupported', `A terminal cannot ${what}.`);
}

export function tooLong(chars: number, maxChars: number): AppError {
  return new AppError(
    'invalid_input',
    `The message has ${chars} characters; a terminal takes ${maxChars} at once.`,
  );
}

export function stopped(): AppError {
  return new AppError('conflict', 'The bot has stopped. Start it again.');
}

export function notStored(): AppError {
  return new AppError('overloaded', 'The bot could not store that. Wait a moment and say it again.', {
    retryable: true,
  });
}

/** What the running bot's answer to a request means. */
export function fromStatus(status: number, message: string): AppError {
  if (status === 401 || status === 403) {
    return new AppError(
      'auth_failed',
      'The running bot does not accept the token in the data folder. Is this the same data folder?',
    );
  }
  if (status === 503) return notStored();
  return new AppError(status >= 500 ? 'peer_failed' : 'invalid_input', message, { details: { status } });
}

/** The running bot cannot be reached. */
export function unreachable(cause: unknown): AppError {
  return new AppError('network', 'The running bot does not answer. Is it still running?', {
    cause,
    retryable: true,
  });
}

/** Another program listens where a bot said that it would. */
export function someoneElse(): AppError {
  return new AppError('bad_reply', 'Another program answers in place of the bot. Start the bot again.');
}
