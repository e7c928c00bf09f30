import type { PolicyScope } from '../domain/policy.ts';

/** Whether background learning may run at this moment, by scope. */
export interface TrainingWindow {
  isOpen(scope: PolicyScope): boolean;
  /** Called at once whenever one opens or closes. Gives a function that ends it. */
  onChange(listener: () => void): () => void;
}

/** The window as a run needs it. */
export interface RunWindow extends TrainingWindow {
  /** Whether it is open, and is not known to close before so many milliseconds are over. */
  hasTimeFor(scope: PolicyScope, durationMs: number): boolean;
  /** Something works in it, until the function is called. */
  working(scope: PolicyScope): () => void;
  /** A person wants it open now: it is, whatever was said before, and closes only for a while when somebody speaks. Lasts until `release`. */
  force(scope: PolicyScope): void;
  release(): void;
}
