import type { Clock, Timer } from '../ports/clock.ts';

/** Whether background learning may run at this moment. */
export interface TrainingWindow {
  /** Why it is closed, a clause; `undefined` while it is open. */
  closedBecause(): string | undefined;
  /** Called at once whenever that changes. Gives a function that ends it. */
  onChange(listener: () => void): () => void;
}

export interface IdleWindow extends TrainingWindow {
  /** Somebody wrote, pressed or reacted, on whatever platform: closes it at once. */
  touch(): void;
  /** A person wants it open now: it is, whatever was said before, and closes for the quiet time only when somebody speaks. Lasts until `release`. */
  force(): void;
  release(): void;
  stop(): void;
}

export interface IdleWindowDeps {
  readonly clock: Clock;
  /** It opens when nobody has said anything for so long; from the start on. */
  readonly idleMs: number;
  /** The same where a person wants it open. */
  readonly quietMs: number;
}

/** Open while nobody has said anything for a while. */
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
