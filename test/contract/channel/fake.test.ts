import { AppError } from '../../../core/domain/app-error.ts';
import type { ChannelCapabilities } from '../../../core/domain/capabilities.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import { createFakeChannel, type FakeMessage } from '../../fakes/channel/fake-channel.ts';
import { testChannel } from './channel-contract.ts';
import type { ChannelContract, ChannelRig, SeenMessage } from './descriptor.ts';

function fakeContract(name: string, capabilities: Partial<ChannelCapabilities>): ChannelContract {
  return {
    name,
    setUp: async ({ credentials }): Promise<ChannelRig> => {
      const channel = createFakeChannel({ capabilities, redelivery: 'automatic' });
      const { person } = channel;
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
      const keyOf = (ref: MessageRef): string => `${ref.channelId}/${ref.messageId}`;
      return {
        channel,
        conversation: person.conversation,
        person: {
          async say(text) {
            const { event } = await person.says(text);
            last = event;
            return event.ref;
          },
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
            if (actionId === 'feedback.good') await person.rates(ref, 'good');
            else if (actionId === 'feedback.bad') await person.rates(ref, 'bad');
            else await person.presses(ref, actionId);
          },
          async complete(line) {
            const { event } = await person.completes(line);
            const choices = await channel.waitFor(() => channel.choices(event.interaction.handle));
            return choices.map((choice) => choice.value);
          },
          see: async (ref) => see(channel.message(ref)),
          seeAll: async () =>
            channel.messages().flatMap((message) => {
              const seen = see(message);
              return seen === undefined ? [] : [seen];
            }),
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
          heal: async () => channel.heal(),
        },
        tearDown: () => channel.stop(),
      };
    },
  };
}

testChannel(fakeContract('fake', {}));
testChannel(
  fakeContract('fake with everything', {
    canStreamNatively: true,
    hasSendKeys: true,
    canOpenForms: true,
    canPublishHome: true,
  }),
);
testChannel(
  fakeContract('fake with nothing', {
    canEdit: false,
    canRemove: false,
    canReact: false,
    canSeeReactions: false,
    canSeeReactionRemoval: false,
    canSendPrivately: false,
    canShowActions: false,
    canShowFeedbackButtons: false,
    canShowNotes: false,
    canShowActivity: false,
    canRegisterCommands: false,
  }),
);
