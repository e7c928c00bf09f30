import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLanesByKey } from '../../../core/schedule/lanes-by-key.ts';

test('work ends as it does itself, and a failure holds up nothing', async () => {
  const lanes = createLanesByKey();
  const failed = lanes.run('a', async () => {
    throw new Error('no');
  });
  const next = lanes.run('a', async () => 5);
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe(5);
  await lanes.settled();
});

test('whatever comes: of a key never more than that at once, begun in order, and all of it ends', async () => {
  const job = fc.record({
    key: fc.constantFrom('a', 'b'),
    turns: fc.nat({ max: 4 }),
    fails: fc.boolean(),
    wait: fc.nat({ max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(job, { maxLength: 25 }),
      fc.integer({ min: 1, max: 3 }),
      async (jobs, atOnce) => {
        const lanes = createLanesByKey();
        const running = new Map<string, number>();
        const begun: { readonly key: string; readonly index: number }[] = [];
        const ends: Promise<unknown>[] = [];
        let most = 0;
        for (const [index, { key, turns, fails, wait }] of jobs.entries()) {
          const work = async (): Promise<void> => {
            begun.push({ key, index });
            const now = (running.get(key) ?? 0) + 1;
            running.set(key, now);
            most = Math.max(most, now);
            for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
            running.set(key, (running.get(key) ?? 0) - 1);
            if (fails) throw new Error('no');
          };
          ends.push(lanes.run(key, work, atOnce).catch(() => undefined));
          for (let turn = 0; turn < wait; turn += 1) await Promise.resolve();
        }
        await lanes.settled();
        expect(begun).toHaveLength(jobs.length);
        await Promise.all(ends);
        expect(most).toBeLessThanOrEqual(atOnce);
        for (const key of ['a', 'b']) {
          const order = begun.filter((one) => one.key === key).map(({ index }) => index);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      },
    ),
  );
});
