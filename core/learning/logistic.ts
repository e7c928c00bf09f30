/** σ(x) = 1/(1 + e⁻ˣ), 0 … 1, for any x without overflow. */
export function logistic(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
}

/** −log σ(x), finite for any finite x: near −x where x is far below 0. */
export function negativeLogLogistic(x: number): number {
  return Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
