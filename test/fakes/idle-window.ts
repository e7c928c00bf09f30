import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { RunWindow } from '../../core/schedule/training-window.ts';

export interface IdleWindow extends RunWindow {
  /** Why it is closed, a clause; `undefined` while it is open. */
  closedBecause(): string | undefined;
  /** Somebody wrote, pressed or reacted, on whatever platform: closes it at once. */
  touch(): void;
  stop(): void;
}

export interface IdleWindowDeps {
  readonly clock: Clock;
  /** It opens when nobody has said anything for so long; from the start on. */
  readonly idleMs: number;
  /** The same where a person wants it open. */
  readonly quietMs: number;
}

/** Open while nobody has said anything for a while, for every scope. */
export function createIdleWindow({ clock, idleMs, quietMs }: IdleWindowDeps): IdleWindow {
  const listeners = new Set<() => void>();
  let lastAt = clock.monotonicMs();
  /** `until_spoken`: whatever was said before. `as_it_is`: somebody has spoken since. */
  let forced: 'until_spoken' | 'as_it_is' | undefined;
  let timer: Timer | undefined;
  let wasOpen = false;

  /** Until when it is closed, by `monotonicMs`. */
  function closedUntil(): number {
    if (forced === undefined) return lastAt + idleMs;
    return forced === 'until_spoken' ? Number.NEGATIVE_INFINITY : lastAt + quietMs;
  }

  const isOpen = (): boolean => clock.monotonicMs() >= closedUntil();

  function look(): void {
    timer?.cancel();
    timer = undefined;
    const open = isOpen();
    if (!open) timer = clock.after(Math.max(1, closedUntil() - clock.monotonicMs()), look);
    if (open === wasOpen) return;
    wasOpen = open;
    for (const listener of [...listeners]) listener();
  }

  look();
  return {
    isOpen,
    hasTimeFor: isOpen,
    working: () => () => {},
    closedBecause() {
      if (isOpen()) return undefined;
      const minutes = Math.max(1, Math.ceil((closedUntil() - clock.monotonicMs()) / 60_000));
      return `somebody was here a moment ago; it goes on after ${minutes} quiet ${minutes === 1 ? 'minute' : 'minutes'}`;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    touch() {
      lastAt = clock.monotonicMs();
      if (forced !== undefined) forced = 'as_it_is';
      look();
    },
    force() {
      forced = 'until_spoken';
      look();
    },
    release() {
      forced = undefined;
      look();
    },
    stop() {
      timer?.cancel();
      timer = undefined;
    },
  };
}
