import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import type { ChannelPort } from '../../../core/ports/channel.ts';

/*
 * How to put a channel under the contract:
 *
 *   // test/contract/channel/mine.test.ts
 *   testChannel({
 *     name: 'mine',
 *     setUp: async ({ credentials }) => ({ channel, person, conversation, faults, tearDown }),
 *     optOuts: { 'deleted message': 'The platform never tells bots of deletions.' },
 *   });
 *
 * `setUp` gives a fresh platform (a fake server on loopback, a browser, a pair of streams) and a fresh channel on it,
 * not started. `person` acts and looks on the platform's other side, never through the channel. Give the channel a
 * quick clock and a limiter without spacing: the suite waits for events, never for time.
 *
 * Tests behind a capability flag skip themselves when the flag is false (and `unsupported` is tested instead). Every
 * other test that a channel cannot pass is named in `optOuts` with a reason; a driver member that is absent without
 * such a reason is a failure.
 */

export interface ChannelContract {
  /** Shown in the test names: `telegram (polling)`. */
  readonly name: string;
  /** Called once per test. */
  readonly setUp: (options: SetUpOptions) => Promise<ChannelRig>;
  /** Promises that cannot hold on this platform, each with the reason. */
  readonly optOuts?: Readonly<Partial<Record<ChannelPromise, string>>>;
}

export interface SetUpOptions {
  /** `bad`: the channel's token or password is one that the platform refuses. */
  readonly credentials: 'good' | 'bad';
}

export interface ChannelRig {
  readonly channel: ChannelPort;
  readonly person: PersonDriver;
  /** Where `person` and the bot talk; every event of `person` comes from here. */
  readonly conversation: ConversationAddress;
  readonly faults?: FaultDriver;
  /** Two emoji that a person may react with. Default 👍 and 👎. */
  readonly emojis?: readonly [string, string];
  /** Called after every test, whether the channel was stopped or not. */
  tearDown(): Promise<void>;
}

/** One admitted person on the platform. Every act resolves when the platform has taken it, before the channel knows. */
export interface PersonDriver {
  /** Says something to the bot (in a group: with a mention of it). Resolves with the message's own reference. */
  say(text: string): Promise<MessageRef>;
  /** Types a command; `line` is without the prefix. */
  command(line: string): Promise<void>;
  edit?(ref: MessageRef, text: string): Promise<void>;
  remove?(ref: MessageRef): Promise<void>;
  /** Makes `emojis` this person's whole set of reactions on a message of the bot. */
  setReactions?(ref: MessageRef, emojis: readonly string[]): Promise<void>;
  /** A moderator clears everybody's reactions. */
  clearReactions?(ref: MessageRef): Promise<void>;
  press?(ref: MessageRef, actionId: string): Promise<void>;
  /** What the platform offers after typing `line`: the values of the choices. */
  complete?(line: string): Promise<readonly string[]>;
  /** What the screen shows now; `undefined` when the message is gone. */
  see(ref: MessageRef): Promise<SeenMessage | undefined>;
  /** Every message of the bot on this person's screen, in order. */
  seeAll(): Promise<readonly SeenMessage[]>;
}

export interface SeenMessage {
  /** The characters on the screen. */
  readonly text: string;
  /** What the platform took for markup: `bold`, `link`, `mention`, `code`, an element's name … Empty for literal text. */
  readonly markup: readonly string[];
  /** Buttons, in order. */
  readonly actionIds: readonly string[];
}

/** What can go wrong on the platform's side. Each concerns what comes next. */
export interface FaultDriver {
  /** The platform delivers the last event once more, as it was. */
  redeliver?(): Promise<void>;
  /** The platform delivers a message of the bot to the bot. */
  echo?(ref: MessageRef): Promise<void>;
  /** Sends are refused with a wait longer than the channel's patience, until `heal`. Resolves with that wait in ms. */
  limitRate?(): Promise<number>;
  /** The connection of the next send breaks after the platform has shown the message. */
  cutAfterDelivery?(): Promise<void>;
  /** Nothing listens at the platform's address any more, until `heal`. */
  refuseConnections?(): Promise<void>;
  heal?(): Promise<void>;
}

export type ChannelPromise =
  // lifecycle
  | 'bad credentials reject start'
  | 'stop is safe twice and before start'
  | 'no event after stop'
  | 'health follows the lifecycle'
  | 'an event answered unavailable comes again'
  | 'a sink that breaks its word is survived'
  // inbound
  | 'a message arrives whole'
  | 'event ids are unique and sort by time'
  | 'markup in a message arrives literally'
  | 'own messages are no events'
  | 'a redelivered event keeps its id'
  | 'conversation keys round-trip'
  | 'edited message'
  | 'deleted message'
  | 'command'
  | 'completion'
  | 'reaction given, changed and withdrawn'
  | 'reactions cleared'
  | 'an action comes back'
  | 'feedback buttons come back as signals'
  // outbound
  | 'a sent message is shown'
  | 'an edit replaces the message'
  | 'an edit that changes nothing resolves'
  | 'an edit of a removed message is not_found'
  | 'text at the limit is shown whole, over it is invalid_input'
  | 'literal text never becomes markup'
  | 'no text of a document is lost'
  | 'messages appear in the order of the calls'
  | 'a command is answered'
  | 'a press is answered'
  | 'own reaction'
  | 'activity'
  | 'commands are registered'
  | 'native stream'
  | 'send keys show a message once'
  | 'methods behind a false flag reject with unsupported'
  | 'rate limit is rate_limited in milliseconds'
  | 'a broken send is delivery_unknown'
  | 'a refused connection is network and retryable';
