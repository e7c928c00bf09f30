import { AppError } from '../../domain/app-error.ts';
import type { ModelRequest } from '../../domain/model.ts';
import { isAboutTheWords, type TimedWords, wholeText, within } from '../../feedback/timed-call.ts';
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
  const ended = await within(clock, timeoutMs, signal, timedWords(timeoutMs), (cut) =>
    wholeText(model, request, cut),
  );
  meter.add(ended instanceof AppError ? undefined : ended.usage);
  if (signal.aborted) return { kind: 'stopped' };
  if (!(ended instanceof AppError)) return { kind: 'said', text: ended.text };
  return { kind: isAboutTheWords(ended) ? 'refused' : 'unavailable', error: ended };
}

/** What is said of a call that took too long, or that was stopped. */
export function timedWords(timeoutMs: number): TimedWords {
  return { late: `No answer came within ${timeoutMs / 1000} seconds.`, stopped: 'The work was stopped.' };
}
