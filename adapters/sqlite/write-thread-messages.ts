import { AppError, type AppErrorOptions, type ErrorCode, toAppError } from '../../core/domain/app-error.ts';
import type { LogFields } from '../../core/ports/logger.ts';
import type { ExchangeWrite } from './exchange-writes.ts';

/** What the thread is started with. */
export interface WriteThreadData {
  readonly path: string;
  /** Of `WriteGate`. */
  readonly gate: SharedArrayBuffer;
}

/** To the thread. `close`: closes the file and ends. */
export type ToWriteThread =
  | { readonly kind: 'write'; readonly batch: number; readonly writes: readonly ExchangeWrite[] }
  | { readonly kind: 'close' };

/** From the thread. `written`: once the commit stands or has failed, in the order of the writes. */
export type FromWriteThread =
  | { readonly kind: 'written'; readonly batch: number; readonly outcomes: readonly WriteOutcome[] }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly event: string;
      readonly fields: LogFields;
      readonly error?: PlainError;
    };

export type WriteOutcome = { readonly value: unknown } | { readonly error: PlainError };

/** An `AppError` as plain data: of an error object a thread is told the message alone. */
export interface PlainError extends Pick<AppErrorOptions, 'retryable' | 'details'> {
  readonly code: ErrorCode;
  readonly message: string;
}

export function toPlainError(thrown: unknown): PlainError {
  const { code, message, retryable, details } = toAppError(thrown, 'storage_failed');
  return { code, message, retryable, details };
}

export function fromPlainError({ code, message, ...options }: PlainError): AppError {
  return new AppError(code, message, options);
}
