import { describe, expect, test } from 'vitest';
import { type ChannelReport, createChannelLauncher } from '../../config/channel-launcher.ts';
import { AppError } from '../../core/domain/app-error.ts';
import type { ChannelPort } from '../../core/ports/channel.ts';
import { createFakeChannel, type FakeChannel } from '../fakes/channel/fake-channel.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';

function setUp(change: (channel: FakeChannel) => ChannelPort = (channel) => channel) {
  const channel = createFakeChannel({ platform: 'somewhere' });
  const clock = createFakeClock();
  const steps: string[] = [];
  const reports: ChannelReport[] = [];
  const logger = createMemoryLogger();
  const launcher = createChannelLauncher(change(channel), {
    sink: async () => 'stored',
    clock,
    logger,
    prepare: async () => void steps.push('prepare'),
    attach: async () => void steps.push('attach'),
    changed: (report) => reports.push(report),
  });
  return { channel, clock, launcher, steps, reports, logger };
}

const offline = new AppError('network', 'Nobody answers.', { retryable: true });
const badToken = new AppError('auth_failed', 'The token is refused.');

describe('channel launcher', () => {
  test('unfinished work is queued before the start, and set going after it', async () => {
    const { launcher, steps, reports, channel } = setUp();
    expect(launcher.report()).toEqual({ platform: 'somewhere', state: 'starting' });
    await launcher.launch();
    expect(steps).toEqual(['prepare', 'attach']);
    expect(reports).toEqual([{ platform: 'somewhere', state: 'ready' }]);
    await launcher.stop();
    expect(launcher.report().state).toBe('stopped');
    expect(channel.health().state).toBe('stopped');
  });

  test('a failure that may pass is tried again with growing waits', async () => {
    const { channel, clock, launcher, steps, reports } = setUp();
    channel.failAlways('start', { kind: 'reject', error: offline });
    await launcher.launch();
    expect(launcher.report()).toEqual({
      platform: 'somewhere',
      state: 'starting',
      detail: 'Nobody answers.',
    });
    const starts = (): number => channel.calls.filter(({ method }) => method === 'start').length;
    await clock.advance(4_999);
    expect(starts()).toBe(1);
    await clock.advance(1);
    expect(starts()).toBe(2);
    await clock.advance(9_999);
    expect(starts()).toBe(2);
    channel.heal();
    await clock.advance(1);
    expect(starts()).toBe(3);
    expect(steps).toEqual(['prepare', 'attach']);
    expect(reports.map(({ state }) => state)).toEqual(['starting', 'ready']);
    expect(launcher.report()).toEqual({ platform: 'somewhere', state: 'ready' });
    await clock.advance(3_600_000);
    expect(starts()).toBe(3);
  });

  test('the same reason is told once and then ever more seldom, another one at once; never with a stack', async () => {
    const { channel, clock, launcher, reports, logger } = setUp();
    channel.failAlways('start', { kind: 'reject', error: offline });
    await launcher.launch();
    const hours = async (count: number): Promise<void> => {
      for (let minute = 0; minute < count * 60; minute += 1) await clock.advance(60_000);
    };
    await clock.advance(59_000);
    expect(reports).toHaveLength(1);
    await hours(1);
    const starts = channel.calls.filter(({ method }) => method === 'start').length;
    expect(starts).toBeGreaterThan(12);
    expect(reports.length).toBeGreaterThanOrEqual(3);
    expect(reports.length).toBeLessThanOrEqual(4);
    const before = reports.length;
    await hours(8);
    expect(reports.length - before).toBeGreaterThanOrEqual(6);
    expect(reports.length - before).toBeLessThanOrEqual(9);

    const told = reports.length;
    channel.heal();
    const other = new AppError('peer_failed', 'It has trouble.', { retryable: true });
    channel.failAlways('start', { kind: 'reject', error: other });
    await clock.advance(300_000);
    expect(reports.slice(told).map(({ detail }) => detail)).toEqual(['It has trouble.']);
    const loud = logger.entries.filter(({ level }) => level !== 'debug');
    expect(loud.at(-1)).toEqual({
      level: 'error',
      event: 'channel_failed',
      fields: { platform: 'somewhere', retryable: true, code: 'peer_failed', reason: 'It has trouble.' },
    });
    for (const { fields } of loud)
      expect(Object.values(fields).some((value) => value instanceof Error)).toBe(false);
    expect(logger.of('channel_start_failed').every(({ level }) => level === 'debug')).toBe(true);
    expect(logger.of('channel_start_failed').length).toBeGreaterThan(starts);
    await launcher.stop();
  });

  test('a failure that needs a person is reported and left', async () => {
    const { channel, clock, launcher, steps } = setUp();
    channel.failNext('start', { kind: 'reject', error: badToken });
    await launcher.launch();
    await clock.advance(3_600_000);
    expect(launcher.report()).toEqual({
      platform: 'somewhere',
      state: 'failed',
      detail: 'The token is refused.',
    });
    expect(steps).toEqual(['prepare']);
    await launcher.stop();
  });

  test('a stop ends the waiting', async () => {
    const { channel, clock, launcher, steps } = setUp();
    channel.failAlways('start', { kind: 'reject', error: offline });
    await launcher.launch();
    await launcher.stop();
    channel.heal();
    await clock.advance(3_600_000);
    expect(steps).toEqual(['prepare']);
    expect(clock.waiting()).toBe(0);
  });

  test('a stop cuts short a start that hangs, and what starts all the same is stopped again', async () => {
    const asked = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    const calls: string[] = [];
    const { channel, launcher, steps, reports } = setUp((inner) => ({
      ...inner,
      async start(sink) {
        calls.push('start');
        asked.resolve();
        await opened.promise;
        await inner.start(sink);
      },
      async stop() {
        calls.push('stop');
        opened.resolve();
        await inner.stop();
      },
    }));
    const launched = launcher.launch();
    await asked.promise;
    await Promise.all([launched, launcher.stop(), launcher.stop()]);
    expect(calls).toEqual(['start', 'stop', 'stop']);
    expect([launcher.report().state, channel.health().state]).toEqual(['stopped', 'stopped']);
    expect([steps, reports]).toEqual([['prepare'], []]);
  });

  test('what is stopped before its unfinished work is queued does not start any more', async () => {
    const { channel, launcher, steps } = setUp();
    const launched = launcher.launch();
    await Promise.all([launched, launcher.stop()]);
    expect(channel.calls.map(({ method }) => method)).not.toContain('start');
    expect([steps, launcher.report().state]).toEqual([['prepare'], 'stopped']);
  });
});
