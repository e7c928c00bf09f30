import type { ChannelCapabilities } from '../domain/capabilities.ts';
import type { ConversationAddress } from '../domain/conversation.ts';
import type { Document } from '../domain/document.ts';
import type { PersonId, Platform } from '../domain/ids.ts';
import type { InboundEvent, Interaction } from '../domain/inbound-event.ts';
import type { MessageRef } from '../domain/message-ref.ts';
import type { OutboundMessage } from '../domain/outbound-message.ts';
import type { Receipt } from '../domain/receipt.ts';

/**
 * The one door into core. Resolves as soon as the event is durable (or known not to be wanted), never rejects, never
 * waits for the agent. May be called any number of times with the same event.
 */
export type Sink = (event: InboundEvent) => Promise<Receipt>;

/**
 * One platform, one account. Every method but `measure` may reject with an `AppError` and with nothing else:
 * `unsupported` (capability flag is false), `rate_limited` with `retryAfterMs`, `not_found` (message gone), `not_allowed`,
 * `auth_failed`, `invalid_input` (the platform refused the payload), `network`, `timeout`, `peer_failed`, and
 * `delivery_unknown` (a send may or may not have arrived: the connection broke after the request went out).
 * Calls for one conversation are shown in the order of the calls. The adapter keeps the platform's rate limits itself.
 */
export interface ChannelPort {
  readonly platform: Platform;
  readonly capabilities: ChannelCapabilities;

  /** Resolves when events can arrive. Rejects with `auth_failed` on a bad token. Called once, and again after it rejected. */
  start(sink: Sink): Promise<void>;
  /** No event reaches the sink after it resolves. Safe to call twice, and before `start`. */
  stop(): Promise<void>;
  health(): ChannelHealth;

  /** How much of `maxTextChars` this body takes. Pure; never throws. */
  measure(body: Document): number;
  /** Resolves with the id that reactions will name. */
  send(target: ConversationAddress, message: OutboundMessage, options?: SendOptions): Promise<MessageRef>;
  /** Replaces text, buttons and notes. An edit that changes nothing resolves. */
  edit(ref: MessageRef, message: OutboundMessage): Promise<void>;
  remove(ref: MessageRef): Promise<void>;
  /** Sets the bot's own reaction; `undefined` takes it away. */
  react(ref: MessageRef, emoji: string | undefined): Promise<void>;
  /** Shows or ends "typing". Best effort: never worth failing a turn for. */
  activity(target: ConversationAddress, activity: 'thinking' | 'idle'): Promise<void>;

  /** Opens a message to which Markdown is appended. `append` and `close` are called in order, `close` once. */
  openStream(target: ConversationAddress, options: StreamOptions): Promise<OpenStream>;

  /** Opens a form for whoever is behind the interaction; comes back as `form_submitted`. Rejects with `not_found` after the deadline. */
  openForm(interaction: Interaction, form: Form): Promise<void>;
  /**
   * Answers a command, a button or a completion. After the platform's deadline it falls back to an ordinary message
   * where it can. A `message` that does not fit is followed by further calls with the rest.
   */
  respond(interaction: Interaction, response: InteractionResponse): Promise<void>;
  registerCommands(commands: readonly CommandDescription[]): Promise<void>;
  publishHome(personId: PersonId, body: Document): Promise<void>;
  /**
   * The last `limit` messages of a thread before one of them, chronological, the bot's own included; none where the
   * conversation is no thread.
   */
  readThread(
    target: ConversationAddress,
    before: MessageRef,
    limit: number,
  ): Promise<readonly ThreadMessage[]>;
}

export interface ThreadMessage {
  readonly ref: MessageRef;
  readonly authorName: string;
  /** Absent where the platform does not tell. */
  readonly authorId?: PersonId;
  readonly isOwn: boolean;
  /** As `MessageReceived.text`. */
  readonly text: string;
}

export interface SendOptions {
  /** Only this person sees it. Needs `canSendPrivately`. */
  readonly privateTo?: PersonId;
}

export interface StreamOptions {
  readonly sendKey: string;
  readonly replyTo?: MessageRef;
}

export interface OpenStream {
  readonly ref: MessageRef;
  /**
   * Takes the text. What the platform does not let show just now shows with a later call, so that a refusal for a moment
   * is no failure; rejects where it is unknown what shows, or the stream has ended.
   */
  append(markdown: string): Promise<void>;
  /** The final state of the message; `body` is all of it, not a rest. */
  close(message: OutboundMessage): Promise<void>;
}

export interface ChannelHealth {
  readonly state: 'stopped' | 'starting' | 'ready' | 'degraded';
  /** A sentence for `status` when something is wrong. */
  readonly detail?: string;
  /** How many calls to the platform wait for its limits, and how many may. */
  readonly queue?: { readonly waiting: number; readonly bound: number };
}

export type InteractionResponse =
  /**
   * `private`: only the asker should see it. Where that cannot be (`canAnswerPrivately`; for what was written as a message
   * `canSendPrivately`) it is an ordinary answer; where it can and the time for it is over, the asker is told to ask again
   * and others never see it.
   */
  | { readonly kind: 'message'; readonly message: OutboundMessage; readonly private: boolean }
  | { readonly kind: 'choices'; readonly choices: readonly Choice[] }
  /** "I am on it": keeps the interaction open past its deadline. */
  | { readonly kind: 'defer'; readonly private: boolean };

/** One completion. `value` is the whole line as it would stand after choosing it. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint: string;
}

/**
 * A command as a platform's menu needs it. `name` is the first word, lower-case letters. It has subcommands, which are its
 * second words, or arguments, or neither.
 */
export interface CommandDescription extends PartDescription {
  readonly subcommands?: readonly SubcommandDescription[];
  readonly args?: readonly ArgumentDescription[];
  /** As in `SubcommandDescription`. */
  readonly opensForm?: boolean;
}

export interface SubcommandDescription extends PartDescription {
  readonly args?: readonly ArgumentDescription[];
  /** It may be answered with a form, so nothing may be said before. */
  readonly opensForm?: boolean;
}

export interface ArgumentDescription extends PartDescription {
  /** `word`: one word. `rest`: any text. `number`: a whole number from 1. */
  readonly kind: 'word' | 'rest' | 'number';
  readonly required: boolean;
  /** Completions can be asked for (`completion_requested`). */
  readonly completes: boolean;
  /** What is said there may be a secret: a channel that keeps what people write keeps of addresses in it only the host. */
  readonly isSecret?: true;
}

interface PartDescription {
  readonly name: string;
  /** At most 100 characters. */
  readonly summary: string;
  /** The summary in other languages, by locale (`de`, `pt-BR`). */
  readonly summaries?: Readonly<Record<string, string>>;
}

export interface Form {
  /** Of a–z and `.`, at most 32. */
  readonly formId: string;
  /** At most 24 characters. */
  readonly title: string;
  /** The message it is about; comes back as `FormSubmitted.target`. */
  readonly about?: MessageRef;
  /** What it is about where that is no message: of a–z, 0–9, `.`, `:`, `_` and `-`, at most 80. Comes back as `FormSubmitted.subject`. */
  readonly subject?: string;
  /** At most 12 characters. */
  readonly submitLabel: string;
  readonly fields: readonly FormField[];
}

export interface FormField {
  /** Of a–z, at most 32. */
  readonly fieldId: string;
  readonly label: string;
  readonly kind: 'text' | 'choice';
  /** For a `choice`, 2 to 10 of them; labels at most 75 characters. */
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  /** For a `text`, at most 3,000. */
  readonly maxChars?: number;
  readonly placeholder?: string;
  /** What stands in a `text` to begin with, at most `maxChars`. */
  readonly value?: string;
  readonly required: boolean;
}
