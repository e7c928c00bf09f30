import { describe, expect, test } from 'vitest';
import { createShardGuard } from '../../../adapters/discord/shard-guard.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

interface Options {
  readonly recover?: number;
  readonly code?: number;
}

/** The methods by which the SDK's shard leads its life, each doing as it is told. */
function makeShard() {
  const calls: string[] = [];
  const shard = {
    connection: undefined,
    failedToConnectDueToNetworkError: true,
    calls,
    onConnect: async (): Promise<void> => undefined,
    async internalConnect(): Promise<void> {
      calls.push('connect');
      await shard.onConnect();
    },
    async destroy(options: Options = {}): Promise<void> {
      calls.push(`destroy ${options.recover ?? 'last'}`);
      // The SDK pauses here too.
      await Promise.resolve();
      if (options.recover !== undefined) await shard.internalConnect();
    },
    async onMessage(data: unknown): Promise<void> {
      calls.push('message');
      if (data === 'bad') throw new SyntaxError('private words');
    },
    onClose: async (): Promise<void> => void calls.push('close'),
    heartbeat: async (): Promise<void> => void calls.push('heartbeat'),
  };
  return shard;
}

function setUp() {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const lost: number[] = [];
  const guard = createShardGuard({ clock, logger, backoffBaseMs: 1_000, onLost: (id) => void lost.push(id) });
  const shard = makeShard();
  guard.adopt(shard, 7);
  return { clock, logger, guard, shard, lost };
}

const RECONNECT = { recover: 0, code: 1006 };

describe('a shard under guard', () => {
  test('resumes when the network failed, for five minutes, then begins anew', async () => {
    const { clock, shard, guard } = setUp();
    const ends = () => shard.calls.filter((call) => call.startsWith('destroy'));
    void shard.destroy(RECONNECT);
    await clock.advance(4 * 60_000);
    void shard.destroy(RECONNECT);
    await clock.advance(60_000);
    void shard.destroy(RECONNECT);
    await clock.advance(60_000);
    expect(ends()).toEqual(['destroy 1', 'destroy 1', 'destroy 0']);
    guard.isUp(7);
    void shard.destroy(RECONNECT);
    shard.failedToConnectDueToNetworkError = false;
    await clock.advance(60_000);
    void shard.destroy(RECONNECT);
    await clock.advance(60_000);
    expect(ends().slice(3)).toEqual(['destroy 1', 'destroy 0']);
  });

  test('tries again after 1, 2, 4 … 30 s, and at once after it was well', async () => {
    const { clock, shard, guard } = setUp();
    const triedAtMs: number[] = [];
    shard.onConnect = async () => {
      triedAtMs.push(clock.monotonicMs());
      // As the SDK does where a connection fails.
      if (triedAtMs.length < 10) void shard.destroy(RECONNECT);
    };
    void shard.internalConnect();
    await clock.advance(300_000);
    const waits = triedAtMs.slice(1).map((atMs, index) => atMs - (triedAtMs[index] ?? 0));
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    guard.isUp(7);
    const before = clock.monotonicMs();
    void shard.destroy(RECONNECT);
    await clock.advance(0);
    expect(triedAtMs.at(-1)).toBe(before);
  });

  test('has one end at a time, and a last one that nothing follows', async () => {
    const { clock, shard } = setUp();
    const closing = Promise.withResolvers<void>();
    shard.onConnect = () => closing.promise;
    void shard.destroy(RECONNECT);
    void shard.destroy(RECONNECT);
    await clock.advance(0);
    expect(shard.calls).toEqual(['destroy 1', 'connect']);
    await shard.destroy();
    void shard.destroy(RECONNECT);
    await clock.advance(60_000);
    closing.resolve();
    await clock.advance(60_000);
    expect(shard.calls.filter((call) => call === 'connect')).toHaveLength(1);
  });

  test('that waits for its next attempt makes none after the stop', async () => {
    const { clock, shard, guard } = setUp();
    for (let round = 0; round < 3; round += 1) void shard.internalConnect();
    await clock.advance(500);
    expect(shard.calls).toEqual(['connect', 'connect']);
    guard.stop();
    await clock.advance(60_000);
    expect(shard.calls).toEqual(['connect', 'connect']);
    expect(clock.waiting()).toBe(0);
  });

  test('that throws is told of without what it was told, and is lost where it cannot connect', async () => {
    const { clock, shard, logger, lost } = setUp();
    await shard.onMessage('bad');
    expect(logger.of('discord_shard_failed')[0]?.fields).toMatchObject({
      shardId: 7,
      where: 'onMessage',
      fault: 'SyntaxError',
    });
    expect(JSON.stringify(logger.entries)).not.toContain('private words');
    expect(lost).toEqual([]);
    shard.onConnect = () => Promise.reject(new Error('not idle'));
    await shard.internalConnect();
    await clock.advance(0);
    expect(lost).toEqual([7]);
  });

  test('that has not the methods of the SDK is refused', () => {
    const { guard } = setUp();
    expect(() => guard.adopt({}, 8)).toThrow(/internalConnect/);
  });
});
