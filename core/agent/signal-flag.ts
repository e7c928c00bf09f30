/** A flag that can be waited for. Raising it twice is raising it once. */
export interface SignalFlag {
  raise(): void;
  lower(): void;
  /** Resolves as soon as the flag is up. */
  wait(): Promise<void>;
}

export function createSignalFlag(): SignalFlag {
  let current = Promise.withResolvers<void>();
  let up = false;
  return {
    raise() {
      up = true;
      current.resolve();
    },
    lower() {
      if (!up) return;
      up = false;
      current = Promise.withResolvers<void>();
    },
    wait: () => current.promise,
  };
}
