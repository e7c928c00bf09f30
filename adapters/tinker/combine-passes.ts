import type { PassResult } from './wire.ts';

function weightedMean(values: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), 0) / total;
}

function asWhole(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

/** By the word after the colon, as Tinker names its metrics: `loss:sum`. Without one it is a mean. */
function combine(name: string, values: readonly number[], weights: readonly number[]): number {
  switch (name.slice(name.lastIndexOf(':') + 1)) {
    case 'sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'slack':
      return Math.max(...values) - weightedMean(values, weights);
    case 'hash2':
      return Number(
        BigInt.asUintN(
          64,
          values.reduce((sum, value) => sum + asWhole(value), 0n),
        ),
      );
    default:
      return weightedMean(values, weights);
  }
}

/** The results of one batch's submissions as one: outputs in order, metrics joined. `unique` ones keep a name for each submission. */
export function combinePasses(results: readonly PassResult[]): PassResult {
  const [only] = results;
  if (only !== undefined && results.length === 1) return only;
  const names = new Set(results.flatMap(({ metrics }) => Object.keys(metrics)));
  const metrics: Record<string, number> = {};
  for (const name of names) {
    const having = results.filter(({ metrics: own }) => own[name] !== undefined);
    const values = having.map(({ metrics: own }) => own[name] ?? 0);
    if (name.endsWith(':unique')) {
      for (const [at, value] of values.entries()) metrics[at === 0 ? name : `${name}_${at}`] = value;
    } else {
      const weights = having.map(({ outputs }) => outputs.length);
      metrics[name] = combine(name, values, weights);
    }
  }
  return { outputs: results.flatMap(({ outputs }) => outputs), metrics };
}
