import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createByteGate } from '../../../adapters/tinker/byte-gate.ts';
import { eitherSignal } from '../../../adapters/tinker/either-signal.ts';
import { createSampleGate } from '../../../adapters/tinker/sample-gate.ts';
import { unlessAborted } from '../../../adapters/tinker/unless-aborted.ts';
import { createWeightSlot } from '../../../adapters/tinker/weight-slot.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { never } from './rig.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Move =
  | { readonly kind: 'enter'; readonly cost: number }
  | { readonly kind: 'leave' | 'abort'; readonly at: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('enter' as const), cost: fc.integer({ min: 0, max: 15 }) }),
  fc.record({ kind: fc.constantFrom('leave' as const, 'abort' as const), at: fc.nat(20) }),
);

describe('a byte gate', () => {
  test('is never over its size but for one alone, serves in order, and lets everybody in who stays', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 40 }), async (moves) => {
        const size = 10;
        const gate = createByteGate(size);
        const inside = new Map<number, { readonly cost: number; readonly leave: () => void }>();
        const queue: number[] = [];
        const costs = new Map<number, number>();
        const stops = new Map<number, AbortController>();
        let count = 0;

        const check = async (): Promise<void> => {
          await settle();
          const used = [...inside.values()].reduce((total, { cost }) => total + cost, 0);
          if (inside.size > 1) expect(used).toBeLessThanOrEqual(size);
          const head = costs.get(queue[0] ?? -1);
          if (head !== undefined) expect(inside.size > 0 && used + head > size).toBe(true);
        };
        const enter = (cost: number): void => {
          const id = count++;
          const stop = new AbortController();
          stops.set(id, stop);
          queue.push(id);
          costs.set(id, cost);
          gate.enter(cost, stop.signal).then(
            (leave) => {
              expect(queue[0]).toBe(id);
              queue.shift();
              inside.set(id, { cost, leave });
            },
            (thrown) => {
              expect(thrown).toMatchObject({ code: 'aborted' });
              queue.splice(queue.indexOf(id), 1);
            },
          );
        };

        for (const one of moves) {
          if (one.kind === 'enter') enter(one.cost);
          else if (one.kind === 'abort') stops.get(one.at)?.abort();
          else {
            const found = inside.get(one.at);
            inside.delete(one.at);
            found?.leave();
            found?.leave();
          }
          await check();
        }
        while (inside.size > 0) {
          const [id, { leave }] = [...inside][0] ?? [0, { leave() {} }];
          inside.delete(id);
          leave();
          await check();
        }
        expect(queue).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('keeps nobody who was stopped before, and no listener of those who went in', async () => {
    const gate = createByteGate(1);
    await expect(gate.enter(1, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    const stop = new AbortController();
    const leave = await gate.enter(1, stop.signal);
    stop.abort();
    const next = gate.enter(1, never());
    leave();
    (await next)();
  });
});

describe('the gate of samples', () => {
  const config = { sampleRequests: 100, sampleBytes: 1_000_000 };

  async function inside(gate: ReturnType<typeof createSampleGate>, count: number, tokens: number) {
    const leaves: (() => void)[] = [];
    const entering = Array.from({ length: count }, () =>
      gate.enter(tokens, never()).then((leave) => void leaves.push(leave)),
    );
    await settle();
    return { leaves, entering };
  }

  test('lets as many through as the engine allows, and prompts of so many bytes', async () => {
    const gate = createSampleGate(createFakeClock(), config);
    expect((await inside(gate, 150, 1)).leaves).toHaveLength(100);
    const other = createSampleGate(createFakeClock(), config);
    expect((await inside(other, 50, 10_000)).leaves).toHaveLength(10);
  });

  test.each([
    [13_107, 0, 1_000],
    [13_108, 0, 5_000],
    [10, 7_000, 7_000],
  ])(
    'pauses after a prompt of %i tokens was too much and %i ms were asked for',
    async (tokens, asked, ms) => {
      const clock = createFakeClock();
      const gate = createSampleGate(clock, config);
      gate.busy(tokens, asked);
      const { leaves } = await inside(gate, 3, 1);
      await clock.advance(ms - 1);
      expect(leaves).toHaveLength(0);
      await clock.advance(1);
      expect(leaves).toHaveLength(3);
      expect(clock.waiting()).toBe(0);
    },
  );

  test('lets ten at a time and prompts of a twentieth through for 10 s after the pause', async () => {
    const clock = createFakeClock();
    const gate = createSampleGate(clock, config);
    gate.busy(1, 0);
    await clock.advance(1_000);
    const few = await inside(gate, 50, 1);
    expect(few.leaves).toHaveLength(10);
    for (const leave of few.leaves) leave();
    for (let left = 40; left > 0; left -= 10) {
      await settle();
      for (const leave of few.leaves) leave();
    }
    await Promise.all(few.entering);
    for (const leave of few.leaves) leave();
    const large = await inside(gate, 5, 2_500);
    expect(large.leaves).toHaveLength(2);
    await clock.advance(10_000);
    const rest = createSampleGate(clock, config);
    expect((await inside(rest, 100, 1)).leaves).toHaveLength(100);
  });

  test('a wait that was stopped takes no room, wherever it waited', async () => {
    const clock = createFakeClock();
    const gate = createSampleGate(clock, { sampleRequests: 2, sampleBytes: 100 });
    const stop = new AbortController();
    const first = await gate.enter(10, never());
    const atBytes = gate.enter(1, stop.signal);
    const atPlaces = gate.enter(1, stop.signal);
    await settle();
    stop.abort();
    for (const wait of [atBytes, atPlaces]) await expect(wait).rejects.toMatchObject({ code: 'aborted' });
    first();
    gate.busy(1, 0);
    const pausing = new AbortController();
    const paused = gate.enter(1, pausing.signal);
    await settle();
    pausing.abort();
    await expect(paused).rejects.toMatchObject({ code: 'aborted' });
    expect(clock.waiting()).toBe(0);
    await clock.advance(11_000);
    const [a, b] = await Promise.all([gate.enter(5, never()), gate.enter(5, never())]);
    a();
    b();
  });
});

describe('a slot of weights', () => {
  test('changes when nobody samples it, and refuses older samplers from then on', async () => {
    const slot = createWeightSlot();
    const ends = [slot.beginSampling(), slot.beginSampling()];
    const before = slot.version();
    let hasChanged = false;
    const changing = slot.change(never()).then(() => {
      hasChanged = true;
    });
    expect(slot.version()).not.toBe(before);
    ends[0]?.();
    ends[0]?.();
    await settle();
    expect(hasChanged).toBe(false);
    ends[1]?.();
    await changing;
    await slot.change(never());
  });

  test('is as it was after a change that was not made, or not waited for', async () => {
    const slot = createWeightSlot();
    const before = slot.version();
    const takeBack = await slot.change(never());
    takeBack();
    takeBack();
    expect(slot.version()).toBe(before);
    const end = slot.beginSampling();
    const stop = new AbortController();
    const changing = slot.change(stop.signal);
    expect(slot.version()).not.toBe(before);
    stop.abort();
    await expect(changing).rejects.toMatchObject({ code: 'aborted' });
    expect(slot.version()).toBe(before);
    end();
    await slot.change(never());
    expect(slot.version()).toBeGreaterThan(before);
  });
});

describe('signals', () => {
  test('either of two ends the work, and its end leaves nothing behind', () => {
    for (const at of [0, 1] as const) {
      const stops = [new AbortController(), new AbortController()] as const;
      const either = eitherSignal(stops[0].signal, stops[1].signal);
      expect(either.signal.aborted).toBe(false);
      stops[at].abort();
      expect(either.signal.aborted).toBe(true);
    }
    expect(eitherSignal(AbortSignal.abort(), never()).signal.aborted).toBe(true);
    const either = eitherSignal(never(), never());
    either.release();
    expect(either.signal.aborted).toBe(true);
  });

  test('work is left at once, and its later failure is nobody’s', async () => {
    const stop = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<void>((_, reject) => {
      fail = reject;
    });
    const waiting = unlessAborted(work, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    fail(new Error('late'));
    const tooLate = unlessAborted(Promise.reject(new Error('unheard')), AbortSignal.abort());
    await expect(tooLate).rejects.toMatchObject({ code: 'aborted' });
    await expect(unlessAborted(Promise.resolve(3), never())).resolves.toBe(3);
    await expect(unlessAborted(Promise.reject(new Error('no')), never())).rejects.toThrow('no');
  });
});
