import { describe, expect, test } from 'vitest';
import { createPictureDesk } from '../../../adapters/slack/pictures.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import { createRecordingSink } from '../../contract/channel/recording-sink.ts';
import { samplePicture } from '../../contract/channel/sample-picture.ts';
import { type FakeSlack, startFakeSlack } from '../../fakes/slack/fake-slack.ts';
import type { SlackPerson } from '../../fakes/slack/slack-person.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSlackRig, installedManifest, type SlackRig } from '../../scenarios/slack-rig.ts';

const body = {
  blocks: [{ type: 'paragraph' as const, children: [{ type: 'text' as const, text: 'See.' }] }],
};
const curve = samplePicture('a curve');
const bars = samplePicture('some bars');

interface Scene extends SlackRig {
  readonly slack: FakeSlack;
  readonly ada: SlackPerson;
  readonly inbox: ReturnType<typeof createRecordingSink>;
  /** A thread that somebody began in a channel. */
  readonly thread: ConversationAddress & { readonly threadId: string };
}

async function withSlack(run: (scene: Scene) => Promise<void>): Promise<void> {
  const slack = await startFakeSlack({ manifest: installedManifest('socket') });
  const { apiRoot, botToken, appToken } = slack;
  const rig = createSlackRig({ mode: 'socket', apiRoot, botToken, appToken });
  const ada = slack.person({ name: 'ada' });
  const talk = slack.channel({ name: 'talk' });
  const threadId = ada.say('a thread begins', talk);
  const inbox = createRecordingSink();
  const thread = {
    platform: 'slack',
    spaceId: spaceId('slack', slack.team.id),
    audience: 'group' as const,
    channelId: talk.id,
    threadId,
  };
  try {
    await rig.channel.start(inbox.sink);
    await run({ ...rig, slack, ada, inbox, thread });
    expect(slack.violations).toEqual([]);
  } finally {
    await rig.stop();
    await slack.close();
  }
}

const threadsOfPictures = (slack: FakeSlack, channelId: string): readonly unknown[] =>
  slack.callsOf('files.completeUploadExternal').filter(({ channel_id: id }) => id === channelId);

describe('pictures', () => {
  test('stand together in the thread of their message', async () => {
    await withSlack(async ({ channel, slack, ada, thread }) => {
      await channel.send(thread, { body, sendKey: 'k', images: [curve, bars] });
      expect(threadsOfPictures(slack, thread.channelId)).toMatchObject([{ thread_ts: thread.threadId }]);
      expect(
        slack.seeAll(ada, thread.channelId).map(({ pictures }) => pictures?.map(({ alt }) => alt)),
      ).toEqual([undefined, ['a curve', 'some bars']]);
    });
  });

  test('of a message that answers another one stand in the thread under it', async () => {
    await withSlack(async ({ channel, slack, thread }) => {
      const { threadId, ...place } = thread;
      const replyTo = { platform: 'slack', channelId: place.channelId, messageId: threadId };
      await channel.send(place, { body, sendKey: 'k', images: [curve], replyTo });
      expect(threadsOfPictures(slack, place.channelId)).toMatchObject([{ thread_ts: threadId }]);
    });
  });

  test('for one person of a channel go into that person’s direct messages, with a word of what they are', async () => {
    await withSlack(async ({ channel, slack, ada, thread }) => {
      const message = { body, sendKey: 'k', images: [curve] };
      await channel.send(thread, message, { privateTo: personId('slack', ada.user.id) });
      expect(threadsOfPictures(slack, thread.channelId)).toEqual([]);
      expect(slack.seeAll(ada, ada.dm.id)).toMatchObject([
        { text: 'The picture that belongs to your answer:' },
        { pictures: [{ alt: 'a curve', bytes: curve.bytes }] },
      ]);
    });
  });

  test('that do not get through leave the others and the words alone', async () => {
    await withSlack(async ({ channel, slack, ada, logger, thread }) => {
      slack.failNext('files.getUploadURLExternal', { kind: 'refuse', error: 'file_uploads_disabled' });
      await channel.send(thread, { body, sendKey: 'k', images: [curve, bars] });
      const [words, pictures] = slack.seeAll(ada, thread.channelId);
      expect(words?.text).toBe('See.');
      expect(pictures?.pictures?.map(({ alt }) => alt)).toEqual(['some bars']);
      expect(logger.of('picture_not_shown')).toHaveLength(1);
    });
  });

  test.each([
    ['files.completeUploadExternal', { kind: 'refuse', error: 'not_in_channel' }],
    ['files.completeUploadExternal', { kind: 'cut_after' }],
    ['upload_url', { kind: 'refuse', error: 'invalid_upload' }],
    ['upload_url', { kind: 'cut_before' }],
    ['files.getUploadURLExternal', { kind: 'garbage' }],
  ] as const)('never reject, whatever becomes of %s: %j', async (method, fault) => {
    await withSlack(async ({ channel, slack, logger, thread }) => {
      slack.failNext(method, fault);
      await channel.send(thread, { body, sendKey: 'k', images: [curve] });
      expect(logger.of('picture_not_shown')).toHaveLength(1);
    });
  });

  test('are asked for only where there are some', async () => {
    const logger = createMemoryLogger();
    const never = () => Promise.reject(new Error('nothing is to be asked'));
    const desk = createPictureDesk(
      { call: never, respondTo: never, upload: never, hurry: () => undefined },
      logger,
    );
    await desk.show({ channelId: 'C1' });
    await desk.showAlone(
      { platform: 'slack', spaceId: spaceId('slack', 'T1'), audience: 'group', channelId: 'C1' },
      'U1',
      [],
    );
    expect(logger.entries).toEqual([]);
  });
});
