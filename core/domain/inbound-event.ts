import type { ConversationAddress } from './conversation.ts';
import type { EventId, PersonId, Platform, SpaceId } from './ids.ts';
import type { MessageRef } from './message-ref.ts';

/** Everything that a channel can tell core, through one door. */
export type InboundEvent =
  | MessageReceived
  | MessageEdited
  | MessageDeleted
  | CommandInvoked
  | ActionInvoked
  | CompletionRequested
  | SignalGiven
  | SignalWithdrawn
  | SignalsCleared
  | FormSubmitted
  | HomeOpened;

interface EventBase {
  readonly eventId: EventId;
  readonly platform: Platform;
  readonly spaceId: SpaceId;
  /** When it happened by the platform's clock, epoch milliseconds. */
  readonly occurredAt: number;
}

export interface Person {
  readonly personId: PersonId;
  readonly displayName: string;
  readonly isBot: boolean;
  /** What the platform or the listener says of this person; absent means an ordinary person. */
  readonly role?: 'maintainer' | 'operator';
}

/**
 * Who may talk. `open`: being in the space is enough. `linked`: at least one of the subjects
 * (`<platform>:user:<id>`, `<platform>:chat:<id>`) must be listed in the settings or linked by a one-time code.
 */
export type Admission =
  | { readonly kind: 'open' }
  | { readonly kind: 'linked'; readonly subjects: readonly string[] };

/**
 * How the bot came to be meant. `thread`: not named, but in a thread that the channel's policy lets it follow; answered
 * only where the bot was addressed in that conversation before. Nobody is answered on `ambient`.
 */
export type Addressing = 'direct' | 'mention' | 'reply' | 'thread' | 'ambient';

export interface MessageReceived extends EventBase {
  readonly type: 'message_received';
  readonly conversation: ConversationAddress;
  readonly admission: Admission;
  readonly ref: MessageRef;
  readonly author: Person;
  readonly addressing: Addressing;
  /** The words as written, without the bot's own mention and without any envelope of the platform. May be empty. */
  readonly text: string;
  readonly replyTo?: MessageRef;
  /** The text of the message replied to, where the platform delivers it. Not the author's words. */
  readonly quotedText?: string;
  /** Whose words `quotedText` is; our own have no author. Absent where the platform does not tell of all of it. */
  readonly quotedAuthorIds?: readonly PersonId[];
  /** What came along that we cannot read yet, by kind (`photo`, `voice`, `file`). */
  readonly attachments?: readonly string[];
  /**
   * How a command is answered that was written as this message. Present only on platforms whose own commands do not
   * work everywhere: there the words after a mention may be a command.
   */
  readonly interaction?: Interaction;
  /** What people type before a command here, where that is not `metaclaw`: a word without its slash. */
  readonly commandWord?: string;
}

/** The same message with other words. `text` as in `MessageReceived`. */
export interface MessageEdited extends EventBase {
  readonly type: 'message_edited';
  readonly conversation: ConversationAddress;
  readonly admission: Admission;
  readonly ref: MessageRef;
  readonly author: Person;
  readonly text: string;
}

export interface MessageDeleted extends EventBase {
  readonly type: 'message_deleted';
  readonly conversation: ConversationAddress;
  readonly ref: MessageRef;
}

/** An opaque handle to answer an interaction with; a string that survives being stored. */
export interface Interaction {
  readonly handle: string;
  /** Until when the platform accepts the first answer, epoch milliseconds; absent means no limit. */
  readonly deadlineAt?: number;
}

export interface CommandInvoked extends EventBase {
  readonly type: 'command_invoked';
  readonly conversation: ConversationAddress;
  readonly admission: Admission;
  readonly actor: Person;
  /** The command without its prefix and without the bot's name: `skill search pdf tables`. */
  readonly line: string;
  /** The message it was written as a reply to, if any. */
  readonly replyTo?: MessageRef;
  /** It was found in a message (`MessageReceived.interaction`): where that stands others may read it, and its answer. */
  readonly isWritten?: true;
  readonly interaction: Interaction;
}

/**
 * A button that core put on a message, or an entry of the platform's own menu of a message, was pressed. Feedback
 * buttons arrive as `signal_given` instead.
 */
export interface ActionInvoked extends EventBase {
  readonly type: 'action_invoked';
  readonly conversation: ConversationAddress;
  readonly admission: Admission;
  readonly actor: Person;
  readonly actionId: string;
  /** `Action.about` of the button where it has one, else the message it stands on. */
  readonly target: MessageRef;
  readonly interaction: Interaction;
}

/** A person is typing a command and wants to know what may follow. Not durable; answered with `respond(…, choices)`. */
export interface CompletionRequested extends EventBase {
  readonly type: 'completion_requested';
  readonly conversation: ConversationAddress;
  readonly admission: Admission;
  readonly actor: Person;
  /** As in `CommandInvoked`, up to the cursor. */
  readonly line: string;
  readonly interaction: Interaction;
}

/**
 * `reaction`: a name is the emoji itself with skin tones and variation selectors stripped, or `:name:` for a custom one;
 * one person may have several at once. `button`: the name is `good` or `bad`; one person has at most one at once, a
 * later one replaces it.
 */
export interface SignalMark {
  readonly kind: 'reaction' | 'button';
  readonly name: string;
  /** What tells a reaction apart where its name can change. Default: its name. */
  readonly key?: string;
}

export interface SignalGiven extends EventBase {
  readonly type: 'signal_given';
  readonly admission: Admission;
  readonly actor: Person;
  readonly target: MessageRef;
  readonly mark: SignalMark;
  /** Present where the press of a button may be answered, with a form for instance. */
  readonly interaction?: Interaction;
}

export interface SignalWithdrawn extends EventBase {
  readonly type: 'signal_withdrawn';
  readonly admission: Admission;
  readonly actor: Person;
  readonly target: MessageRef;
  readonly mark: SignalMark;
}

/** Somebody cleared everybody's reactions on a message, or everybody's reactions with one emoji. */
export interface SignalsCleared extends EventBase {
  readonly type: 'signals_cleared';
  readonly target: MessageRef;
  /** The one emoji that was cleared; absent means all reactions. */
  readonly name?: string;
  /** As `SignalMark.key`. */
  readonly key?: string;
}

/** A form that core opened was filled in and sent. Closing it without sending it is no event. */
export interface FormSubmitted extends EventBase {
  readonly type: 'form_submitted';
  readonly admission: Admission;
  readonly actor: Person;
  readonly formId: string;
  /** `Form.about`. */
  readonly target?: MessageRef;
  /** `Form.subject`. */
  readonly subject?: string;
  /** Where it was opened. */
  readonly conversation: ConversationAddress;
  /** An answer to it reaches whoever sent the form, where the platform can do that. */
  readonly interaction: Interaction;
  /** By field id; a field that was left empty is absent. A choice is its `value`. */
  readonly values: Readonly<Record<string, string>>;
}

/** A person looks at the bot's home page and waits for it. Not durable; answered with `publishHome`. */
export interface HomeOpened extends EventBase {
  readonly type: 'home_opened';
  readonly admission: Admission;
  readonly actor: Person;
}
