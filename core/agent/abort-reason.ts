/** Why a run is aborted; the reason of its `AbortSignal`. */
export type AbortReason = 'stop' | 'restart' | 'shutdown';

/** `undefined` while the signal has not fired; an unknown reason is a stop. */
export function abortReason(signal: AbortSignal): AbortReason | undefined {
  if (!signal.aborted) return undefined;
  const reason: unknown = signal.reason;
  return reason === 'restart' || reason === 'shutdown' ? reason : 'stop';
}

/** Whether an answer that nobody saw yet is to leave no trace: its request is answered anew. */
export function isWithdrawal(reason: AbortReason | undefined): boolean {
  return reason === 'restart' || reason === 'shutdown';
}
