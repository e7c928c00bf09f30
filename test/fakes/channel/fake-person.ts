import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import { eventId, type PersonId, personId, spaceId } from '../../../core/domain/ids.ts';
import type {
  ActionInvoked,
  Addressing,
  Admission,
  CommandInvoked,
  CompletionRequested,
  FormSubmitted,
  HomeOpened,
  MessageDeleted,
  MessageEdited,
  MessageReceived,
  Person,
  SignalGiven,
  SignalsCleared,
  SignalWithdrawn,
} from '../../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import type { Delivered, FakeWorld } from './fake-world.ts';

export interface FakePersonOptions {
  /** Native id. Default `person-1`. */
  readonly id?: string;
  readonly displayName?: string;
  readonly isBot?: boolean;
  readonly role?: 'maintainer' | 'operator';
  /** Default `space-1`. */
  readonly space?: string;
  /** Default `channel-1`. */
  readonly channelId?: string;
  readonly threadId?: string;
  /** Default `direct`. */
  readonly audience?: 'direct' | 'group';
  /** Default `{kind: 'open'}`. */
  readonly admission?: Admission;
}

export interface SayOptions {
  readonly addressing?: Addressing;
  readonly replyTo?: MessageRef;
  readonly quotedText?: string;
  readonly quotedAuthorIds?: readonly PersonId[];
  readonly attachments?: readonly string[];
  /** The words may be a command. */
  readonly mayBeCommand?: boolean;
}

/** Somebody at the other end of the channel. Every act resolves when the sink gave its receipt. */
export interface FakePerson {
  readonly person: Person;
  readonly conversation: ConversationAddress;
  says(text: string, options?: SayOptions): Promise<Delivered<MessageReceived>>;
  edits(ref: MessageRef, text: string): Promise<Delivered<MessageEdited>>;
  deletes(ref: MessageRef): Promise<Delivered<MessageDeleted>>;
  commands(line: string, replyTo?: MessageRef): Promise<Delivered<CommandInvoked>>;
  completes(line: string): Promise<Delivered<CompletionRequested>>;
  /** The event names what the button is about, where it says so. */
  presses(target: MessageRef, actionId: string): Promise<Delivered<ActionInvoked>>;
  /** A feedback button. */
  rates(
    target: MessageRef,
    name: 'good' | 'bad',
    options?: { readonly canBeAnswered?: boolean },
  ): Promise<Delivered<SignalGiven>>;
  unrates(target: MessageRef, name: 'good' | 'bad'): Promise<Delivered<SignalWithdrawn>>;
  reacts(target: MessageRef, emoji: string): Promise<Delivered<SignalGiven>>;
  unreacts(target: MessageRef, emoji: string): Promise<Delivered<SignalWithdrawn>>;
  /** Sends a form that the bot opened, about a message or about something else. */
  submits(
    formId: string,
    about: MessageRef | { readonly subject: string },
    values: Readonly<Record<string, string>>,
  ): Promise<Delivered<FormSubmitted>>;
  opensHome(): Promise<Delivered<HomeOpened>>;
  /** Clears everybody's reactions, or everybody's with one emoji. */
  clears(target: MessageRef, emoji?: string): Promise<Delivered<SignalsCleared>>;
}

export function createFakePerson(world: FakeWorld, options: FakePersonOptions): FakePerson {
  const { platform } = world;
  const space = spaceId(platform, options.space ?? 'space-1');
  const person: Person = {
    personId: personId(platform, options.id ?? 'person-1'),
    displayName: options.displayName ?? 'Person One',
    isBot: options.isBot ?? false,
    ...(options.role === undefined ? {} : { role: options.role }),
  };
  const conversation: ConversationAddress = {
    platform,
    spaceId: space,
    audience: options.audience ?? 'direct',
    channelId: options.channelId ?? 'channel-1',
    ...(options.threadId === undefined ? {} : { threadId: options.threadId }),
  };
  const admission: Admission = options.admission ?? { kind: 'open' };

  const base = () => ({
    eventId: eventId(platform, `event-${String(world.nextNumber()).padStart(9, '0')}`),
    platform,
    spaceId: space,
    occurredAt: world.now(),
  });
  const interaction = (isWritten = false) => ({
    handle: world.openInteraction(conversation, person.personId, isWritten),
  });

  return {
    person,
    conversation,
    says(text, say = {}) {
      const ref = { platform, channelId: conversation.channelId, messageId: world.nextId('person') };
      const addressing = say.addressing ?? (conversation.audience === 'direct' ? 'direct' : 'mention');
      const { replyTo, quotedText, quotedAuthorIds, attachments } = say;
      return world.emit({
        type: 'message_received',
        ...base(),
        conversation,
        admission,
        ref,
        author: person,
        addressing,
        text,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(quotedText === undefined ? {} : { quotedText }),
        ...(quotedAuthorIds === undefined ? {} : { quotedAuthorIds }),
        ...(attachments === undefined ? {} : { attachments }),
        ...(say.mayBeCommand === true ? { interaction: interaction(true) } : {}),
      });
    },
    edits: (ref, text) =>
      world.emit({ type: 'message_edited', ...base(), conversation, admission, ref, author: person, text }),
    deletes: (ref) => world.emit({ type: 'message_deleted', ...base(), conversation, ref }),
    commands: (line, replyTo) =>
      world.emit({
        type: 'command_invoked',
        ...base(),
        conversation,
        admission,
        actor: person,
        line,
        ...(replyTo === undefined ? {} : { replyTo }),
        interaction: interaction(),
      }),
    completes: (line) =>
      world.emit({
        type: 'completion_requested',
        ...base(),
        conversation,
        admission,
        actor: person,
        line,
        interaction: interaction(),
      }),
    presses: (target, actionId) =>
      world.emit({
        type: 'action_invoked',
        ...base(),
        conversation,
        admission,
        actor: person,
        actionId,
        target: world.aboutOf(target, actionId) ?? target,
        interaction: interaction(),
      }),
    rates: (target, name, rating = {}) =>
      world.emit({
        type: 'signal_given',
        ...base(),
        admission,
        actor: person,
        target,
        mark: { kind: 'button', name },
        ...(rating.canBeAnswered === true ? { interaction: interaction() } : {}),
      }),
    submits: (formId, about, values) =>
      world.emit({
        type: 'form_submitted',
        ...base(),
        conversation,
        admission,
        actor: person,
        formId,
        ...('subject' in about ? about : { target: about }),
        interaction: interaction(),
        values,
      }),
    opensHome: () => world.emit({ type: 'home_opened', ...base(), admission, actor: person }),
    unrates: (target, name) =>
      world.emit({
        type: 'signal_withdrawn',
        ...base(),
        admission,
        actor: person,
        target,
        mark: { kind: 'button', name },
      }),
    reacts: (target, emoji) =>
      world.emit({
        type: 'signal_given',
        ...base(),
        admission,
        actor: person,
        target,
        mark: { kind: 'reaction', name: emoji },
      }),
    unreacts: (target, emoji) =>
      world.emit({
        type: 'signal_withdrawn',
        ...base(),
        admission,
        actor: person,
        target,
        mark: { kind: 'reaction', name: emoji },
      }),
    clears: (target, emoji) =>
      world.emit({
        type: 'signals_cleared',
        ...base(),
        target,
        ...(emoji === undefined ? {} : { name: emoji }),
      }),
  };
}
