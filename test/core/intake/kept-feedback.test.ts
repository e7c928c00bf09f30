import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { personId, turnId } from '../../../core/domain/ids.ts';
import { createKeptFeedback } from '../../../core/intake/kept-feedback.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

const receipt = { kind: 'stored', turnId: turnId('t1') } as const;
const busy = new AppError('storage_busy', 'Busy.');

/** Writes into a list, unless the store is away. */
function world() {
  const clock = createFakeClock();
  const kept = createKeptFeedback(clock);
  const written: string[] = [];
  const store = { isAway: false, tries: 0 };
  const take = (person: string, text: string, isKept = true) =>
    kept.take({
      personId: personId('api', person),
      isKept,
      async write() {
        store.tries += 1;
        await Promise.resolve();
        if (store.isAway) throw busy;
        written.push(`${person} ${text}`);
        return receipt;
      },
    });
  return { clock, kept, written, store, take };
}

test('whatever is away when, what is kept is written once, each person’s in order, and what is not is told', async () => {
  const step = fc.record({
    person: fc.constantFrom('ada', 'bob'),
    isKept: fc.boolean(),
    isAway: fc.boolean(),
    afterMs: fc.constantFrom(0, 0, 300, 20_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { clock, written, store, take } = world();
      const outcomes: Promise<string | undefined>[] = [];
      for (const [place, { person, isKept, isAway, afterMs }] of steps.entries()) {
        store.isAway = isAway;
        outcomes.push(
          take(person, `${place}`, isKept).then(
            () => `${person} ${place}`,
            (error) => (error === busy && !isKept ? undefined : `failed ${place}`),
          ),
        );
        await clock.advance(afterMs);
      }
      store.isAway = false;
      await clock.advance(60_000);
      const told = (await Promise.all(outcomes)).flatMap((one) => one ?? []);
      expect(written.toSorted()).toEqual(told.toSorted());
      for (const name of ['ada', 'bob']) {
        const isTheirs = (one: string): boolean => one.startsWith(name);
        expect(written.filter(isTheirs)).toEqual(told.filter(isTheirs));
      }
      expect(clock.waiting()).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('is tried again after longer and longer pauses', async () => {
  const { clock, store, take } = world();
  store.isAway = true;
  const given = take('ada', 'one');
  const tries: number[] = [];
  for (const ms of [249, 1, 999, 1, 5_000, 15_000, 60_000, 59_999, 1]) {
    await clock.advance(ms);
    tries.push(store.tries);
  }
  expect(tries).toEqual([1, 2, 2, 3, 4, 5, 6, 6, 7]);
  store.isAway = false;
  await clock.advance(60_000);
  expect(await given).toEqual(receipt);
});

test('what fails for good hinders nothing that comes after it', async () => {
  const { clock, kept, written, store, take } = world();
  store.isAway = true;
  const bug = new AppError('internal', 'A bug.');
  let isBroken = false;
  const broken = kept.take({
    personId: personId('api', 'ada'),
    isKept: true,
    write: () => Promise.reject(isBroken ? bug : busy),
  });
  const refused = expect(broken).rejects.toBe(bug);
  const next = take('ada', 'next');
  await clock.advance(1);
  isBroken = true;
  store.isAway = false;
  await clock.advance(250);
  await refused;
  expect([await next, written]).toEqual([receipt, ['ada next']]);
});

test('of too much the latest is refused', async () => {
  const { store, take, written, clock } = world();
  store.isAway = true;
  const given = Array.from({ length: 1_001 }, (_, place) => take(`p${place}`, 'x'));
  const refused = expect(given.at(-1)).rejects.toBe(busy);
  await clock.advance(1);
  await refused;
  store.isAway = false;
  await clock.advance(250);
  expect(await Promise.all(given.slice(0, -1))).toHaveLength(1_000);
  expect(written).toHaveLength(1_000);
});

test('the stop writes what it can, gives up the rest, and keeps nothing after it', async () => {
  for (const isAway of [true, false]) {
    const { kept, store, take, clock } = world();
    store.isAway = true;
    const outcome = take('ada', 'one').catch((error) => error);
    await clock.advance(1);
    store.isAway = isAway;
    await kept.stop();
    expect(await outcome).toBe(isAway ? busy : receipt);
    store.isAway = true;
    await expect(take('ada', 'two')).rejects.toBe(busy);
    expect(clock.waiting()).toBe(0);
  }
});
