import { type PolicyScope, policyScopeKey } from '../../domain/policy.ts';
import type { TrainingWindow } from '../../schedule/training-window.ts';

/** Signals that fire when the window of a scope closes. */
export interface OpenSignals {
  /** Has fired where it is closed. */
  of(scope: PolicyScope): AbortSignal;
  /** To be called whenever a window changes. */
  look(): void;
}

export function createOpenSignals(window: Pick<TrainingWindow, 'isOpen'>): OpenSignals {
  const known = new Map<string, { readonly scope: PolicyScope; readonly closing: AbortController }>();

  function look(): void {
    for (const [key, { scope, closing }] of known) {
      if (window.isOpen(scope)) continue;
      known.delete(key);
      closing.abort();
    }
  }

  return {
    of(scope) {
      look();
      if (!window.isOpen(scope)) return AbortSignal.abort();
      const key = policyScopeKey(scope);
      const entry = known.get(key) ?? { scope, closing: new AbortController() };
      known.set(key, entry);
      return entry.closing.signal;
    },
    look,
  };
}
