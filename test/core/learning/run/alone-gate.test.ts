import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../core/domain/app-error.ts';
import { runId } from '../../../../core/domain/policy.ts';
import { aloneGate, type MakeAlone } from '../../../../core/learning/run/alone-gate.ts';
import { haltError, haltOf } from '../../../../core/learning/run/run-gate.ts';
import { createSpendGate } from '../../../../core/learning/run/spend-gate.ts';
import { createFakeClock } from '../../../fakes/system/fake-clock.ts';

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

describe('a call that must be made alone', () => {
  const cost = { tokens: 1, micros: 5 };
  /** Waits until the test lets it in, or its signal fires. */
  function door() {
    const open = Promise.withResolvers<void>();
    const alone = async <T>(make: () => Promise<T>, signal: AbortSignal): Promise<T> => {
      signal.addEventListener('abort', () => open.reject(new AppError('aborted', 'No longer wanted.')));
      await open.promise;
      return make();
    };
    return { open: open.resolve, alone };
  }
  function gateBehind(alone: MakeAlone | undefined) {
    const runs = {
      spent: 0,
      async reserve() {
        runs.spent += cost.micros;
        return true;
      },
      async refund() {
        runs.spent -= cost.micros;
      },
    };
    const halted = new AbortController();
    const plain = createSpendGate(runId('r'), halted.signal, {
      ...{ runs, clock: createFakeClock(), capMicros: undefined },
      beforeStep: () => Promise.reject(haltError('paused')),
    });
    return { runs, halted, plain, gate: aloneGate(plain, alone) };
  }

  test('is made when it is let in, and counted before', async () => {
    const { open, alone } = door();
    const { gate, runs } = gateBehind(alone);
    let isMade = false;
    const call = gate.call(cost, async () => {
      isMade = true;
      return 'made';
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([isMade, runs.spent]).toEqual([false, 5]);
    open();
    expect(await call).toBe('made');
    expect(runs.spent).toBe(5);
  });

  test('is given up with its cost where the window closes while it waits', async () => {
    const { alone } = door();
    const { gate, runs, halted } = gateBehind(alone);
    let isMade = false;
    const call = failureOf(
      gate.call(cost, async () => {
        isMade = true;
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    halted.abort();
    expect(haltOf(await call)).toBe('paused');
    expect([isMade, runs.spent]).toEqual([false, 0]);
  });

  test('is not made where the window closes in the moment in which it is let in', async () => {
    let isMade = false;
    const { gate, runs, halted } = gateBehind((make) => {
      halted.abort();
      return make();
    });
    const thrown = await failureOf(
      gate.call(cost, async () => {
        isMade = true;
      }),
    );
    expect(haltOf(thrown)).toBe('paused');
    expect([isMade, runs.spent]).toEqual([false, 0]);
  });

  test('that was made and failed keeps its cost and its failure, also where the window has closed', async () => {
    const { gate, runs, halted } = gateBehind((make) => make());
    const thrown = await failureOf(
      gate.call(cost, () => {
        halted.abort();
        return Promise.reject(new AppError('aborted', 'Cut off.'));
      }),
    );
    expect(haltOf(thrown)).toBeUndefined();
    expect(thrown).toMatchObject({ code: 'aborted' });
    expect(runs.spent).toBe(5);
  });

  test('is as any where both can be done at once', () => {
    const { gate, plain } = gateBehind(undefined);
    expect(gate).toBe(plain);
  });

  test('leaves the rest of the gate as it was', async () => {
    const { gate, halted } = gateBehind((make) => make());
    expect(gate.halted).toBe(halted.signal);
    expect(haltOf(await failureOf(gate.beforeStep()))).toBe('paused');
  });
});
