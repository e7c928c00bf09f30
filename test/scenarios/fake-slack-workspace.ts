import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { spaceId } from '../../core/domain/ids.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import { createRecordingSink } from '../contract/channel/recording-sink.ts';
import { startFakeSlack } from '../fakes/slack/fake-slack.ts';
import { createSlackRig, installedManifest } from './slack-rig.ts';
import type { Place } from './slack-scenario.ts';
import type { ScenarioWorkspace } from './slack-workspace.ts';

/** Our own fake as the workspace of a scenario. */
export async function openFakeWorkspace(): Promise<ScenarioWorkspace> {
  const slack = await startFakeSlack({ manifest: installedManifest('http') });
  const { apiRoot, botToken, signingSecret } = slack;
  const options = { mode: 'http', apiRoot, botToken, signingSecret } as const;
  const rig = createSlackRig(options);
  const { mount } = rig.channel;
  if (mount !== undefined) slack.routeEvents(async (request) => await mount.fetch(request));
  const inbox = createRecordingSink();
  await rig.channel.start(inbox.sink);

  const ada = slack.person({ name: 'ada', real_name: 'Ada' });
  const channel = slack.channel({ name: 'talk' });
  channel.members.add(ada.user.id);
  const placeOf = (place: Place) => (place === 'direct' ? ada.dm : channel);
  const channelOf = (ref: MessageRef) => (ref.channelId === ada.dm.id ? ada.dm : channel);
  const settled = async (): Promise<void> => {
    const isAnswered = () => slack.http.statuses.length >= slack.deliveries.length;
    await slack.until(isAnswered, 'everything to be delivered');
  };

  return {
    channel: rig.channel,
    inbox,
    botId: slack.bot.id,
    names: {
      [slack.team.id]: '(team)',
      [slack.bot.id]: '(bot)',
      [ada.user.id]: '(ada)',
      [channel.id]: '(channel)',
      [ada.dm.id]: '(dm)',
    },
    person: {
      userId: ada.user.id,
      async say(place, text, threadTs) {
        const where = placeOf(place);
        const messageId = ada.say(text, where, { isRaw: true, threadTs });
        return { platform: 'slack', channelId: where.id, messageId };
      },
      edit: async (ref, text) => ada.edit(ref.messageId, text, channelOf(ref), { isRaw: true }),
      remove: async (ref) => ada.remove(ref.messageId, channelOf(ref)),
      react: async (ref, name) => ada.react(ref.messageId, name, channelOf(ref)),
      unreact: async (ref, name) => ada.unreact(ref.messageId, name, channelOf(ref)),
    },
    address: (place): ConversationAddress => ({
      platform: 'slack',
      spaceId: spaceId('slack', slack.team.id),
      audience: place === 'direct' ? 'direct' : 'group',
      channelId: placeOf(place).id,
    }),
    async look(ref) {
      const message = slack.message(ref.channelId, ref.messageId);
      if (message === undefined || message.isRemoved) return undefined;
      return {
        text: message.text,
        blockTypes: (message.blocks ?? []).map((block) => block.type),
        isThreaded: message.threadTs !== undefined,
        reactions: [...message.reactions].filter(([, users]) => users.size > 0).map(([name]) => name),
      };
    },
    async invite(about) {
      const count = inbox.events.length;
      await ada.shortcut(about.messageId, 'answer.correct', channelOf(about));
      const event = inbox.events.slice(count).find(({ type }) => type === 'action_invoked');
      if (event?.type !== 'action_invoked') throw new Error('the menu of the message did nothing');
      return event.interaction;
    },
    forge: async () => (await slack.http.forge()).status,
    stale: async () => (await slack.http.stale()).status,
    settled,
    async startWithWrongToken() {
      const wrong = createSlackRig({ ...options, botToken: 'xoxb-this-was-never-given' });
      await wrong.channel.start(async () => 'stored').finally(() => wrong.stop());
    },
    violations: () => slack.violations,
    async close() {
      await rig.stop();
      await slack.close();
    },
  };
}
