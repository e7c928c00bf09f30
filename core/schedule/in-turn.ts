import type { TakeTurn } from './work-turns.ts';

/** Does a piece of work when it is its turn, and gives the turn back however it ends; at once where no turns are taken. */
export async function inTurn<T>(
  take: TakeTurn | undefined,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const giveBack = await take?.(signal);
  try {
    return await work();
  } finally {
    giveBack?.();
  }
}
