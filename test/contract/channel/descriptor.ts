import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import type { ChannelPort } from '../../../core/ports/channel.ts';
import type { ChannelPromise } from './promise-names.ts';

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
 *
 * After every test, whatever it was about: the channel rejected with `AppError`s only, no secret of `evidence` stands
 * in an error, in the log or in `health`, and `evidence.violations` is empty.
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
  /** `short`: the channel gives a call to the platform up after a fraction of a second. Default `usual`. */
  readonly patience?: 'usual' | 'short';
}

export interface ChannelRig {
  readonly channel: ChannelPort;
  readonly person: PersonDriver;
  /** Where `person` and the bot talk; every event of `person` comes from here. */
  readonly conversation: ConversationAddress;
  /** Where commands of `person` come from, on platforms that say less of them. Default: `conversation`. */
  readonly commandConversation?: ConversationAddress;
  /** Somebody who looks at the same conversation, or at the same space where it is a direct one. */
  readonly bystander?: Pick<PersonDriver, 'seeAll' | 'seePictures'>;
  /** Somebody in another conversation with the bot. */
  readonly elsewhere?: Pick<PersonDriver, 'say'>;
  readonly faults?: FaultDriver;
  readonly evidence?: Evidence;
  /** Where the platform completes arguments only: the line before one, with the blank after it. Default: nothing. */
  readonly completionPrefix?: string;
  /** Two emoji that a person may react with. Default 👍 and 👎. */
  readonly emojis?: readonly [string, string];
  /** Called after every test, whether the channel was stopped or not. */
  tearDown(): Promise<void>;
}

/** One admitted person on the platform. Every act resolves when the platform has taken it, before the channel knows. */
export interface PersonDriver {
  /** Says something to the bot (in a group: with a mention of it). Resolves with the message's own reference. */
  say(text: string): Promise<MessageRef>;
  /** Says something in the same thread without naming the bot. */
  sayUnaddressed?(text: string): Promise<MessageRef>;
  /** Types a command; `line` is without the prefix. */
  command(line: string): Promise<void>;
  edit?(ref: MessageRef, text: string): Promise<void>;
  remove?(ref: MessageRef): Promise<void>;
  /** Makes `emojis` this person's whole set of reactions on a message of the bot. */
  setReactions?(ref: MessageRef, emojis: readonly string[]): Promise<void>;
  /** A moderator clears everybody's reactions. */
  clearReactions?(ref: MessageRef): Promise<void>;
  press?(ref: MessageRef, actionId: string): Promise<void>;
  /** Chooses the entry of the platform's own menu of a message that stands for this action. */
  chooseFromMenu?(ref: MessageRef, actionId: string): Promise<void>;
  /** What the platform offers after typing `line`: the values of the choices. */
  complete?(line: string): Promise<readonly string[]>;
  /** The form on the screen, if one is open. */
  seeForm?(): Promise<SeenForm | undefined>;
  /** Fills in the open form, by the labels of its fields (of a choice: the label of the option), and sends it. */
  submitForm?(answers: Readonly<Record<string, string>>): Promise<void>;
  closeForm?(): Promise<void>;
  openHome?(): Promise<void>;
  /** The characters of the home page; `undefined` while nothing was published. */
  seeHome?(): Promise<string | undefined>;
  /** What the screen shows now; `undefined` when the message is gone. */
  see(ref: MessageRef): Promise<SeenMessage | undefined>;
  /** Every message of the bot on this person's screen, private ones included, in order. */
  seeAll(): Promise<readonly SeenMessage[]>;
  /** Every picture of the bot's on this person's screen, wherever it stands, in order. */
  seePictures?(): Promise<readonly SeenPicture[]>;
  /** The text of every message of the bot as it appeared and after each change, in the order in which it happened. */
  history?(): Promise<readonly string[]>;
}

export interface SeenMessage {
  /** The characters on the screen. */
  readonly text: string;
  /** What the platform took for markup: `bold`, `link`, `mention`, `code`, an element's name … Empty for literal text. */
  readonly markup: readonly string[];
  /** Buttons, in order. */
  readonly actionIds: readonly string[];
}

export interface SeenPicture {
  readonly alt: string;
  readonly bytes: Uint8Array;
}

export interface SeenForm {
  readonly title: string;
  /** Absent where the platform names the button itself, whatever it is told. */
  readonly submitLabel?: string;
  readonly fields: readonly SeenField[];
}

export interface SeenField {
  readonly label: string;
  readonly kind: 'text' | 'choice';
  /** The labels of a choice's options, in order. */
  readonly options?: readonly string[];
  /** What stands in a text to begin with; absent for nothing, and where it shows only when the field is asked for. */
  readonly value?: string;
}

/** What can go wrong on the platform's side. Each concerns what comes next. */
export interface FaultDriver {
  /** The platform delivers the last event once more, as it was. */
  redeliver?(): Promise<void>;
  /** The platform delivers a message of the bot to the bot. */
  echo?(ref: MessageRef): Promise<void>;
  /** Whether the platform holds the event of this message for delivered. */
  isAcknowledged?(ref: MessageRef): Promise<boolean>;
  /** Sends are refused with a wait longer than the channel's patience, until `heal`. Resolves with that wait in ms. */
  limitRate?(): Promise<number>;
  /** The second of the next sends is refused once, with the shortest wait that the platform knows. */
  limitRateOnce?(): Promise<void>;
  /** The connection of the next send breaks after the platform has shown the message. */
  cutAfterDelivery?(): Promise<void>;
  /** Whatever has a file with it is refused, until `heal`. */
  refusePictures?(): Promise<void>;
  /** Sends and edits are never answered, and nothing comes of them, until `heal`. */
  hang?(): Promise<void>;
  /** The time for forms is over for everything that happened so far. */
  expireInteractions?(): Promise<void>;
  /** The time for answers is over for everything that happened so far. */
  expireAnswers?(): Promise<void>;
  /** Nothing listens at the platform's address any more, and connections break, until `heal`. */
  refuseConnections?(): Promise<void>;
  heal?(): Promise<void>;
}

/** What a channel leaves behind. Readable after `tearDown` too. */
export interface Evidence {
  /** Tokens, passwords and keys that the channel knows. */
  readonly secrets: readonly string[];
  /** Everything that was logged. */
  logged(): readonly unknown[];
  /** What the platform was asked that it does not know or allow, in words. Absent where the platform is our own. */
  violations?(): readonly string[];
}
