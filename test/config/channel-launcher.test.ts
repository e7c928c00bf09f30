import { describe, expect, test } from 'vitest';
import { type ChannelReport, createChannelLauncher } from '../../config/channel-launcher.ts';
import { AppError } from '../../core/domain/app-error.ts';
import { createFakeChannel } from '../fakes/channel/fake-channel.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';

function setUp() {
  const channel = createFakeChannel({ platform: 'somewhere' });
  const clock = createFakeClock();
  const steps: string[] = [];
  const reports: ChannelReport[] = [];
  const launcher = createChannelLauncher(channel, {
    sink: async () => 'stored',
    clock,
    logger: createMemoryLogger(),
    prepare: async () => void steps.push('prepare'),
    attach: async () => void steps.push('attach'),
    changed: (report) => reports.push(report),
  });
  return { channel, clock, launcher, steps, reports };
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
    expect(reports.map(({ state }) => state)).toEqual(['starting', 'starting', 'ready']);
    expect(launcher.report()).toEqual({ platform: 'somewhere', state: 'ready' });
    await clock.advance(3_600_000);
    expect(starts()).toBe(3);
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
});
