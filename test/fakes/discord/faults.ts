/** How a call goes wrong. `cut_before`: nothing was done. `cut_after`: it was done, and nobody is told. */
export type DiscordFault =
  | { readonly kind: 'refuse'; readonly status: number; readonly code: number; readonly message?: string }
  | {
      readonly kind: 'rate_limit';
      readonly retryAfterMs: number;
      /** Default `user`. */
      readonly scope?: 'user' | 'global' | 'shared';
    }
  | { readonly kind: 'http'; readonly status: number; readonly body?: string }
  | { readonly kind: 'cut_before' }
  | { readonly kind: 'cut_after' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'garbage' };

/** By the operation's name in the description of the API, `create_message`. */
export interface FaultPlan {
  failNext(operation: string, fault: DiscordFault): void;
  failAlways(operation: string, fault: DiscordFault): void;
  heal(): void;
  /** The fault that is due for this call. */
  take(operation: string): DiscordFault | undefined;
}

export function createFaultPlan(): FaultPlan {
  const next = new Map<string, DiscordFault[]>();
  const always = new Map<string, DiscordFault>();
  return {
    failNext: (operation, fault) => void next.set(operation, [...(next.get(operation) ?? []), fault]),
    failAlways: (operation, fault) => void always.set(operation, fault),
    heal() {
      next.clear();
      always.clear();
    },
    take: (operation) => next.get(operation)?.shift() ?? always.get(operation),
  };
}
