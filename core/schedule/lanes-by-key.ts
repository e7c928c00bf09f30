/** Work in the order in which it came where the key is the same, and side by side where it is not. */
export interface LanesByKey {
  /** Of a key at most `atOnce` are under way. Ends as the work does. @default 1 */
  run<T>(key: string, work: () => Promise<T>, atOnce?: number): Promise<T>;
  /** Resolves when nothing is under way any more, nor what was added meanwhile. */
  settled(): Promise<void>;
}

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

export function createLanesByKey(): LanesByKey {
  const lanes = new Map<string, Lane>();
  const underWay = new Set<Promise<unknown>>();

  async function through<T>(key: string, lane: Lane, work: () => Promise<T>): Promise<T> {
    lane.running += 1;
    try {
      return await work();
    } finally {
      lane.running -= 1;
      // The next begins before anybody who comes just now.
      lane.waiting.shift()?.();
      if (lane.running === 0) lanes.delete(key);
    }
  }

  function inTurn<T>(key: string, work: () => Promise<T>, atOnce: number): Promise<T> {
    const lane = lanes.get(key) ?? { running: 0, waiting: [] };
    lanes.set(key, lane);
    if (lane.running < atOnce) return through(key, lane, work);
    return new Promise((resolve) => lane.waiting.push(() => resolve(through(key, lane, work))));
  }

  return {
    run(key, work, atOnce = 1) {
      const mine = inTurn(key, work, atOnce);
      const ended: Promise<unknown> = mine.then(
        () => underWay.delete(ended),
        () => underWay.delete(ended),
      );
      underWay.add(ended);
      return mine;
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
