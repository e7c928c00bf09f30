import { AppError } from '../../../core/domain/app-error.ts';
import type { PastWindow } from '../../../core/domain/schedule.ts';
import type { StoredSchedule, WindowStore } from '../../../core/ports/window-store.ts';

export interface MemoryWindowStore extends WindowStore {
  /** Every call from now on rejects with this; undefined: works again. */
  failWith(error: Error | undefined): void;
}

interface ScopedWindow {
  readonly scopeKey: string;
  readonly window: PastWindow;
}

export function createMemoryWindowStore(): MemoryWindowStore {
  const states = new Map<string, StoredSchedule>();
  let windows: readonly ScopedWindow[] = [];
  let failure: Error | undefined;

  function check(...times: readonly (number | undefined)[]): void {
    if (failure !== undefined) throw failure;
    if (times.every((time) => time === undefined || Number.isFinite(time))) return;
    throw new AppError('invalid_input', 'The state of a window holds a time that is none.');
  }
  const timesOf = ({ since, openedAt, workedMs, starvedSince }: StoredSchedule) =>
    [since, openedAt, workedMs, starvedSince] as const;

  return {
    failWith(error) {
      failure = error;
    },
    state: async (scopeKey) => {
      check();
      return structuredClone(states.get(scopeKey));
    },
    setState: async (scopeKey, state) => {
      check(...timesOf(state));
      states.set(scopeKey, structuredClone(state));
    },
    close: async (scopeKey, window, state) => {
      check(...timesOf(state), window.from, window.to, window.workedMs);
      windows = [...windows, { scopeKey, window: structuredClone(window) }];
      states.set(scopeKey, structuredClone(state));
    },
    past: async (scopeKey, since) => {
      check();
      return windows
        .filter((one) => one.scopeKey === scopeKey && one.window.to > since)
        .map(({ window }) => structuredClone(window))
        .toSorted((a, b) => a.to - b.to);
    },
    prune: async (before) => {
      check();
      windows = windows.filter(({ window }) => window.to >= before);
    },
  };
}
