import type { RecordedRequest } from './journal.ts';
import type { Operation } from './operations.ts';

/** What goes wrong with one request. */
export type Fault =
  /** The connection is cut. `before`: nothing was done; `after`: it was done, and nobody is told. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  /** Any answer in place of the work; with `after` the work is done first. An absent body is an empty one. */
  | {
      readonly kind: 'http';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly after?: boolean;
    }
  /** Held until `fake.releaseSlow()`, then answered as usual. */
  | { readonly kind: 'slow' }
  /** retrieve_future: 200 `try_again`. */
  | { readonly kind: 'try_again'; readonly queueState?: string; readonly reason?: string }
  /** retrieve_future: 200 `complete_metadata`, in place of a result that waits to be asked for. */
  | { readonly kind: 'metadata'; readonly size: number }
  /** retrieve_future: 200 {error, category}, whatever became of the operation. */
  | { readonly kind: 'failed'; readonly error: string; readonly category: 'user' | 'server' | 'unknown' }
  /** A submit: the operation is taken, does nothing when it is due and fails in the engine's own way. */
  | {
      readonly kind: 'operation_fails';
      readonly error: string;
      readonly category?: 'user' | 'server' | 'unknown';
      readonly status?: number;
    }
  /** The answer's body is cut in the middle, with a right length: no JSON, or no protobuf message. */
  | { readonly kind: 'truncated' }
  /** The answer's body is this, said to be JSON. */
  | { readonly kind: 'malformed'; readonly text?: string }
  /** The connection is cut in the middle of the answer's body. */
  | { readonly kind: 'cut_body' };

/** An endpoint's name (`optim_step`, `retrieve_future`, …) or more conditions, all of which must hold. */
export type FaultMatch =
  | string
  | {
      readonly endpoint?: string;
      /** For retrieve_future: the operation that is asked for. */
      readonly operation?: Operation;
      readonly when?: (request: RecordedRequest) => boolean;
    };

export interface FaultOptions {
  /** How many requests it meets. @default 1 */
  readonly times?: number;
  /** How many requests that match pass before it. @default 0 */
  readonly skip?: number;
}

export interface FaultPlan {
  failNext(match: FaultMatch, fault: Fault, options?: FaultOptions): void;
  /** The fault that is due for this request. */
  take(request: RecordedRequest, operation: Operation | undefined): Fault | undefined;
  /** Plans that were not used, or not as often as said. */
  unused(): readonly string[];
}

interface Planned {
  readonly match: FaultMatch;
  readonly fault: Fault;
  skip: number;
  left: number;
}

function matches(match: FaultMatch, request: RecordedRequest, operation: Operation | undefined): boolean {
  if (typeof match === 'string') return match === request.endpoint;
  if (match.endpoint !== undefined && match.endpoint !== request.endpoint) return false;
  if (match.operation !== undefined && match.operation !== operation) return false;
  return match.when?.(request) ?? true;
}

const nameOf = (match: FaultMatch): string =>
  typeof match === 'string' ? match : [match.endpoint, match.operation].filter(Boolean).join(' of ');

export function createFaultPlan(): FaultPlan {
  const plans: Planned[] = [];
  return {
    failNext(match, fault, options = {}) {
      plans.push({ match, fault, skip: options.skip ?? 0, left: options.times ?? 1 });
    },
    take(request, operation) {
      for (const plan of plans) {
        if (plan.left === 0 || !matches(plan.match, request, operation)) continue;
        if (plan.skip > 0) {
          plan.skip -= 1;
          continue;
        }
        plan.left -= 1;
        return plan.fault;
      }
      return undefined;
    },
    unused: () =>
      plans
        .filter((plan) => plan.left > 0)
        .map((plan) => `${nameOf(plan.match)}: ${plan.fault.kind} ${plan.left} more`),
  };
}

/** A refusal with the body that the engines give. */
export const httpFault = (status: number, detail: string, headers: Record<string, string> = {}): Fault => ({
  kind: 'http',
  status,
  body: { detail },
  headers,
});

/** Not ready: the long poll ran out. */
export const notReady = (queueState = 'active', reason?: string): Fault => ({
  kind: 'http',
  status: 408,
  body: { detail: 'Timeout waiting for result', queue_state: queueState, queue_state_reason: reason ?? null },
});

/** As a proxy before the engine answers: no body at all. */
export const emptyBadRequest: Fault = { kind: 'http', status: 400 };
