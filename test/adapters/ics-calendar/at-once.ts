import type { Work } from '../../../adapters/ics-calendar/pace.ts';

/** Does work without a rest. */
export function atOnce<T>(work: Work<T>): T {
  for (;;) {
    const next = work.next();
    if (next.done === true) return next.value;
  }
}
