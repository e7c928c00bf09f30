import { AppError } from '../../../core/domain/app-error.ts';
import type { ChannelCapabilities } from '../../../core/domain/capabilities.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../../core/domain/outbound-message.ts';
import type { ThreadMessage } from '../../../core/ports/channel.ts';
import { createFakeChannel, type FakeChannel, type FakeMessage } from '../../fakes/channel/fake-channel.ts';
import type { FakePerson, FakePersonOptions, SayOptions } from '../../fakes/channel/fake-person.ts';
import { plainText } from '../../fakes/channel/plain-text.ts';
import { testChannel } from './channel-contract.ts';
import type { ChannelContract, ChannelRig, SeenMessage, SeenPicture } from './descriptor.ts';

const isMessage = (value: unknown): value is OutboundMessage =>
  typeof value === 'object' && value !== null && 'body' in value;

const inGroup: FakePersonOptions = { audience: 'group', channelId: 'group-1', threadId: 'thread-1' };

function fakeContract(
  name: string,
  capabilities: Partial<ChannelCapabilities>,
  place: FakePersonOptions = {},
): ChannelContract {
  return {
    name,
    setUp: async ({ credentials }): Promise<ChannelRig> => {
      const fake = createFakeChannel({ capabilities, redelivery: 'automatic' });
      const person = fake.personAs(place);
      // Nobody looks over a person's shoulder in a direct conversation.
      const bystander = fake.personAs({ channelId: 'channel-2', ...place, id: 'person-2' });
      const thread: ThreadMessage[] = [];
      const heard = (message: ThreadMessage): void => {
        thread.push(message);
        fake.saidInThread(person.conversation, [...thread]);
      };
      const channel: FakeChannel = {
        ...fake,
        async send(target, message, options) {
          const ref = await fake.send(target, message, options);
          heard({ ref, authorName: 'The bot', isOwn: true, text: plainText(message.body) });
          return ref;
        },
      };
      let last: InboundEvent | undefined;
      const reactions = new Map<string, readonly string[]>();
      if (credentials === 'bad') {
        channel.failAlways('start', {
          kind: 'reject',
          error: new AppError('auth_failed', 'Give a good token.'),
        });
      }
      const see = (message: FakeMessage | undefined): SeenMessage | undefined =>
        message === undefined || message.removed
          ? undefined
          : {
              text: message.text,
              markup: [],
              actionIds: (message.current?.actions ?? []).flat().map((action) => action.actionId),
            };
      const isSeenBy = (who: FakePerson, message: FakeMessage): boolean => {
        const isHere = message.target.channelId === who.conversation.channelId;
        const isHidden = message.privateTo !== undefined && message.privateTo !== who.person.personId;
        return isHere && !isHidden && !message.removed;
      };
      const messagesSeenBy = (who: FakePerson): readonly FakeMessage[] =>
        fake.messages().filter((message) => isSeenBy(who, message));
      const seenBy = (who: FakePerson): SeenMessage[] =>
        messagesSeenBy(who).flatMap((message) => see(message) ?? []);
      const picturesSeenBy = (who: FakePerson): readonly SeenPicture[] =>
        messagesSeenBy(who).flatMap(({ pictures }) => pictures.map(({ alt, bytes }) => ({ alt, bytes })));
      const say = async (text: string, options?: SayOptions): Promise<MessageRef> => {
        const mayBeCommand = capabilities.hasWrittenCommands === true;
        const { event } = await person.says(text, { mayBeCommand, ...options });
        last = event;
        heard({ ref: event.ref, authorName: person.person.displayName, isOwn: false, text });
        return event.ref;
      };
      const keyOf = (ref: MessageRef): string => `${ref.channelId}/${ref.messageId}`;
      return {
        channel,
        conversation: person.conversation,
        person: {
          say: (text) => say(text),
          sayUnaddressed: (text) =>
            say(text, person.conversation.audience === 'group' ? { addressing: 'thread' } : {}),
          command: async (line) => void (await person.commands(line)),
          edit: async (ref, text) => void (await person.edits(ref, text)),
          remove: async (ref) => void (await person.deletes(ref)),
          async setReactions(ref, emojis) {
            const before = reactions.get(keyOf(ref)) ?? [];
            reactions.set(keyOf(ref), emojis);
            for (const emoji of before) if (!emojis.includes(emoji)) await person.unreacts(ref, emoji);
            for (const emoji of emojis) if (!before.includes(emoji)) await person.reacts(ref, emoji);
          },
          clearReactions: async (ref) => void (await person.clears(ref)),
          press: async (ref, actionId) => {
            if (actionId === 'feedback.good')
              await person.rates(ref, 'good', { canBeAnswered: fake.capabilities.canOpenForms });
            else if (actionId === 'feedback.bad')
              await person.rates(ref, 'bad', { canBeAnswered: fake.capabilities.canOpenForms });
            else await person.presses(ref, actionId);
          },
          async complete(line) {
            const { event } = await person.completes(line);
            const choices = await channel.waitFor(() => channel.choices(event.interaction.handle));
            return choices.map((choice) => choice.value);
          },
          chooseFromMenu: async (ref, actionId) => void (await person.presses(ref, actionId)),
          async seeForm() {
            const form = fake.formOf(person.person.personId);
            return form === undefined
              ? undefined
              : {
                  title: form.title,
                  submitLabel: form.submitLabel,
                  fields: form.fields.map(({ label, kind, choices, value }) => ({
                    label,
                    kind,
                    ...(value === undefined ? {} : { value }),
                    ...(choices === undefined ? {} : { options: choices.map((choice) => choice.label) }),
                  })),
                };
          },
          async submitForm(answers) {
            const form = fake.formOf(person.person.personId);
            if (form === undefined) throw new Error('there is no form on the screen');
            fake.closeForm(person.person.personId);
            const values = form.fields.flatMap(({ fieldId, label, choices, value }) => {
              const answer = answers[label] ?? value;
              if (answer === undefined) return [];
              return [[fieldId, choices?.find((choice) => choice.label === answer)?.value ?? answer]];
            });
            const about = form.about ?? { subject: form.subject ?? '' };
            await person.submits(form.formId, about, Object.fromEntries(values));
          },
          closeForm: async () => fake.closeForm(person.person.personId),
          openHome: async () => void (await person.opensHome()),
          async seeHome() {
            const home = fake.home(person.person.personId);
            return home === undefined ? undefined : plainText(home);
          },
          see: async (ref) => see(fake.message(ref)),
          seeAll: async () => seenBy(person),
          seePictures: async () => picturesSeenBy(person),
          history: async () =>
            fake.calls.flatMap(({ method, args }) => {
              const message = args[1];
              const isShown = method === 'send' || method === 'edit';
              return isShown && isMessage(message) ? [plainText(message.body)] : [];
            }),
        },
        bystander: {
          seeAll: async () => seenBy(bystander),
          seePictures: async () => picturesSeenBy(bystander),
        },
        elsewhere: {
          say: async (text) => {
            const other = fake.personAs({ id: 'person-3', channelId: 'channel-3' });
            return (await other.says(text)).event.ref;
          },
        },
        faults: {
          redeliver: async () => {
            if (last !== undefined) await channel.emit(last);
          },
          async limitRate() {
            const error = new AppError('rate_limited', 'Wait a little.', {
              retryable: true,
              retryAfterMs: 9_000,
            });
            channel.failAlways('send', { kind: 'reject', error });
            return 9_000;
          },
          async cutAfterDelivery() {
            const error = new AppError('delivery_unknown', 'The connection broke.');
            channel.failNext('send', { kind: 'deliver_then_reject', error });
          },
          async refuseConnections() {
            const error = new AppError('network', 'Nothing listens there.', { retryable: true });
            channel.failAlways('send', { kind: 'reject', error });
          },
          expireInteractions: async () => fake.expireInteractions(),
          heal: async () => channel.heal(),
        },
        tearDown: () => channel.stop(),
      };
    },
    optOuts: {
      'a private answer that is late is seen by nobody else': 'Any time is in time for an answer.',
      'an event during stop is delivered and acknowledged, or neither':
        'A fake hands events over in the act itself; nothing is on its way.',
      'health tells when the platform is away and when it is back': 'No platform is behind it.',
      'a rate limit in the middle loses nothing and keeps the order':
        'It has no limits that it would wait for.',
      'a picture that the platform does not take leaves the words standing': 'It uploads nothing.',
      'a platform that hangs is given up in time': 'What hangs here hangs until the test lets it go.',
      'secrets and words stay out of errors and logs': 'It knows no secrets and logs nothing.',
      'the platform is asked nothing that it does not know': 'No platform is behind it.',
    },
  };
}

testChannel(fakeContract('fake', {}));
testChannel(
  fakeContract('fake with everything', {
    canStreamNatively: true,
    canReadThreads: true,
    hasSendKeys: true,
    canOpenForms: true,
    canPublishHome: true,
  }),
);
testChannel(
  fakeContract(
    'fake thread of a group',
    { canStreamNatively: true, canReadThreads: true, canOpenForms: true, hasWrittenCommands: true },
    inGroup,
  ),
);
testChannel(
  fakeContract('fake with nothing', {
    canEdit: false,
    canRemove: false,
    canReact: false,
    canSeeReactions: false,
    canSeeReactionRemoval: false,
    canSendPrivately: false,
    canAnswerPrivately: false,
    canShowActions: false,
    canShowFeedbackButtons: false,
    canShowNotes: false,
    canShowImages: false,
    canShowActivity: false,
    canRegisterCommands: false,
  }),
);
