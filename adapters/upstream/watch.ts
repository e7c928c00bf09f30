import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { Limit } from './errors.ts';
import type { UpstreamTimeouts } from './options.ts';

/** Sees that an exchange keeps its limits. Cheap for each piece of an answer: one timer a time, set anew only when it rings. */
export interface Watch {
  /** An attempt begins: its first byte is awaited. */
  awaitAnswer(): void;
  /** Bytes came. */
  read(): void;
  /** Nothing is expected from the server; only the total runs. */
  pause(): void;
  /** Bytes are expected again. */
  resume(): void;
  stop(): void;
}

type Silence = Exclude<Limit, 'total'>;

/** `onLate('total')` comes once and last. After another limit the total runs on: the next upstream may still answer in time. */
export function createWatch(clock: Clock, timeouts: UpstreamTimeouts, onLate: (limit: Limit) => void): Watch {
  const limits = { first_byte: timeouts.firstByteMs, idle: timeouts.idleMs };
  // Never set further ahead than the shortest limit, a change of what is awaited needs no other timer.
  const furthestMs = Math.min(timeouts.firstByteMs, timeouts.idleMs);
  const endsMs = clock.monotonicMs() + timeouts.totalMs;
  let awaited: Silence | undefined;
  let silence: Silence = 'first_byte';
  let sinceMs = 0;
  let timer: Timer | undefined;

  function look(): void {
    timer = undefined;
    const nowMs = clock.monotonicMs();
    if (nowMs >= endsMs) {
      onLate('total');
      return;
    }
    const late = awaited !== undefined && nowMs >= sinceMs + limits[awaited] ? awaited : undefined;
    if (late !== undefined) awaited = undefined;
    set(nowMs);
    if (late !== undefined) onLate(late);
  }

  function set(nowMs: number): void {
    const silentMs = awaited === undefined ? furthestMs : sinceMs + limits[awaited] - nowMs;
    timer = clock.after(Math.min(silentMs, furthestMs, endsMs - nowMs), look);
  }

  function expect(next: Silence): void {
    silence = next;
    awaited = next;
    sinceMs = clock.monotonicMs();
    if (timer === undefined) set(sinceMs);
  }

  return {
    awaitAnswer: () => expect('first_byte'),
    read: () => expect('idle'),
    pause() {
      awaited = undefined;
    },
    resume: () => expect(silence),
    stop() {
      timer?.cancel();
      timer = undefined;
      awaited = undefined;
    },
  };
}
