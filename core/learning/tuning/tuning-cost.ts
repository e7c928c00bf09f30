import type { CallCost } from '../run/run-gate.ts';

export interface TuningPrices {
  /** Millionths of the currency's unit for a million trained tokens. */
  readonly trainMicrosPerMillionTokens: number;
}

/** What a job costs that reads so many tokens so many times. Parts of a millionth are rounded up. */
export function tuningCost(tokens: number, epochs: number, prices: TuningPrices): CallCost {
  return costOfTrained(tokens * epochs, prices);
}

/** What so many trained tokens cost. */
export function costOfTrained(tokens: number, { trainMicrosPerMillionTokens }: TuningPrices): CallCost {
  return { tokens, micros: Math.ceil((tokens * trainMicrosPerMillionTokens) / 1_000_000) };
}
