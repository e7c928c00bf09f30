import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { ChannelPort } from '../../core/ports/channel.ts';
import type { RecordingSink } from '../contract/channel/recording-sink.ts';
import type { Place } from './discord-scenario.ts';

/** A Discord with one server, a person and the bot in it, the bot's channel running on it. */
export interface ScenarioGuild {
  readonly channel: ChannelPort;
  readonly inbox: RecordingSink;
  readonly person: ScenarioPerson;
  readonly botId: string;
  /** What is different in every run, with the names that observations show instead. */
  readonly names: Readonly<Record<string, string>>;
  address(place: Place): ConversationAddress;
  /** A message as Discord keeps it; the last one of the bot where only a place is given. */
  look(at: MessageRef | Place): Promise<KeptMessage | undefined>;
  typings(place: Place): number;
  /** Starts another channel with a token that Discord never gave, and stops it. */
  startWithWrongToken(): Promise<void>;
  /** Calls that Discord's own description of its API does not allow. */
  violations(): readonly string[];
  close(): Promise<void>;
}

/** Acts resolve when Discord has taken them. Texts are as they travel, with `<@…>` for mentions. */
export interface ScenarioPerson {
  say(place: Place, text: string, replyTo: MessageRef | undefined): Promise<MessageRef>;
  edit(ref: MessageRef, text: string): Promise<void>;
  remove(ref: MessageRef): Promise<void>;
  press(ref: MessageRef, customId: string): Promise<void>;
  /** `/metaclaw` with one word. */
  command(place: Place, word: string): Promise<void>;
  /** Fills in the one field of the form that was opened last, and sends it. */
  submit(place: Place, fieldId: string, value: string): Promise<void>;
}

export interface KeptMessage {
  readonly text: string;
  readonly buttons: readonly string[];
  readonly flags: number;
  readonly replyTo: string | undefined;
}

/** The ids of the buttons in a message's rows. */
export function buttonsIn(components: unknown): readonly string[] {
  if (Array.isArray(components)) return components.flatMap(buttonsIn);
  if (typeof components !== 'object' || components === null) return [];
  const own =
    'custom_id' in components && typeof components.custom_id === 'string' ? [components.custom_id] : [];
  return [...own, ...('components' in components ? buttonsIn(components.components) : [])];
}
