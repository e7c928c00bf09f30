import { describe, expect, test } from 'vitest';
import { createThreadStatus } from '../../../adapters/slack/thread-status.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

function setUp() {
  const clock = createFakeClock();
  const status = createThreadStatus(clock);
  const calls: string[] = [];
  const call = (what: string) => (): Promise<boolean> => {
    calls.push(what);
    return Promise.resolve(true);
  };
  const clear = call('clear');
  const begin = (): Promise<void> => status.begin('D1/1', call('show'), clear);
  const end = (): void => status.end('D1/1', clear);
  return { clock, status, calls, begin, end, clear };
}

describe('the status line in a thread', () => {
  test('is shown once a minute however often it is asked for, and cleared when nothing was said', async () => {
    const { clock, calls, begin, end } = setUp();
    for (let second = 0; second < 61; second += 4) {
      await begin();
      await clock.advance(4_000);
    }
    expect(calls).toEqual(['show', 'show']);
    end();
    await clock.advance(1_999);
    expect(calls).toHaveLength(2);
    await clock.advance(1);
    expect(calls).toEqual(['show', 'show', 'clear']);
    expect(clock.waiting()).toBe(0);
  });

  test('is left to Slack where something was said, before the end or soon after it', async () => {
    const { clock, status, calls, begin, end } = setUp();
    await begin();
    status.said('D1/1');
    end();
    await begin();
    end();
    status.said('D1/1');
    await clock.advance(60_000);
    expect(calls).toEqual(['show', 'show']);
    expect(clock.waiting()).toBe(0);
  });

  test('does not outlive an answer that overtook it', async () => {
    const { clock, status, calls, clear, end } = setUp();
    const slow = Promise.withResolvers<boolean>();
    const beginning = status.begin('D1/1', () => slow.promise, clear);
    status.said('D1/1');
    end();
    await clock.advance(60_000);
    expect(calls).toEqual([]);
    slow.resolve(true);
    await beginning;
    expect(calls).toEqual(['clear']);
  });

  test('that was not taken is asked for again, and needs no clearing', async () => {
    const { clock, status, calls, begin, clear, end } = setUp();
    await status.begin('D1/1', () => Promise.resolve(false), clear);
    end();
    await clock.advance(4_000);
    expect(calls).toEqual([]);
    await begin();
    expect(calls).toEqual(['show']);
    end();
    await clock.advance(2_000);
    expect(calls).toEqual(['show', 'clear']);
  });

  test('is cleared by nobody after the stop', async () => {
    const { clock, status, calls, begin, end } = setUp();
    await begin();
    end();
    status.stop();
    await clock.advance(60_000);
    expect(calls).toEqual(['show']);
    expect(clock.waiting()).toBe(0);
  });
});
