import type { Clock, Timer } from '../../core/ports/clock.ts';

/** Values by key, made when first held and dropped some time after nobody holds them any more. */
export interface KeptValues<T> {
  hold(key: string): T;
  /** Ends one hold. After the last one the value is kept for `keepMs` more, or dropped at once where that is not above 0. */
  release(key: string, keepMs: number): void;
  values(): readonly T[];
  /** Drops every value now, held or not. */
  clear(): void;
}

interface Entry<T> {
  readonly value: T;
  holds: number;
  forgetting: Timer | undefined;
}

export function createKeptValues<T>(
  clock: Clock,
  make: (key: string) => T,
  drop: (value: T) => void,
): KeptValues<T> {
  const entries = new Map<string, Entry<T>>();
  return {
    hold(key) {
      const known = entries.get(key);
      const entry = known ?? { value: make(key), holds: 0, forgetting: undefined };
      if (known === undefined) entries.set(key, entry);
      entry.forgetting?.cancel();
      entry.holds += 1;
      return entry.value;
    },
    release(key, keepMs) {
      const entry = entries.get(key);
      if (entry === undefined) return;
      entry.holds -= 1;
      if (entry.holds > 0) return;
      const forget = (): void => {
        entries.delete(key);
        drop(entry.value);
      };
      if (keepMs > 0) entry.forgetting = clock.after(keepMs, forget);
      else forget();
    },
    values: () => [...entries.values()].map((entry) => entry.value),
    clear() {
      const all = [...entries.values()];
      entries.clear();
      for (const { forgetting, value } of all) {
        forgetting?.cancel();
        drop(value);
      }
    },
  };
}
