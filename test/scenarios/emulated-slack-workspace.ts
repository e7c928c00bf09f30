import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { z } from 'zod';
import { encodeHandle } from '../../adapters/slack/interaction-handle.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { spaceId } from '../../core/domain/ids.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import { createRecordingSink } from '../contract/channel/recording-sink.ts';
import { startEmulatedSlack } from './emulated-slack.ts';
import { createSlackRig, installedManifest } from './slack-rig.ts';
import type { Place } from './slack-scenario.ts';
import type { ScenarioWorkspace } from './slack-workspace.ts';

const botToken = 'xoxb-of-the-bot';
const adaToken = 'xoxp-of-ada';
const signingSecret = 'the secret that signs events';
const botId = 'U0METACLAW';
const staleMs = 360_000;

const identity = z.object({ user_id: z.string(), team_id: z.string() });
const channelList = z.object({
  channels: z.array(z.object({ id: z.string(), name: z.string().optional() })),
});
const opened = z.object({ channel: z.object({ id: z.string() }) });
const posted = z.object({ ts: z.string() });
const trigger = z.object({ trigger_id: z.string() });
const messageSchema = z.object({
  ts: z.string(),
  text: z.string(),
  thread_ts: z.string().optional(),
  blocks: z.array(z.object({ type: z.string() })).optional(),
  reactions: z.array(z.object({ name: z.string() })).optional(),
});
const replies = z.object({ messages: z.array(messageSchema) });

/** The package `emulate` as the workspace of a scenario. */
export async function openEmulatedWorkspace(): Promise<ScenarioWorkspace> {
  const { bot: scopes } = installedManifest('http').oauth_config.scopes;
  const app = { app_id: 'A0METACLAW', bot_id: 'B0METACLAW', bot_user_id: botId };
  const slack = await startEmulatedSlack({
    team: { name: 'Emulated Team', domain: 'emulated' },
    users: [{ name: 'ada', real_name: 'Ada' }],
    channels: [{ name: 'talk' }],
    oauth_apps: [
      { ...app, client_id: '1.2', client_secret: 'none', name: 'MetaClaw', redirect_uris: [], scopes },
    ],
    tokens: [
      { token: botToken, type: 'bot', user_id: botId, scopes, ...app },
      {
        token: adaToken,
        type: 'user',
        user: 'ada',
        scopes: [
          ...['channels:history', 'channels:read', 'chat:write', 'im:history', 'im:read', 'im:write'],
          ...['reactions:write', 'users:read'],
        ],
      },
    ],
    signing_secret: signingSecret,
    strict_scopes: true,
  });
  const ask = <T>(
    schema: z.ZodType<T>,
    method: string,
    args: Readonly<Record<string, unknown>>,
  ): Promise<T> => slack.call(method, adaToken, args).then((answer) => schema.parse(answer));

  const { user_id: adaId, team_id: teamId } = await ask(identity, 'auth.test', {});
  const { channels } = await ask(channelList, 'conversations.list', {});
  const channelId = channels.find(({ name }) => name === 'talk')?.id ?? '';
  const { channel: dm } = await ask(opened, 'conversations.open', { users: botId });
  const idOf = (place: Place): string => (place === 'direct' ? dm.id : channelId);

  const options = { mode: 'http', apiRoot: slack.apiRoot, botToken, signingSecret } as const;
  const rig = createSlackRig(options);
  const listener = createServer((request, response) => {
    const { mount } = rig.channel;
    void getRequestListener((incoming) => mount?.fetch(incoming) ?? new Response(null, { status: 404 }))(
      request,
      response,
    );
  });
  await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}/hooks/slack`;
  slack.subscribe(url);
  const inbox = createRecordingSink();
  await rig.channel.start(inbox.sink);

  /** What nobody said, signed as Slack would. */
  async function post(secret: string, ageMs: number): Promise<number> {
    const event = {
      type: 'message',
      user: adaId,
      channel: channelId,
      text: 'forged',
      ts: '1700000000.000100',
    };
    const body = JSON.stringify({ type: 'event_callback', team_id: teamId, event_id: 'Ev0FORGED', event });
    const timestamp = String(Math.floor((Date.now() - ageMs) / 1_000));
    const hash = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${hash}`,
      },
      body,
    });
    return response.status;
  }

  const refArgs = (ref: MessageRef) => ({ channel: ref.channelId, ts: ref.messageId });
  const reactionArgs = (ref: MessageRef, name: string) => ({
    channel: ref.channelId,
    timestamp: ref.messageId,
    name,
  });

  return {
    channel: rig.channel,
    inbox,
    botId,
    names: {
      [teamId]: '(team)',
      [botId]: '(bot)',
      [adaId]: '(ada)',
      [channelId]: '(channel)',
      [dm.id]: '(dm)',
    },
    person: {
      userId: adaId,
      async say(place, text, threadId) {
        const thread = threadId === undefined ? {} : { thread_ts: threadId };
        const { ts } = await ask(posted, 'chat.postMessage', { channel: idOf(place), text, ...thread });
        return { platform: 'slack', channelId: idOf(place), messageId: ts };
      },
      edit: async (ref, text) => void (await slack.call('chat.update', adaToken, { ...refArgs(ref), text })),
      remove: async (ref) => void (await slack.call('chat.delete', adaToken, refArgs(ref))),
      react: async (ref, name) => void (await slack.call('reactions.add', adaToken, reactionArgs(ref, name))),
      unreact: async (ref, name) =>
        void (await slack.call('reactions.remove', adaToken, reactionArgs(ref, name))),
    },
    address: (place): ConversationAddress => ({
      platform: 'slack',
      spaceId: spaceId('slack', teamId),
      audience: place === 'direct' ? 'direct' : 'group',
      channelId: idOf(place),
    }),
    async look(ref) {
      const { messages } = await ask(replies, 'conversations.replies', refArgs(ref));
      const message = messages.find(({ ts }) => ts === ref.messageId);
      if (message === undefined) return undefined;
      return {
        text: message.text,
        blockTypes: (message.blocks ?? []).map((block) => block.type),
        isThreaded: message.thread_ts !== undefined,
        reactions: (message.reactions ?? []).map(({ name }) => name),
      };
    },
    /** No buttons and no menus here: the trigger comes from the peer's own way to make one. */
    async invite(about) {
      const made = trigger.parse(await slack.call('views.generateTriggerId', botToken, { user_id: adaId }));
      const issuedAt = Date.now();
      const place = { channelId: about.channelId, userId: adaId };
      const handle = encodeHandle({ kind: 'press', ...place, triggerId: made.trigger_id, issuedAt });
      return { handle, deadlineAt: issuedAt + 3_000 };
    },
    forge: () => post('a guess', 0),
    stale: () => post(signingSecret, staleMs),
    // A call that causes an event ends after its delivery.
    settled: () => Promise.resolve(),
    async startWithWrongToken() {
      const wrong = createSlackRig({ ...options, botToken: 'xoxb-this-was-never-given' });
      await wrong.channel.start(async () => 'stored').finally(() => wrong.stop());
    },
    violations: () => [],
    async close() {
      await rig.stop();
      await new Promise<void>((resolve) => {
        listener.close(() => resolve());
        listener.closeAllConnections();
      });
      await slack.close();
    },
  };
}
