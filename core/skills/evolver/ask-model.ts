import { AppError, toAppError } from '../../domain/app-error.ts';
import type { ModelRequest, ModelUsage } from '../../domain/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ModelPort } from '../../ports/model.ts';
import type { CostMeter } from './cost-meter.ts';

export interface AskDeps {
  readonly model: ModelPort;
  readonly clock: Pick<Clock, 'after'>;
  /** How long one call may take. */
  readonly timeoutMs: number;
  /** Takes calls from the day's budget; false where it has no more. */
  readonly reserve: (calls: number) => Promise<boolean>;
  readonly meter: CostMeter;
}

/**
 * What came of one call. `refused`: the model does not take these very words, which another try would not change.
 * `unavailable`: it could not be reached, or failed.
 */
export type Asked =
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'refused'; readonly error: AppError }
  | { readonly kind: 'unavailable'; readonly error: AppError }
  | { readonly kind: 'no_budget' }
  | { readonly kind: 'stopped' };

/**
 * One call within the budget and the time. Ends in time also where the model does not heed its signal. Rejects only where
 * the budget cannot be read.
 */
export async function askModel(
  request: ModelRequest,
  { model, clock, timeoutMs, reserve, meter }: AskDeps,
  signal: AbortSignal,
): Promise<Asked> {
  if (signal.aborted) return { kind: 'stopped' };
  if (!(await reserve(1))) return { kind: 'no_budget' };
  const ended = await within(clock, timeoutMs, signal, (cut) => textOf(model, request, cut));
  meter.add(ended instanceof AppError ? undefined : ended.usage);
  if (signal.aborted) return { kind: 'stopped' };
  if (!(ended instanceof AppError)) return { kind: 'said', text: ended.text };
  return { kind: isAboutTheWords(ended) ? 'refused' : 'unavailable', error: ended };
}

/** Failures that the same words would meet again: they were refused themselves, or are too many. */
export function isAboutTheWords({ code, details }: AppError): boolean {
  const { reason } = details;
  if (code === 'bad_reply') return reason === 'length';
  return code === 'refused_by_peer' && (reason === 'content_filter' || reason === 'context_too_long');
}

/** Runs something that ends by itself, by the time or by the signal, whichever comes first. */
export async function within<Result>(
  clock: Pick<Clock, 'after'>,
  timeoutMs: number,
  signal: AbortSignal,
  run: (cut: AbortSignal) => Promise<Result>,
): Promise<Result | AppError> {
  const cut = new AbortController();
  const ended = Promise.withResolvers<AppError>();
  const end = (error: AppError): void => {
    cut.abort();
    ended.resolve(error);
  };
  const late = `No answer came within ${timeoutMs / 1000} seconds.`;
  const timer = clock.after(timeoutMs, () => end(new AppError('timeout', late, { retryable: true })));
  const stop = (): void => end(new AppError('aborted', 'The work was stopped.'));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([run(cut.signal), ended.promise]);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', stop);
  }
}

interface Said {
  readonly text: string;
  readonly usage: ModelUsage | undefined;
}

async function textOf(
  model: ModelPort,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<Said | AppError> {
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
