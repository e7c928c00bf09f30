import type { ErrorCode } from '../../core/domain/app-error.ts';
import type { InboundEvent } from '../../core/domain/inbound-event.ts';

/** Where something is said: into the channel, into the thread of the message `question`, or in the DM. */
export type Place = 'channel' | 'thread' | 'direct';

type Act =
  /** `BOT` in a text stands for a mention of the bot. `as` is how later steps call the message. */
  | { readonly act: 'person says'; readonly place: Place; readonly text: string; readonly as: string }
  | { readonly act: 'person edits'; readonly message: string; readonly text: string }
  | { readonly act: 'person deletes'; readonly message: string }
  | { readonly act: 'person reacts'; readonly message: string; readonly emoji: string }
  | { readonly act: 'person takes a reaction back'; readonly message: string; readonly emoji: string }
  | {
      readonly act: 'bot says';
      readonly place: Place | 'nowhere';
      readonly text: string;
      readonly as: string;
    }
  | { readonly act: 'bot edits'; readonly message: string; readonly text: string }
  | { readonly act: 'bot removes'; readonly message: string }
  | { readonly act: 'bot whispers'; readonly place: Place; readonly text: string }
  | { readonly act: 'bot reads the thread'; readonly before: string }
  | { readonly act: 'bot thinks'; readonly place: Place }
  | {
      readonly act: 'bot streams';
      readonly place: Place;
      readonly pieces: readonly string[];
      readonly as: string;
    }
  | { readonly act: 'bot opens a form'; readonly about: string }
  | { readonly act: 'bot publishes its home'; readonly text: string }
  /** A request that somebody without the secret signed, or one that Slack signed six minutes ago. */
  | { readonly act: 'forged request' }
  | { readonly act: 'stale request' }
  /** Another channel, with a token that Slack never gave. */
  | { readonly act: 'start with a wrong token' };

export type SlackStep = Act & {
  /** How the channel's method ends. Default `ok`. */
  readonly outcome?: ErrorCode;
  /** What reaches core because of it; a twin counts once. Default: nothing. */
  readonly events?: readonly InboundEvent['type'][];
};

/** What happens between a person, the bot and Slack in HTTP mode, as far as one who counts as Slack goes along with it. */
export const slackScenario: readonly SlackStep[] = [
  {
    act: 'person says',
    place: 'channel',
    text: 'BOT what is 2 + 2 &amp; &lt;b&gt;?',
    as: 'question',
    events: ['message_received'],
  },
  { act: 'bot thinks', place: 'thread' },
  { act: 'bot says', place: 'thread', text: 'Let me see: <!channel> & *four*', as: 'answer' },
  { act: 'bot edits', message: 'answer', text: 'It is 4.' },
  {
    act: 'person says',
    place: 'thread',
    text: 'and what is 3 + 3?',
    as: 'follow-up',
    events: ['message_received'],
  },
  {
    act: 'person edits',
    message: 'follow-up',
    text: 'and what is 4 + 4?',
    events: ['message_edited'],
  },
  { act: 'bot says', place: 'thread', text: 'That is 8.', as: 'second answer' },
  { act: 'person reacts', message: 'answer', emoji: '+1', events: ['signal_given'] },
  { act: 'person reacts', message: 'answer', emoji: 'thumbsdown::skin-tone-3', events: ['signal_given'] },
  { act: 'person takes a reaction back', message: 'answer', emoji: '+1', events: ['signal_withdrawn'] },
  { act: 'bot whispers', place: 'thread', text: 'Between us.' },
  { act: 'bot reads the thread', before: 'second answer' },
  { act: 'bot opens a form', about: 'answer' },
  { act: 'bot publishes its home', text: 'What I can do' },
  { act: 'person says', place: 'direct', text: 'hello', as: 'greeting', events: ['message_received'] },
  { act: 'bot streams', place: 'direct', pieces: ['Hello', ' there', '.\n\nHow are you?'], as: 'streamed' },
  { act: 'bot says', place: 'direct', text: 'Hello again.', as: 'direct answer' },
  { act: 'person deletes', message: 'follow-up', events: ['message_deleted'] },
  { act: 'bot removes', message: 'answer' },
  { act: 'bot edits', message: 'answer', text: 'Too late.', outcome: 'not_found' },
  { act: 'bot removes', message: 'question', outcome: 'not_allowed' },
  { act: 'bot says', place: 'nowhere', text: 'Is anybody there?', as: 'lost', outcome: 'not_found' },
  { act: 'forged request' },
  { act: 'stale request' },
  { act: 'start with a wrong token', outcome: 'auth_failed' },
];
