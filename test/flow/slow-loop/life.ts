/** One process as far as it can be killed: after its end none of its calls is made, and none of their answers arrives. */
export interface Life {
  isOver(): boolean;
  /** Ends it at once. */
  end(): void;
  /** Ends it at one of the coming calls of stores or engine: some before the call, some between call and answer. */
  endAfter(moments: number): void;
  /** Fires with its end. */
  readonly ended: AbortSignal;
  /** Grows with everything that happens in it. */
  beats(): number;
  /** One moment at which it may end. */
  beat(): void;
}

export const never: Promise<never> = new Promise(() => {});

export function createLife(): Life {
  const end = new AbortController();
  let left = Number.POSITIVE_INFINITY;
  let beats = 0;
  return {
    isOver: () => end.signal.aborted,
    end: () => end.abort(),
    endAfter(moments) {
      left = moments;
    },
    ended: end.signal,
    beats: () => beats,
    beat() {
      beats += 1;
      if (left <= 0) end.abort();
      left -= 1;
    },
  };
}

/** Told of each call when it is made; gives what is told of its end. */
export type CallWatch = (method: string) => () => void;

const nobody: CallWatch = () => () => {};

/** The same object, its methods part of a life. All of them must be asynchronous. */
export function mortal<T extends object>(target: T, life: Life, watch: CallWatch = nobody): T {
  return new Proxy(target, {
    get(of, key, receiver) {
      const value: unknown = Reflect.get(of, key, receiver);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        life.beat();
        if (life.isOver()) return never;
        const ended = watch(String(key));
        try {
          const answer: unknown = await Reflect.apply(value, of, args);
          life.beat();
          return life.isOver() ? never : answer;
        } catch (thrown) {
          if (life.isOver()) return never;
          throw thrown;
        } finally {
          ended();
        }
      };
    },
  });
}
