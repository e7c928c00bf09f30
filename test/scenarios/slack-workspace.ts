import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { Interaction } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { ChannelPort } from '../../core/ports/channel.ts';
import type { RecordingSink } from '../contract/channel/recording-sink.ts';
import type { Place } from './slack-scenario.ts';

/** A Slack with one person and the bot in it, the bot's channel running on it in HTTP mode. */
export interface ScenarioWorkspace {
  readonly channel: ChannelPort;
  readonly inbox: RecordingSink;
  readonly person: ScenarioPerson;
  readonly botId: string;
  /** What is different in every run, with the names that observations show instead. */
  readonly names: Readonly<Record<string, string>>;
  /** Without its thread. */
  address(place: Place): ConversationAddress;
  /** A message as Slack keeps it. */
  look(ref: MessageRef): Promise<KeptMessage | undefined>;
  /** Something of the person's that a form may be opened for. */
  invite(about: MessageRef): Promise<Interaction>;
  /** The status that the bot's listener answers. */
  forge(): Promise<number>;
  stale(): Promise<number>;
  /** Resolves when everything that Slack has to deliver was answered. */
  settled(): Promise<void>;
  /** Starts another channel with a token that Slack never gave, and stops it. */
  startWithWrongToken(): Promise<void>;
  /** Calls that the SDK's own types or Slack's documents do not allow. */
  violations(): readonly string[];
  close(): Promise<void>;
}

/** Texts are as they travel, with `<@U…>` for mentions. */
export interface ScenarioPerson {
  readonly userId: string;
  say(place: Place, text: string, threadId: string | undefined): Promise<MessageRef>;
  edit(ref: MessageRef, text: string): Promise<void>;
  remove(ref: MessageRef): Promise<void>;
  react(ref: MessageRef, emojiName: string): Promise<void>;
  unreact(ref: MessageRef, emojiName: string): Promise<void>;
}

export interface KeptMessage {
  readonly text: string;
  readonly blockTypes: readonly string[];
  readonly isThreaded: boolean;
  readonly reactions: readonly string[];
}
