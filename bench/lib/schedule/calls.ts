import { mergeSpans, type Span } from '../../../core/domain/span.ts';
import type { WorkShape } from './work.ts';

/** Calls, one after another, while a window is open. */
export interface Calls {
  /** A window is open from now on, at the latest until then; safe to say again. */
  open(at: number, until: number): void;
  /** Sends what is sent before an instant. */
  advance(to: number): void;
  /** No call is sent from now on. A step that is not at its end is lost. */
  close(at: number): void;
  /** When the call in flight at an instant ends; the instant itself where there is none. */
  endOfFlight(at: number): number;
  done(): { readonly trained: readonly Span[]; readonly lostMs: number };
}

/** A step is begun only where the window should last as long. */
export function createCalls({ callMs, callsAStep }: WorkShape): Calls {
  const trained: Span[] = [];
  let lostMs = 0;
  let window: { nextAt: number; until: number } | undefined;
  let inStep = 0;
  let flightEnd = Number.NEGATIVE_INFINITY;

  function advance(to: number): void {
    if (window === undefined) return;
    while (window.nextAt < to) {
      const { nextAt, until } = window;
      if (inStep === 0 && until - nextAt < callMs * callsAStep) {
        window.nextAt = to;
        return;
      }
      flightEnd = nextAt + callMs;
      trained.push({ from: nextAt, to: flightEnd });
      window.nextAt = flightEnd;
      inStep = (inStep + 1) % callsAStep;
    }
  }

  return {
    open(at, until) {
      if (window === undefined) window = { nextAt: Math.max(at, flightEnd), until };
      else window.until = until;
    },
    advance,
    close(at) {
      advance(at);
      window = undefined;
      lostMs += inStep * callMs;
      inStep = 0;
    },
    endOfFlight: (at) => Math.max(at, flightEnd),
    done: () => ({ trained: mergeSpans(trained), lostMs }),
  };
}
