import type { Clock } from '../../ports/clock.ts';

const tidyMs = 20_000;

/** Tidies up at the engine, as far as it answers soon. Never rejects. */
export async function briefly(
  clock: Pick<Clock, 'after'>,
  tidy: (cut: AbortSignal) => Promise<void>,
): Promise<void> {
  const cut = new AbortController();
  const timer = clock.after(tidyMs, () => cut.abort());
  try {
    await tidy(cut.signal);
  } catch {
    // What stays behind costs a place or some bytes at the engine, and no more.
  } finally {
    timer.cancel();
  }
}
