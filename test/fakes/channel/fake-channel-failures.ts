import { AppError } from '../../../core/domain/app-error.ts';

/** The methods that can be made to fail. */
export type FakeMethod =
  | 'start'
  | 'send'
  | 'edit'
  | 'remove'
  | 'react'
  | 'activity'
  | 'openStream'
  | 'append'
  | 'close'
  | 'openForm'
  | 'respond'
  | 'registerCommands'
  | 'publishHome'
  | 'readThread';

/**
 * `reject`: nothing happens on the platform. `deliver_then_reject`: it happens, and the caller is told that it failed
 * (what `delivery_unknown` looks like when it did arrive). `hang`: nothing happens until `release`, then it succeeds.
 */
export type FakeFailure =
  | { readonly kind: 'reject'; readonly error: AppError }
  | { readonly kind: 'deliver_then_reject'; readonly error: AppError }
  | { readonly kind: 'hang' };

export interface FailureScript {
  /** The next call of the method fails so; several are used up in order. */
  failNext(method: FakeMethod, failure: FakeFailure): void;
  /** Every call of the method fails so, after the `failNext` ones, until `heal`. */
  failAlways(method: FakeMethod, failure: FakeFailure): void;
  /** Forgets the method's failures, or all of them. */
  heal(method?: FakeMethod): void;
  /** Lets the hanging calls of the method, or all of them, go on. Resolves with how many there were. */
  release(method?: FakeMethod): number;
  hanging(method?: FakeMethod): number;
  /** Runs `deliver` as the script says. */
  run<T>(method: FakeMethod, deliver: () => T): Promise<T>;
  /** Rejects everything that hangs with `delivery_unknown`. */
  abandon(): void;
}

interface Hanging {
  readonly method: FakeMethod;
  readonly resume: () => void;
  readonly abandon: () => void;
}

export function createFailureScript(onHang: () => void): FailureScript {
  const next = new Map<FakeMethod, FakeFailure[]>();
  const always = new Map<FakeMethod, FakeFailure>();
  let hanging: Hanging[] = [];

  const hang = (method: FakeMethod): Promise<void> =>
    new Promise((resolve, reject) => {
      hanging.push({
        method,
        resume: resolve,
        abandon: () => reject(new AppError('delivery_unknown', 'The channel stopped during the call.')),
      });
      onHang();
    });

  return {
    failNext(method, failure) {
      next.set(method, [...(next.get(method) ?? []), failure]);
    },
    failAlways(method, failure) {
      always.set(method, failure);
    },
    heal(method) {
      if (method === undefined) {
        next.clear();
        always.clear();
      } else {
        next.delete(method);
        always.delete(method);
      }
    },
    release(method) {
      const going = hanging.filter((call) => method === undefined || call.method === method);
      hanging = hanging.filter((call) => !going.includes(call));
      for (const call of going) call.resume();
      return going.length;
    },
    hanging: (method) => hanging.filter((call) => method === undefined || call.method === method).length,
    async run(method, deliver) {
      const failure = next.get(method)?.shift() ?? always.get(method);
      if (failure?.kind === 'hang') await hang(method);
      if (failure?.kind === 'reject') throw failure.error;
      const result = deliver();
      if (failure?.kind === 'deliver_then_reject') throw failure.error;
      return result;
    },
    abandon() {
      const going = hanging;
      hanging = [];
      for (const call of going) call.abandon();
    },
  };
}
