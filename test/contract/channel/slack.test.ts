import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import { FEEDBACK_BAD, FEEDBACK_GOOD } from '../../../core/domain/outbound-message.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';
import type { Sink } from '../../../core/ports/channel.ts';
import { type FakeSlack, startFakeSlack } from '../../fakes/slack/fake-slack.ts';
import type { SlackPerson } from '../../fakes/slack/slack-person.ts';
import { createSlackRig, installedManifest } from '../../scenarios/slack-rig.ts';
import { testChannel } from './channel-contract.ts';
import type { ChannelContract, ChannelRig, PersonDriver, SeenForm, SetUpOptions } from './descriptor.ts';

interface Variant {
  readonly mode: 'socket' | 'http';
  readonly place: 'DM' | 'channel thread';
}

/** Deaf to everything, so that what is said before the test begins is no event of it. */
const deafManifest = (mode: Variant['mode']) => {
  const manifest = installedManifest(mode);
  return { ...manifest, settings: { ...manifest.settings, event_subscriptions: { bot_events: [] } } };
};

/**
 * What stands between Slack and the recording sink: the second event of a mention, which Slack sends twice, is a
 * duplicate as it is for core; and where the sink did not take an event, Slack's time for its acknowledgement runs out
 * at once.
 */
function asCore(sink: Sink, slack: FakeSlack): Sink {
  const stored = new Set<string>();
  const twins = new Set<string>();
  const expire = (): void => void setImmediate(() => slack.sockets.expireAcks());
  return (event) => {
    const { eventId } = event;
    const isTwin = event.type === 'message_received' && event.addressing === 'mention';
    if (isTwin && stored.has(eventId) && !twins.has(eventId)) {
      twins.add(eventId);
      return Promise.resolve<Receipt>('duplicate');
    }
    try {
      const receipt = sink(event);
      void receipt.then((given) => {
        if (given === 'unavailable') expire();
        else stored.add(eventId);
      }, expire);
      return receipt;
    } catch (thrown) {
      expire();
      throw thrown;
    }
  };
}

function seenForm(person: SlackPerson): SeenForm | undefined {
  const form = person.form();
  if (form === undefined) return undefined;
  return {
    title: form.title,
    submitLabel: form.submitLabel ?? '',
    fields: form.fields.map(({ label, kind, choices, value }) => ({
      label,
      kind,
      ...(value === undefined ? {} : { value }),
      ...(kind === 'choice' ? { options: choices.map((choice) => choice.label) } : {}),
    })),
  };
}

async function setUp({ mode, place }: Variant, options: SetUpOptions): Promise<ChannelRig> {
  const slack = await startFakeSlack({ manifest: deafManifest(mode), retryDelaysMs: [0, 0, 0] });
  const person = slack.person({ name: 'ada', real_name: 'Ada' });
  const other = slack.person({ name: 'bob', real_name: 'Bob' });
  const isDirect = place === 'DM';
  const channel = isDirect ? person.dm : slack.channel({ name: 'talk' });
  if (!isDirect) for (const { user } of [person, other]) channel.members.add(user.id);
  const otherChannel = slack.channel({ name: 'elsewhere' });
  const threadTs = person.say('a thread begins', channel);
  slack.install(installedManifest(mode));

  const suffix = options.credentials === 'good' ? '' : '-and-more';
  const { signingSecret, apiRoot } = slack;
  const secrets = [slack.botToken + suffix, slack.appToken + suffix, signingSecret];
  const rig = createSlackRig({
    mode,
    apiRoot,
    botToken: slack.botToken + suffix,
    appToken: slack.appToken + suffix,
    signingSecret,
    ...(options.patience === 'short' ? { callTimeoutMs: 500 } : {}),
  });
  const { mount } = rig.channel;
  if (mount !== undefined) slack.routeEvents(async (request) => await mount.fetch(request));

  const refOf = (messageId: string): MessageRef => ({
    platform: 'slack',
    channelId: channel.id,
    messageId,
  });
  const commandConversation: ConversationAddress = {
    platform: 'slack',
    spaceId: spaceId('slack', slack.team.id),
    audience: isDirect ? 'direct' : 'group',
    channelId: channel.id,
  };
  const say = (text: string): string =>
    isDirect ? person.say(text, channel, { threadTs }) : person.mention(text, channel, { threadTs });
  const reactions = new Map<string, readonly string[]>();

  /** What is for one person of a channel goes into the direct messages with the bot. */
  const picturesOf = (viewer: SlackPerson) =>
    [...new Set(isDirect && viewer === other ? [other.dm.id] : [channel.id, viewer.dm.id])]
      .flatMap((id) => slack.seeAll(viewer, id))
      .flatMap(({ pictures = [] }) => pictures);

  const driver: PersonDriver = {
    say: async (text) => refOf(say(text)),
    sayUnaddressed: async (text) => refOf(person.say(text, channel, { threadTs })),
    command: async (line) => void (await person.command(line, channel)),
    edit: async (ref, text) => person.edit(ref.messageId, text, channel),
    remove: async (ref) => person.remove(ref.messageId, channel),
    async setReactions({ messageId }, emojis) {
      const before = reactions.get(messageId) ?? [];
      reactions.set(messageId, emojis);
      for (const emoji of before) if (!emojis.includes(emoji)) person.unreact(messageId, emoji, channel);
      for (const emoji of emojis) if (!before.includes(emoji)) person.react(messageId, emoji, channel);
    },
    async press({ messageId }, actionId) {
      if (actionId === FEEDBACK_GOOD) await person.pressFeedback(messageId, 'good', channel);
      else if (actionId === FEEDBACK_BAD) await person.pressFeedback(messageId, 'bad', channel);
      else await person.press(messageId, actionId, channel);
    },
    chooseFromMenu: async (ref, actionId) => void (await person.shortcut(ref.messageId, actionId, channel)),
    seeForm: async () => seenForm(person),
    async submitForm(answers) {
      const values = (person.form()?.fields ?? []).flatMap(({ name, label, choices }) => {
        const answer = answers[label];
        if (answer === undefined) return [];
        return [[name, choices.find((choice) => choice.label === answer)?.value ?? answer]];
      });
      await person.submit(Object.fromEntries(values));
    },
    closeForm: () => person.dismiss(),
    openHome: async () => person.openHome(),
    seeHome: async () => person.home()?.text,
    see: async (ref) => slack.see(person, ref.channelId, ref.messageId),
    seeAll: async () => slack.seeAll(person, channel.id),
    seePictures: async () => picturesOf(person),
    history: async () =>
      slack.calls
        .filter(({ method }) => method === 'chat.postMessage' || method === 'chat.update')
        .map(({ args }) => String(args['text'])),
  };

  return {
    channel: {
      ...rig.channel,
      start: (sink) => rig.channel.start(asCore(sink, slack)),
    },
    person: driver,
    conversation: { ...commandConversation, threadId: threadTs },
    commandConversation,
    bystander: {
      seeAll: async () => slack.seeAll(other, isDirect ? other.dm.id : channel.id),
      seePictures: async () => picturesOf(other),
    },
    elsewhere: {
      say: async (text) => ({
        platform: 'slack',
        channelId: otherChannel.id,
        messageId: other.mention(text, otherChannel),
      }),
    },
    evidence: { secrets, logged: () => rig.logger.entries, violations: () => slack.violations },
    faults: {
      redeliver: async () => slack.redeliver(),
      echo: async (ref) => slack.echo(ref.channelId, ref.messageId),
      isAcknowledged: async (ref) => slack.isAcknowledged(ref.channelId, ref.messageId),
      async limitRate() {
        slack.failAlways('chat.postMessage', { kind: 'rate_limit', retryAfterSeconds: 35 });
        return 35_000;
      },
      async limitRateOnce() {
        const isFirstMade = () => slack.callsOf('chat.postMessage').length > 0;
        void slack
          .until(isFirstMade, 'the first message')
          .then(() => slack.failNext('chat.postMessage', { kind: 'rate_limit', retryAfterSeconds: 1 }));
      },
      cutAfterDelivery: async () => slack.failNext('chat.postMessage', { kind: 'cut_after' }),
      async hang() {
        for (const method of ['chat.postMessage', 'chat.update']) slack.failAlways(method, { kind: 'hang' });
      },
      refusePictures: async () => slack.failAlways('upload_url', { kind: 'http', status: 500 }),
      expireInteractions: async () => slack.advance(4_000),
      expireAnswers: async () => slack.advance(31 * 60_000),
      refuseConnections: () => slack.goDown(),
      async heal() {
        slack.heal();
        await slack.comeBack();
      },
    },
    async tearDown() {
      await rig.stop();
      await slack.close();
    },
  };
}

const variants: readonly Variant[] = [
  { mode: 'socket', place: 'DM' },
  { mode: 'socket', place: 'channel thread' },
  { mode: 'http', place: 'channel thread' },
];

const contractOf = (variant: Variant): ChannelContract => ({
  name: `slack (${variant.mode}, ${variant.place})`,
  setUp: (options) => setUp(variant, options),
  optOuts: {
    'reactions cleared': 'In Slack people take their own reactions back; nobody clears those of others.',
    completion: 'Slack completes nothing after a slash command.',
    ...(variant.mode === 'http'
      ? {
          'health tells when the platform is away and when it is back':
            'Slack calls us here: its silence is not told from peace.',
        }
      : {}),
  },
});

for (const variant of variants) testChannel(contractOf(variant));
