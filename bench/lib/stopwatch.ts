/** Milliseconds that one call takes. */
export function timed(call: () => void): number {
  const startedAt = performance.now();
  call();
  return performance.now() - startedAt;
}

/** Milliseconds of each call, one for each input. */
export function timedEach<T>(inputs: readonly T[], call: (input: T) => void): readonly number[] {
  return inputs.map((input) => timed(() => call(input)));
}
