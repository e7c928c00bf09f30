import type { Clock } from '../../core/ports/clock.ts';
import { createKeptValues } from './kept-values.ts';
import { perMinute, perSecond, type RateGate } from './rate-gate.ts';
import { createSteadyGate } from './steady-gate.ts';

export interface Rates {
  readonly maxPerSecond: number;
  /** Calls a minute by method; a method without an entry has no rate of its own. */
  readonly perMinute: Readonly<Record<string, number>>;
}

/** The overall rate, then the method's. */
export interface RateGates {
  /** Rejects when the gates are closed first. */
  pass(method: string): Promise<void>;
  /** Called once. */
  close(): Promise<void>;
}

/** After so long without a call a method's gate is as good as a new one. */
const METHOD_KEPT_MS = 60_000;

/** The method's gate is the last, so that its rule holds at the moment at which calls begin. A resting method's gate is dropped. */
export function createRateGates(clock: Clock, rates: Rates): RateGates {
  const overall = createSteadyGate(clock, perSecond(rates.maxPerSecond));
  const callsOf = new Map(Object.entries(rates.perMinute));
  const closing = new Set<Promise<void>>();

  function drop(gate: RateGate): void {
    const closed = gate.close().then(() => void closing.delete(closed));
    closing.add(closed);
  }

  const methods = createKeptValues(
    clock,
    (method) => createSteadyGate(clock, perMinute(callsOf.get(method) ?? Number.POSITIVE_INFINITY)),
    drop,
  );

  return {
    async pass(method) {
      await overall.pass();
      if (!callsOf.has(method)) return;
      const gate = methods.hold(method);
      try {
        await gate.pass();
      } finally {
        methods.release(method, METHOD_KEPT_MS);
      }
    },
    async close() {
      methods.clear();
      await Promise.all([overall.close(), ...closing]);
    },
  };
}
