import type { ErrorCode } from '../../core/domain/app-error.ts';
import type { InboundEvent } from '../../core/domain/inbound-event.ts';

/** A channel of the server, or a thread in it. */
export type Place = 'channel' | 'thread';

type Act =
  /** `BOT` in a text stands for a mention of the bot. `as` is how later steps call the message. */
  | {
      readonly act: 'person says';
      readonly place: Place;
      readonly text: string;
      readonly as: string;
      readonly replyTo?: string;
    }
  | { readonly act: 'person edits'; readonly message: string; readonly text: string }
  | { readonly act: 'person deletes'; readonly message: string }
  | { readonly act: 'person presses'; readonly message: string; readonly button: string }
  | { readonly act: 'person fills in the form'; readonly place: Place; readonly text: string }
  | { readonly act: 'person commands'; readonly place: Place; readonly word: string }
  | {
      readonly act: 'bot says';
      readonly place: Place | 'nowhere';
      readonly text: string;
      readonly as: string;
      readonly replyTo?: string;
    }
  /** With the key of a message that was sent before. */
  | { readonly act: 'bot sends again'; readonly message: string; readonly place: Place }
  | { readonly act: 'bot edits'; readonly message: string; readonly text: string }
  | { readonly act: 'bot removes'; readonly message: string }
  | { readonly act: 'bot reads the thread'; readonly before: string }
  | { readonly act: 'bot thinks'; readonly place: Place }
  | { readonly act: 'bot registers its commands' }
  /** For the last interaction of the person's. */
  | { readonly act: 'bot opens a form'; readonly about: string }
  | { readonly act: 'bot answers'; readonly place: Place; readonly text: string; readonly private: boolean }
  /** Another channel, with a token that Discord never gave. */
  | { readonly act: 'start with a wrong token' };

export type DiscordStep = Act & {
  /** How the channel's method ends. Default `ok`. */
  readonly outcome?: ErrorCode;
  /** What reaches core because of it. Default: nothing. */
  readonly events?: readonly InboundEvent['type'][];
};

/** What happens between a person, the bot and Discord, as far as one who counts as Discord goes along with it. */
export const discordScenario: readonly DiscordStep[] = [
  { act: 'bot registers its commands' },
  {
    act: 'person says',
    place: 'channel',
    text: 'BOT what is 2 + 2 & **b**?',
    as: 'question',
    events: ['message_received'],
  },
  { act: 'bot thinks', place: 'channel' },
  {
    act: 'bot says',
    place: 'channel',
    text: 'Let me see: @everyone & *four*',
    as: 'answer',
    replyTo: 'question',
  },
  { act: 'bot edits', message: 'answer', text: 'It is 4.' },
  { act: 'bot sends again', message: 'answer', place: 'channel' },
  { act: 'person presses', message: 'answer', button: 'feedback.good', events: ['signal_given'] },
  { act: 'person presses', message: 'answer', button: 'feedback.bad', events: ['signal_given'] },
  { act: 'bot opens a form', about: 'answer' },
  {
    act: 'person fills in the form',
    place: 'channel',
    text: 'It is *wrong*.\nReally.',
    events: ['form_submitted'],
  },
  { act: 'person commands', place: 'channel', word: 'status', events: ['command_invoked'] },
  { act: 'bot answers', place: 'channel', text: 'All is well.', private: true },
  {
    act: 'person says',
    place: 'thread',
    text: 'BOT and what is 3 + 3?',
    as: 'other question',
    events: ['message_received'],
  },
  { act: 'bot says', place: 'thread', text: 'That is 6.', as: 'other answer' },
  {
    act: 'person says',
    place: 'thread',
    text: 'and 4 + 5?',
    as: 'follow-up',
    events: ['message_received'],
  },
  { act: 'person edits', message: 'follow-up', text: 'and 4 + 4?', events: ['message_edited'] },
  { act: 'bot says', place: 'thread', text: 'That is 8.', as: 'third answer' },
  { act: 'bot reads the thread', before: 'third answer' },
  { act: 'person commands', place: 'thread', word: 'help', events: ['command_invoked'] },
  { act: 'bot answers', place: 'thread', text: 'What I can do', private: false },
  {
    act: 'person says',
    place: 'thread',
    text: 'are you sure?',
    as: 'reply',
    replyTo: 'third answer',
    events: ['message_received'],
  },
  { act: 'person deletes', message: 'follow-up', events: ['message_deleted'] },
  // Discord tells of every deletion, and not whose message it was.
  { act: 'bot removes', message: 'answer', events: ['message_deleted'] },
  { act: 'bot edits', message: 'answer', text: 'Too late.', outcome: 'not_found' },
  { act: 'bot says', place: 'nowhere', text: 'Is anybody there?', as: 'lost', outcome: 'not_found' },
  { act: 'start with a wrong token', outcome: 'auth_failed' },
  // Comes last: whatever reached core unasked stands before it.
  { act: 'person says', place: 'channel', text: 'nice weather', as: 'end', events: ['message_received'] },
];
