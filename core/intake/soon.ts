/** There at once, where it is known already. */
export type Soon<T> = T | Promise<T>;

/** What follows from it, at once if it is there at once. */
export function whenKnown<A, B>(value: Soon<A>, next: (value: A) => Soon<B>): Soon<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}
