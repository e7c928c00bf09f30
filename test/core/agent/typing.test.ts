import { describe, expect, test } from 'vitest';
import { showThinking } from '../../../core/agent/typing.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { sampleConversation } from '../../contract/store-samples.ts';
import { createFakeChannel } from '../../fakes/channel/fake-channel.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

function begin() {
  const channel = createFakeChannel();
  const clock = createFakeClock();
  const shown = (): readonly unknown[] =>
    channel.calls.flatMap(({ method, args }) => (method === 'activity' ? [args[1]] : []));
  return { channel, clock, shown };
}

describe('typing', () => {
  test('an answer that shows at once needs none', async () => {
    const { channel, clock, shown } = begin();
    const stop = showThinking(channel, sampleConversation, clock);
    await clock.advance(249);
    stop();
    await clock.advance(60_000);
    expect(shown()).toEqual([]);
  });

  test('shows from a quarter of a second on, again before it fades, and ends once', async () => {
    const { channel, clock, shown } = begin();
    const stop = showThinking(channel, sampleConversation, clock);
    await clock.advance(250);
    expect(shown()).toEqual(['thinking']);
    await clock.advance(4_000);
    expect(shown()).toEqual(['thinking', 'thinking']);
    stop();
    stop();
    await clock.advance(60_000);
    expect(shown()).toEqual(['thinking', 'thinking', 'idle']);
  });

  test('is best effort', async () => {
    const { channel, clock, shown } = begin();
    channel.failAlways('activity', { kind: 'reject', error: new AppError('peer_failed', 'No.') });
    const stop = showThinking(channel, sampleConversation, clock);
    await clock.advance(5_000);
    stop();
    expect(shown()).toEqual(['thinking', 'thinking', 'idle']);
  });
});
