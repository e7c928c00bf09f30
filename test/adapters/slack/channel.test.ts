import { describe, expect, test } from 'vitest';
import { createLimiter } from '../../../adapters/limiter/limiter.ts';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { createSlackChannel, type SlackChannel } from '../../../adapters/slack/channel.ts';
import { createSlackClient } from '../../../adapters/slack/client.ts';
import { resolveSlackOptions } from '../../../adapters/slack/options.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createMetrics } from '../../../adapters/system/metrics.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import { createRecordingSink, type RecordingSink } from '../../contract/channel/recording-sink.ts';
import { type FakeSlack, startFakeSlack } from '../../fakes/slack/fake-slack.ts';
import type { SlackPerson } from '../../fakes/slack/slack-person.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { installedManifest } from '../../scenarios/slack-rig.ts';

interface Rig {
  readonly slack: FakeSlack;
  readonly channel: SlackChannel;
  readonly inbox: RecordingSink;
  /** The next answer of this method is on its way until `release` is called. */
  hold(method: string): { readonly arrived: Promise<void>; release(): void };
}

interface Held {
  readonly arrived: PromiseWithResolvers<void>;
  readonly released: PromiseWithResolvers<void>;
}

/** The channel over the fake, and a network that can be slow. */
async function withChannel(mode: 'socket' | 'http', run: (rig: Rig) => Promise<void>): Promise<void> {
  const slack = await startFakeSlack({ manifest: installedManifest(mode), retryDelaysMs: [0, 0, 0] });
  const clock = createSystemClock();
  const logger = createMemoryLogger();
  const limiter = createLimiter(clock, { maxPerSecond: 1_000, pauses: 'method', maxRateLimitWaitMs: 5_000 });
  const holds = new Map<string, Held>();
  const options = resolveSlackOptions({
    mode,
    apiRoot: slack.apiRoot,
    botToken: slack.botToken,
    appToken: slack.appToken,
    signingSecret: slack.signingSecret,
    postIntervalMs: 0,
    backoffBaseMs: 1,
  });
  const slowly: typeof globalThis.fetch = async (input, init) => {
    const response = await globalThis.fetch(input, init);
    const method = String(input).slice(slack.apiRoot.length);
    const held = holds.get(method);
    holds.delete(method);
    held?.arrived.resolve();
    await held?.released.promise;
    return response;
  };
  const client = createSlackClient(options, { fetch: slowly, clock, logger });
  const channel = createSlackChannel(options, {
    client,
    clock,
    logger,
    metrics: createMetrics(),
    markdown: createMarkdown(),
    limiter,
  });
  const { mount } = channel;
  if (mount !== undefined) slack.routeEvents(async (request) => await mount.fetch(request));
  try {
    await run({
      slack,
      channel,
      inbox: createRecordingSink(),
      hold(method) {
        const held = { arrived: Promise.withResolvers<void>(), released: Promise.withResolvers<void>() };
        holds.set(method, held);
        return { arrived: held.arrived.promise, release: held.released.resolve };
      },
    });
    expect(slack.violations).toEqual([]);
  } finally {
    await channel.stop();
    await slack.close();
  }
}

const directTo = (slack: FakeSlack, person: SlackPerson, threadId: string): ConversationAddress => ({
  platform: 'slack',
  spaceId: spaceId('slack', slack.team.id),
  audience: 'direct',
  channelId: person.dm.id,
  threadId,
});

describe('slack channel', () => {
  test('a long thread is read to its end, each message once; of one that is longer still nothing is read', () =>
    withChannel('socket', async ({ slack, channel, inbox }) => {
      await channel.start(inbox.sink);
      const ann = slack.person();
      const room = slack.channel();
      const thread = ann.say('the beginning', room);
      const reply = (index: number): string => ann.say(`reply ${index}`, room, { threadTs: thread });
      for (let index = 0; index < 450; index += 1) reply(index);
      const target: ConversationAddress = {
        platform: 'slack',
        spaceId: spaceId('slack', slack.team.id),
        audience: 'group',
        channelId: room.id,
        threadId: thread,
      };
      const read = async (before: string, limit: number) =>
        await channel.readThread(target, { platform: 'slack', channelId: room.id, messageId: before }, limit);
      const all = await read(reply(450), 1_000);
      expect(all.map(({ text }) => text)).toEqual([
        'the beginning',
        ...Array.from({ length: 450 }, (_, index) => `reply ${index}`),
      ]);
      expect((await read(reply(451), 3)).map(({ text }) => text)).toEqual([
        'reply 448',
        'reply 449',
        'reply 450',
      ]);
      for (let index = 452; index < 1_100; index += 1) reply(index);
      expect(await read(reply(1_100), 3)).toEqual([]);
    }));

  test.each(['socket', 'http'] as const)(
    'stopped while it still asks who it is (%s): the start rejects, and nothing opens or arrives after it',
    (mode) =>
      withChannel(mode, async ({ slack, channel, inbox, hold }) => {
        const { arrived, release } = hold('auth.test');
        const starting = channel.start(inbox.sink).catch((error: unknown) => error);
        await arrived;
        const stopping = channel.stop();
        release();
        expect(await starting).toMatchObject({ code: 'aborted' });
        await stopping;
        expect(slack.sockets.total).toBe(0);
        expect(channel.health().state).toBe('stopped');
        slack.person().say('anybody?');
        await slack.until(
          () => slack.sockets.waiting === 1 || slack.http.dropped.length === 1,
          'the message to find nobody',
        );
        expect(inbox.events).toEqual([]);
      }),
  );

  test('health tells of a token that Slack does not take, also while the socket is well, and until it does', () =>
    withChannel('socket', async ({ slack, channel, inbox }) => {
      const ada = slack.person();
      const threadId = ada.say('hello');
      const post = () =>
        channel.send(directTo(slack, ada, threadId), { body: createMarkdown().parse('hi'), sendKey: 'k' });
      await channel.start(inbox.sink);
      slack.failAlways('chat.postMessage', { kind: 'refuse', error: 'token_revoked' });
      await expect(post()).rejects.toMatchObject({ code: 'auth_failed' });
      expect(channel.health()).toMatchObject({
        state: 'degraded',
        detail: expect.stringContaining('install it again'),
      });
      slack.disconnect('warning');
      await slack.until(() => slack.sockets.total === 2 && slack.sockets.open === 1, 'another socket');
      expect(channel.health().state).toBe('degraded');
      slack.heal();
      await post();
      expect(channel.health().state).toBe('ready');
    }));

  test('an app that was taken away stays told when only the socket is renewed', () =>
    withChannel('socket', async ({ slack, channel, inbox }) => {
      await channel.start(inbox.sink);
      slack.push({ type: 'app_uninstalled' });
      await slack.until(() => channel.health().state === 'degraded', 'the news');
      slack.disconnect('warning');
      await slack.until(() => slack.sockets.total === 2 && slack.sockets.open === 1, 'another socket');
      expect(channel.health()).toMatchObject({
        state: 'degraded',
        detail: expect.stringContaining('removed from the workspace'),
      });
    }));

  test.each(['too many begin', 'Slack asks to wait'])(
    'where %s, a stream is refused at once and for good, and nothing of it shows',
    (why) =>
      withChannel('socket', async ({ slack, channel, inbox }) => {
        const ada = slack.person();
        const threadId = ada.say('hello');
        const target = directTo(slack, ada, threadId);
        await channel.start(inbox.sink);
        if (why === 'Slack asks to wait') {
          slack.failNext('chat.startStream', { kind: 'rate_limit', retryAfterSeconds: 30 });
        } else {
          for (let begun = 0; begun < 4; begun += 1)
            await channel.openStream(target, { sendKey: `${begun}` });
        }
        const before = slack.seeAll(ada, ada.dm.id).length;
        await expect(channel.openStream(target, { sendKey: 'k' })).rejects.toMatchObject({
          code: 'unsupported',
          retryable: false,
        });
        await channel.send(target, { body: createMarkdown().parse('hi'), sendKey: 'k' });
        expect(slack.seeAll(ada, ada.dm.id)).toHaveLength(before + 1);
      }),
  );

  test('words that Slack does not take just now come with the next ones, or with the end', () =>
    withChannel('socket', async ({ slack, channel, inbox }) => {
      const ada = slack.person();
      const threadId = ada.say('hello');
      await channel.start(inbox.sink);
      const stream = await channel.openStream(directTo(slack, ada, threadId), { sendKey: 'k' });
      const shown = (): string | undefined => slack.see(ada, ada.dm.id, stream.ref.messageId)?.text.trim();
      const refuse = (): void =>
        slack.failNext('chat.appendStream', { kind: 'rate_limit', retryAfterSeconds: 1 });
      refuse();
      await stream.append('One ');
      expect(shown()).toBe('');
      await stream.append('two ');
      await stream.append('three ');
      await stream.close({ body: createMarkdown().parse('One two three four.'), sendKey: 'k' });
      expect(shown()).toBe('One two three four.');
    }));

  test('a stream that shows nothing yet, as one of a killed process may, can be edited', () =>
    withChannel('socket', async ({ slack, channel, inbox }) => {
      const ada = slack.person();
      const threadId = ada.say('hello');
      await channel.start(inbox.sink);
      const stream = await channel.openStream(directTo(slack, ada, threadId), { sendKey: 'k' });
      slack.failNext('chat.appendStream', { kind: 'cut_before' });
      await expect(stream.append('Hello there.')).rejects.toMatchObject({ code: 'delivery_unknown' });
      await channel.edit(stream.ref, { body: createMarkdown().parse('Hello there.'), sendKey: 'k' });
      const shown = slack.see(ada, ada.dm.id, stream.ref.messageId);
      expect(shown?.text.trim()).toBe('Hello there.');
    }));

  test('a stream whose first words may not have arrived is closed with all of them', () =>
    withChannel('socket', async ({ slack, channel, inbox }) => {
      const ada = slack.person();
      const threadId = ada.say('hello');
      await channel.start(inbox.sink);
      const stream = await channel.openStream(directTo(slack, ada, threadId), { sendKey: 'k' });
      slack.failNext('chat.appendStream', { kind: 'cut_before' });
      await expect(stream.append('Hello there.')).rejects.toMatchObject({ code: 'delivery_unknown' });
      await stream.close({ body: createMarkdown().parse('Hello there.'), sendKey: 'k' });
      expect(slack.see(ada, ada.dm.id, stream.ref.messageId)?.text.trim()).toBe('Hello there.');
    }));
});
