import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../core/domain/app-error.ts';
import { runId } from '../../../../core/domain/policy.ts';
import { costOf } from '../../../../core/learning/run/engine-prices.ts';
import { haltError, haltOf } from '../../../../core/learning/run/run-gate.ts';
import { createSpendGate, monthStart } from '../../../../core/learning/run/spend-gate.ts';
import type { RunStore } from '../../../../core/ports/run-store.ts';
import { createFakeClock } from '../../../fakes/system/fake-clock.ts';

const run = runId('r');

function budget(
  capMicros: number,
): Pick<RunStore, 'reserve' | 'refund'> & { spent: number; readonly since: number[] } {
  const book = {
    spent: 0,
    since: [] as number[],
    async reserve(_: unknown, cost: { readonly micros: number }, since: number) {
      book.since.push(since);
      if (book.spent + cost.micros > capMicros) return false;
      book.spent += cost.micros;
      return true;
    },
    async refund(_: unknown, cost: { readonly micros: number }) {
      book.spent -= cost.micros;
    },
  };
  return book;
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

describe('the gate before every call', () => {
  test('counts the cost before it calls, and gives what the call gives', async () => {
    const runs = budget(10);
    const gate = createSpendGate(run, new AbortController().signal, {
      runs,
      clock: createFakeClock(Date.UTC(2026, 4, 20)),
      capMicros: 10,
    });
    expect(await gate.call({ tokens: 1, micros: 4 }, async () => runs.spent)).toBe(4);
    expect(runs.since).toEqual([Date.UTC(2026, 4, 1)]);
  });

  test('does not call what would pass the cap, and goes on with what fits', async () => {
    const runs = budget(10);
    const deps = { runs, clock: createFakeClock(), capMicros: 10 };
    const gate = createSpendGate(run, new AbortController().signal, deps);
    let calls = 0;
    const call = async (): Promise<void> => {
      calls += 1;
    };
    const thrown = await failureOf(gate.call({ tokens: 1, micros: 11 }, call));
    expect(haltOf(thrown)).toBe('budget_spent');
    expect(calls).toBe(0);
    await gate.call({ tokens: 1, micros: 10 }, call);
    expect(calls).toBe(1);
  });

  test('calls nothing once it is halted, also where that happens while the budget is asked', async () => {
    const halted = new AbortController();
    let calls = 0;
    const call = async (): Promise<void> => {
      calls += 1;
    };
    const runs = budget(9);
    const slow: typeof runs = {
      ...runs,
      async reserve(...args) {
        const fits = await runs.reserve(...args);
        halted.abort();
        return fits;
      },
    };
    const gate = createSpendGate(run, halted.signal, { runs: slow, clock: createFakeClock(), capMicros: 9 });
    expect(haltOf(await failureOf(gate.call({ tokens: 1, micros: 5 }, call)))).toBe('paused');
    expect(haltOf(await failureOf(gate.call({ tokens: 1, micros: 5 }, call)))).toBe('paused');
    expect(calls).toBe(0);
    expect(runs.spent, 'what was counted for no call').toBe(0);
  });

  test('gives the cost back where it was not called after all, and keeps it where the call failed', async () => {
    const runs = budget(9);
    const deps = { runs, clock: createFakeClock(), capMicros: 9 };
    const gate = createSpendGate(run, new AbortController().signal, deps);
    const cost = { tokens: 1, micros: 5 };
    const halted = await failureOf(gate.call(cost, () => Promise.reject(haltError('paused'))));
    expect(haltOf(halted)).toBe('paused');
    expect(runs.spent).toBe(0);
    await failureOf(gate.call(cost, () => Promise.reject(new Error('no'))));
    expect(runs.spent).toBe(5);
  });

  test('tells why it halts although the cost cannot be given back', async () => {
    const runs = budget(9);
    const lost = new AppError('conflict', 'Another leads.', { details: { reason: 'lease_lost' } });
    const deps = {
      runs: { ...runs, refund: () => Promise.reject(lost) },
      clock: createFakeClock(),
      capMicros: 9,
    };
    const gate = createSpendGate(run, new AbortController().signal, deps);
    const halt = haltError('budget_spent');
    expect(await failureOf(gate.call({ tokens: 1, micros: 5 }, () => Promise.reject(halt)))).toBe(halt);
  });

  test('is a pause for whoever leads no more', async () => {
    const lost = new AppError('conflict', 'Another leads.', { details: { reason: 'lease_lost' } });
    const deps = { runs: { ...budget(9), reserve: () => Promise.reject(lost) }, clock: createFakeClock() };
    const gate = createSpendGate(run, new AbortController().signal, { ...deps, capMicros: 9 });
    let isMade = false;
    const call = async (): Promise<void> => {
      isMade = true;
    };
    expect(haltOf(await failureOf(gate.call({ tokens: 1, micros: 5 }, call)))).toBe('paused');
    expect(isMade).toBe(false);
    expect(haltOf(new AppError('conflict', 'Something else.'))).toBeUndefined();
  });

  test('a failure of the call is no halt', async () => {
    const gate = createSpendGate(run, new AbortController().signal, {
      runs: budget(1),
      clock: createFakeClock(),
      capMicros: 1,
    });
    const failure = await failureOf(
      gate.call({ tokens: 0, micros: 0 }, () => Promise.reject(new Error('no'))),
    );
    expect(failure).toMatchObject({ message: 'no' });
    expect(haltOf(failure)).toBeUndefined();
  });
});

describe('before each step', () => {
  const deps = { runs: budget(0), clock: createFakeClock(), capMicros: 0 };

  test('what is to be awaited is', async () => {
    const { signal } = new AbortController();
    const gate = createSpendGate(run, signal, {
      ...deps,
      beforeStep: () => Promise.reject(haltError('paused')),
    });
    expect(haltOf(await failureOf(gate.beforeStep()))).toBe('paused');
  });

  test('nothing stands in the way by default', async () => {
    await expect(
      createSpendGate(run, new AbortController().signal, deps).beforeStep(),
    ).resolves.toBeUndefined();
  });
});

test('a month begins on its first day, UTC', () => {
  expect(monthStart(Date.UTC(2026, 11, 31, 23, 59))).toBe(Date.UTC(2026, 11, 1));
  expect(monthStart(Date.UTC(2027, 0, 1))).toBe(Date.UTC(2027, 0, 1));
});

test('costs are rounded up, so that no cap is passed by rounding', () => {
  const prices = { train: 1_500_000, read: 100_000, write: 0 };
  expect(costOf({ train: 3, read: 1 }, prices)).toEqual({ tokens: 4, micros: 5 });
  expect(costOf({}, prices)).toEqual({ tokens: 0, micros: 0 });
});
