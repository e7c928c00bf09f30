import { describe, expect, test } from 'vitest';
import { createIdentifyThrottle } from '../../../adapters/discord/identify-throttle.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

const never = new AbortController().signal;

function setUp(maxConcurrency: number) {
  const clock = createFakeClock();
  const turns = createIdentifyThrottle(clock, 5_000).withConcurrency(maxConcurrency);
  const passed: [number, number][] = [];
  const ask = (shardId: number, signal = never) =>
    turns.waitForIdentify(shardId, signal).then(() => passed.push([shardId, clock.monotonicMs()]));
  return { clock, passed, ask };
}

describe('new sessions', () => {
  test('are begun five seconds apart, in the order asked', async () => {
    const { clock, passed, ask } = setUp(1);
    const all = [0, 1, 2].map((shard) => ask(shard));
    await clock.advance(20_000);
    await Promise.all(all);
    expect(passed).toEqual([
      [0, 0],
      [1, 5_000],
      [2, 10_000],
    ]);
  });

  test('are begun beside each other where Discord allows that', async () => {
    const { clock, passed, ask } = setUp(2);
    const all = [0, 1, 2, 3].map((shard) => ask(shard));
    await clock.advance(20_000);
    await Promise.all(all);
    expect(passed.map(([, atMs]) => atMs)).toEqual([0, 0, 5_000, 5_000]);
  });

  test('of one shard come ever more slowly, far below what a day allows, until it was well for a while', async () => {
    const { clock, passed, ask } = setUp(1);
    const dayMs = 24 * 60 * 60_000;
    const always = (async () => {
      while (clock.monotonicMs() < dayMs) await ask(0);
    })();
    await clock.advance(dayMs + 600_000);
    await always;
    const waits = passed.slice(1).map(([, atMs], index) => atMs - (passed[index]?.[1] ?? 0));
    expect(waits.slice(0, 8)).toEqual([5, 10, 20, 40, 80, 160, 300, 300].map((s) => s * 1_000));
    expect(passed.length).toBeLessThan(400);
    await clock.advance(600_000);
    const soon = ask(0);
    await clock.advance(0);
    await soon;
    expect(passed.at(-1)?.[1]).toBe(clock.monotonicMs());
  });

  test('that nobody waits for any more let the next one go first', async () => {
    const { clock, passed, ask } = setUp(1);
    await ask(0);
    const leaving = new AbortController();
    const left = expect(ask(1, leaving.signal)).rejects.toThrow();
    const next = ask(2);
    leaving.abort();
    await left;
    await clock.advance(5_000);
    await next;
    expect(passed).toEqual([
      [0, 0],
      [2, 5_000],
    ]);
  });
});
