import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { createActiveThreads } from '../../../adapters/slack/active-threads.ts';
import type { ApiCaller } from '../../../adapters/slack/api-caller.ts';
import { createPictureDesk } from '../../../adapters/slack/pictures.ts';
import { createPoster } from '../../../adapters/slack/poster.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const room: ConversationAddress = {
  platform: 'slack',
  spaceId: spaceId('slack', 'T1'),
  audience: 'group',
  channelId: 'C1',
  threadId: '1700000000.000100',
};
const message = { body: createMarkdown().parse('hello'), sendKey: 'k' };

function setUp() {
  const calls: (readonly [string, unknown])[] = [];
  const caller: ApiCaller = {
    call(method, args) {
      calls.push([method, args]);
      return Promise.resolve({ ok: true, ts: '1700000001.000100', message_ts: '1700000002.000100' });
    },
    respondTo: () => Promise.resolve(),
    upload: () => Promise.resolve(),
    hurry: () => undefined,
  };
  const pictures = createPictureDesk(caller, createMemoryLogger());
  const threads = createActiveThreads();
  const onSaid = ({ channelId, threadId = '' }: ConversationAddress) => threads.note(channelId, threadId);
  return {
    calls,
    threads,
    poster: createPoster({ caller, pictures, threads, postIntervalMs: 0, editIntervalMs: 0, onSaid }),
  };
}

describe('words for one person', () => {
  test('go into the channel while the thread has no answer, where Slack would show them to nobody', async () => {
    const { calls, poster } = setUp();
    await poster.postPrivately(room, 'U1', message);
    expect(calls).toEqual([
      ['chat.postEphemeral', expect.not.objectContaining({ thread_ts: expect.anything() })],
    ]);
    expect(calls[0]?.[1]).toMatchObject({ channel: 'C1', user: 'U1' });
  });

  test('go into the thread as soon as something was said in it', async () => {
    const { calls, poster } = setUp();
    await poster.post(room, message);
    const ref = await poster.postPrivately(room, 'U1', message);
    expect(calls.map(([method]) => method)).toEqual(['chat.postMessage', 'chat.postEphemeral']);
    expect(calls[1]?.[1]).toMatchObject({ thread_ts: room.threadId });
    expect(ref.messageId).toBe('1700000002.000100');
  });

  test('are ordinary words where nobody else reads', async () => {
    const { calls, poster } = setUp();
    await poster.postPrivately({ ...room, audience: 'direct', channelId: 'D1' }, 'U1', message);
    expect(calls).toMatchObject([['chat.postMessage', { channel: 'D1', thread_ts: room.threadId }]]);
  });
});

test('threads are forgotten, the longest unnoticed first', () => {
  const threads = createActiveThreads();
  for (let index = 0; index < 5_001; index += 1) threads.note('C', String(index));
  expect([threads.has('C', '0'), threads.has('C', '1'), threads.has('C', '5000')]).toEqual([
    false,
    true,
    true,
  ]);
});
