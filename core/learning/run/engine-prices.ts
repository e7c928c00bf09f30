import type { CallCost } from './run-gate.ts';

/** Millionths of the currency's unit for a million tokens. */
export interface EnginePrices {
  /** Read and learned from. */
  readonly train: number;
  /** Read only. */
  readonly read: number;
  /** Written. */
  readonly write: number;
}

export interface TokenUse {
  readonly train?: number;
  readonly read?: number;
  readonly write?: number;
}

/** What so many tokens cost; parts of a millionth are rounded up, so that a cap is never passed by rounding. */
export function costOf({ train = 0, read = 0, write = 0 }: TokenUse, prices: EnginePrices): CallCost {
  const micros = (train * prices.train + read * prices.read + write * prices.write) / 1_000_000;
  return { tokens: train + read + write, micros: Math.ceil(micros) };
}
