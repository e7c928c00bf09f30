/** Runs the jobs of one key one after another in the order given; keys do not wait for each other. */
export type SerialRunner = <T>(key: string, job: () => Promise<T>) => Promise<T>;

export function createSerialRunner(): SerialRunner {
  const tails = new Map<string, Promise<unknown>>();
  return (key, job) => {
    const run = (tails.get(key) ?? Promise.resolve()).then(job);
    const tail = run
      .catch(() => undefined)
      .finally(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
    tails.set(key, tail);
    return run;
  };
}
