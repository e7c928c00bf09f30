import type { WindowBar, WindowSignal } from '../../../core/domain/schedule.ts';
import type { Span } from '../../../core/domain/span.ts';

/** What is done in windows: steps of several calls, the last of which keeps what the step has learned. */
export interface WorkShape {
  readonly callMs: number;
  readonly callsAStep: number;
  /** After a message no new call is sent from so long on. */
  readonly reactMs: number;
}

/** What one rule came to with one community. */
export interface Played {
  /** When a call was under way; in order. */
  readonly trained: readonly Span[];
  /** Of that, calls whose step was cut off and is made again. */
  readonly lostMs: number;
  /** How long each message waited for the call or step in flight, in order. */
  readonly waitsMs: readonly number[];
  /** From each message to the end of its answer, in order. */
  readonly answers: readonly Span[];
  /** Windows that a message ended, by what had opened them. */
  readonly interrupted: ReadonlyMap<WindowSignal, number>;
  /** What kept it closed, in order; neighbours differ. */
  readonly closed: readonly (Span & { readonly bar: WindowBar })[];
}
