/** How a call goes wrong. `cut_before`: nothing was done. `cut_after`: it was done, and nobody is told. */
export type SlackFault =
  | {
      readonly kind: 'refuse';
      readonly error: string;
      readonly extra?: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'rate_limit'; readonly retryAfterSeconds: number }
  | { readonly kind: 'http'; readonly status: number; readonly body?: string }
  | { readonly kind: 'cut_before' }
  | { readonly kind: 'cut_after' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'garbage' };

export interface FaultPlan {
  failNext(method: string, fault: SlackFault): void;
  failAlways(method: string, fault: SlackFault): void;
  heal(): void;
  /** The fault that is due for this call. */
  take(method: string): SlackFault | undefined;
}

export function createFaultPlan(): FaultPlan {
  const next = new Map<string, SlackFault[]>();
  const always = new Map<string, SlackFault>();
  return {
    failNext: (method, fault) => void next.set(method, [...(next.get(method) ?? []), fault]),
    failAlways: (method, fault) => void always.set(method, fault),
    heal() {
      next.clear();
      always.clear();
    },
    take: (method) => next.get(method)?.shift() ?? always.get(method),
  };
}
