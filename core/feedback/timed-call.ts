import { AppError, toAppError } from '../domain/app-error.ts';
import type { ModelRequest, ModelUsage } from '../domain/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { ModelPort } from '../ports/model.ts';

/** Failures that the same words would meet again: they were refused themselves, or are too many. */
export function isAboutTheWords({ code, details }: AppError): boolean {
  const { reason } = details;
  if (code === 'bad_reply') return reason === 'length';
  return code === 'refused_by_peer' && (reason === 'content_filter' || reason === 'context_too_long');
}

/** What is said where something did not end in time, or was stopped. */
export interface TimedWords {
  readonly late: string;
  readonly stopped: string;
}

/** Runs something that ends by itself, by the time or by the signal, whichever comes first. */
export async function within<Result>(
  clock: Pick<Clock, 'after'>,
  timeoutMs: number,
  signal: AbortSignal,
  words: TimedWords,
  run: (cut: AbortSignal) => Promise<Result>,
): Promise<Result | AppError> {
  const cut = new AbortController();
  const ended = Promise.withResolvers<AppError>();
  const end = (error: AppError): void => {
    cut.abort();
    ended.resolve(error);
  };
  const timer = clock.after(timeoutMs, () => end(new AppError('timeout', words.late, { retryable: true })));
  const stop = (): void => end(new AppError('aborted', words.stopped));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([run(cut.signal), ended.promise]);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', stop);
  }
}

export interface SaidText {
  readonly text: string;
  readonly usage: ModelUsage | undefined;
}

/** The whole text of one call, or why there is none. */
export async function wholeText(
  model: ModelPort,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<SaidText | AppError> {
  let text = '';
  let usage: ModelUsage | undefined;
  try {
    for await (const event of model.stream(request, signal)) {
      if (event.type === 'text') text += event.text;
      else if (event.type === 'failed') return event.error;
      else if (event.type === 'completed') usage = event.usage;
    }
    return { text, usage };
  } catch (thrown) {
    return toAppError(thrown);
  }
}
