import { AppError } from '../../core/domain/app-error.ts';
import type { ChannelCapabilities } from '../../core/domain/capabilities.ts';
import { cleanText } from '../../core/domain/clean-text.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { Choice } from '../../core/ports/channel.ts';
import { codePoints } from './code-points.ts';
import { ROOT_COMMAND } from './command-schema.ts';
import { type ActionRowComponent, actionRows } from './feedback-row.ts';
import { MAX_TEXT_CHARS } from './measure-document.ts';
import { renderMarkdown } from './render-markdown.ts';

/** A nonce is checked against "the past few minutes": two are surely among them. */
const NONCE_LIFE_MS = 2 * 60 * 1000;

export const discordCapabilities: ChannelCapabilities = {
  maxTextChars: MAX_TEXT_CHARS,
  // A channel takes five edits in five seconds.
  minEditIntervalMs: 1_200,
  minGroupEditIntervalMs: 1_200,
  canEdit: true,
  canRemove: true,
  canStreamNatively: false,
  canReadThreads: true,
  // It would take a permission that nothing needs.
  canReact: false,
  canSeeReactions: true,
  canSeeReactionRemoval: true,
  // Only the answer to an interaction can be for one person.
  canSendPrivately: false,
  canAnswerPrivately: true,
  canShowActions: true,
  canShowFeedbackButtons: true,
  canShowNotes: false,
  canShowImages: true,
  canShowActivity: true,
  canOpenForms: true,
  canRegisterCommands: true,
  canPublishHome: false,
  hasWrittenCommands: true,
  hasSendKeys: true,
  sendKeyLifeMs: NONCE_LIFE_MS,
  commandPrefix: `/${ROOT_COMMAND} `,
  isLocal: false,
  feedbackHint:
    'React with 👍 or 👎, or press the thumbs under an answer, to tell me how it was. “Correct this answer”, under “Apps” in the menu of a message, tells me what it should have been.',
  promptFacts:
    'You are speaking in Discord: bold, italics, strikethrough, links, headings, lists, quotes and code blocks are shown; tables appear as aligned text.',
};

/** https://docs.discord.com/developers/resources/message#message-object-message-flags */
const SUPPRESS_EMBEDS = 1 << 2;
const EPHEMERAL = 1 << 6;

/** Nobody is called, whatever stands in a text. */
const callsNobody = { parse: [], replied_user: false } as const;

interface Shown {
  readonly content: string;
  readonly components: readonly ActionRowComponent[];
  readonly allowed_mentions: typeof callsNobody;
  readonly flags: number;
}

/** Words and buttons. Throws `invalid_input` for what Discord would refuse; nothing is cut off. */
function shownOf(message: OutboundMessage, isPrivate = false): Shown {
  const content = renderMarkdown(message.body);
  const length = codePoints(content);
  if (length > MAX_TEXT_CHARS) {
    throw new AppError(
      'invalid_input',
      `A Discord message may take ${MAX_TEXT_CHARS} characters; this one takes ${length}.`,
    );
  }
  if (content === '') throw new AppError('invalid_input', 'A Discord message cannot be empty.');
  return {
    content,
    components: actionRows(message.actions),
    allowed_mentions: callsNobody,
    flags: SUPPRESS_EMBEDS | (isPrivate ? EPHEMERAL : 0),
  };
}

/** https://docs.discord.com/developers/resources/message#create-message */
const nonceChars = 25;

export interface CreatePayload extends Shown {
  readonly nonce: string;
  readonly enforce_nonce: true;
  readonly message_reference?: {
    readonly message_id: string;
    readonly channel_id: string;
    readonly fail_if_not_exists: false;
  };
}

const onceOnly = (sendKey: string, digest: (text: string) => string) =>
  ({ nonce: digest(sendKey).slice(0, nonceChars), enforce_nonce: true }) as const;

/** A new message without its pictures. `digest`: as `Ids.digest`. Throws `invalid_input` for what Discord would refuse. */
export function createPayload(
  target: ConversationAddress,
  message: OutboundMessage,
  digest: (text: string) => string,
): CreatePayload {
  const { replyTo, sendKey } = message;
  const isHere = replyTo !== undefined && replyTo.channelId === target.channelId;
  return {
    ...shownOf(message),
    ...onceOnly(sendKey, digest),
    ...(isHere
      ? {
          message_reference: {
            message_id: replyTo.messageId,
            channel_id: replyTo.channelId,
            // What was replied to may be gone by now.
            fail_if_not_exists: false,
          },
        }
      : {}),
  };
}

const TOO_LATE = 'My answer came too late to be shown to you alone. Please ask again.';

/** An ordinary message to whoever waits for an answer that others may not see: that it is not given any more. */
export function tooLatePayload(
  person: { readonly userId: string; readonly interactionId: string },
  digest: (text: string) => string,
): CreatePayload {
  return {
    content: `<@${person.userId}> ${TOO_LATE}`,
    components: [],
    allowed_mentions: callsNobody,
    flags: SUPPRESS_EMBEDS,
    ...onceOnly(`too-late:${person.interactionId}`, digest),
  };
}

/** An edit of a message of the bot's; buttons that the message does not name go, pictures stay. Throws as `createPayload`. */
export function editPayload(message: OutboundMessage): Shown {
  return shownOf(message);
}

/** The answer to an interaction, the first or a further one, without its pictures. Throws as `createPayload`. */
export function answerPayload(message: OutboundMessage, isPrivate: boolean): Shown {
  return shownOf(message, isPrivate);
}

const maxChoices = 25;
const maxChoiceChars = 100;

const cut = (text: string): string => {
  const chars = [...cleanText(text).trim()];
  return chars.length <= maxChoiceChars ? chars.join('') : `${chars.slice(0, maxChoiceChars - 1).join('')}…`;
};

export interface ChoicesPayload {
  readonly choices: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Completions of an option. A choice holds the whole line, Discord wants what comes into the option: `prefix` is the
 * line before it. Choices for another place in the line, or too long to be taken, are left out.
 */
export function choicesPayload(choices: readonly Choice[], prefix: string): ChoicesPayload {
  const fitting = choices.flatMap(({ value, label, hint }) => {
    const rest = value.startsWith(prefix) ? value.slice(prefix.length).trim() : '';
    const isTaken = rest !== '' && codePoints(rest) <= maxChoiceChars;
    return isTaken ? [{ name: cut(hint === '' ? label : `${label} – ${hint}`) || rest, value: rest }] : [];
  });
  const byValue = new Map(fitting.map((choice) => [choice.value, choice]));
  return { choices: [...byValue.values()].slice(0, maxChoices) };
}
