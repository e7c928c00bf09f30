/**
 * Crash points at every call of every port. A process that dies leaves what is on disk and what the platform shows,
 * and no call of it ever returns again. Both hold here: after the chosen call nothing of this life gets an answer.
 */
export interface CrashPoints {
  /** How many calls were counted so far. */
  readonly calls: number;
  /** The name of the call at which it died. */
  readonly diedAt: string | undefined;
  /** Wraps every method of a port, and of a stream that a channel opens; non-methods are passed through. */
  wrap<T extends object>(name: string, port: T, skip?: readonly string[]): T;
  /** Resolves when it died. */
  readonly died: Promise<void>;
}

const never = new Promise<never>(() => {});

/**
 * Dies at call number `at` (from 1): `before` it has any effect, or `after` its effect and before its result.
 * `at` 0 never dies and only counts.
 */
export function createCrashPoints(at: number, moment: 'before' | 'after'): CrashPoints {
  let calls = 0;
  let diedAt: string | undefined;
  const death = Promise.withResolvers<void>();

  function die(name: string): Promise<never> {
    diedAt = name;
    death.resolve();
    return never;
  }

  async function guarded(name: string, call: () => unknown): Promise<unknown> {
    if (diedAt !== undefined) return never;
    calls += 1;
    const mine = calls === at;
    if (mine && moment === 'before') return die(name);
    try {
      const result = await call();
      if (diedAt !== undefined) return never;
      return mine ? die(name) : result;
    } catch (error) {
      if (diedAt !== undefined) return never;
      if (mine) return die(name);
      throw error;
    }
  }

  return {
    get calls() {
      return calls;
    },
    get diedAt() {
      return diedAt;
    },
    died: death.promise,
    wrap,
  };

  function wrap<T extends object>(name: string, port: T, skip: readonly string[] = []): T {
    return new Proxy(port, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof value !== 'function' || typeof key !== 'string' || skip.includes(key)) return value;
        return async (...args: unknown[]) => {
          const result = await guarded(`${name}.${key}`, () => Reflect.apply(value, target, args));
          return key === 'openStream' ? wrapStream(result) : result;
        };
      },
    });
  }

  /** A stream is what a call of the channel gives, and its calls reach the platform like those of the channel. */
  function wrapStream(result: unknown): unknown {
    return typeof result === 'object' && result !== null ? wrap('stream', result) : result;
  }
}
