import type { InboundEvent, Interaction } from '../../core/domain/inbound-event.ts';
import { FEEDBACK_BAD, FEEDBACK_GOOD } from '../../core/domain/outbound-message.ts';
import {
  admissionOf,
  conversationOf,
  ignored,
  type MappingContext,
  occurredAt,
  personOf,
  refOf,
  type SlackInbound,
  slackId,
  spaceOf,
  unreadable,
} from './inbound-facts.ts';
import { decodeHandle, encodeHandle, type InteractionHandle, isResponseUrl } from './interaction-handle.ts';
import { PLATFORM } from './options.ts';
import { decodeText } from './slack-text.ts';
import {
  parseAbout,
  parseFormMetadata,
  readBlockActions,
  readMessageAction,
  readSlash,
  readViewSubmission,
  type WireAbout,
  type WireInputState,
  type WireUser,
} from './wire.ts';

/** How long Slack takes a trigger id for, https://docs.slack.dev/interactivity/handling-user-interaction */
const triggerLifeMs = 3_000;

interface Trigger {
  readonly kind: 'slash' | 'press';
  readonly channelId: string;
  readonly threadId?: string | undefined;
  readonly userId: string;
  readonly triggerId: string;
  readonly responseUrl: string | null | undefined;
}

/** Triggers carry no time of their own, and Slack's clock may differ from ours: the three seconds count from here. */
function interactionOf(trigger: Trigger, { facts }: MappingContext): Interaction {
  const { kind, channelId, threadId, userId, triggerId, responseUrl } = trigger;
  const isTrusted = typeof responseUrl === 'string' && isResponseUrl(responseUrl, facts.apiRoot);
  const handle = encodeHandle({
    kind,
    channelId,
    userId,
    triggerId,
    issuedAt: Math.max(0, Math.floor(facts.now)),
    ...(threadId === undefined ? {} : { threadId }),
    ...(isTrusted ? { responseUrl } : {}),
  });
  return { handle, deadlineAt: facts.now + triggerLifeMs };
}

const accountOf = (user: WireUser) => ({
  userId: user.id,
  teamId: user.team_id,
  name: user.name ?? user.username,
});

/** Whoever's workspace is not told may be from elsewhere. */
const inDoubt = (context: MappingContext): MappingContext => ({ ...context, isShared: true });

export function mapSlashCommand(body: unknown, context: MappingContext): SlackInbound {
  const reading = readSlash(body);
  if (!reading.ok) return unreadable('slash_command', reading.problem);
  const { value } = reading;
  const { facts } = context;
  if (value.command.toLowerCase() !== facts.commandName.toLowerCase()) {
    return unreadable('slash_command', 'its name is not channels.slack.commandName');
  }
  const account = { userId: value.user_id, teamId: value.team_id, name: value.user_name };
  const names = { botUserId: '', displayNameOf: (userId: string) => context.nameOf(userId)?.displayName };
  const event: InboundEvent = {
    type: 'command_invoked',
    eventId: slackId('c', value.trigger_id),
    platform: PLATFORM,
    spaceId: spaceOf(facts),
    occurredAt: facts.now,
    // Slash commands cannot be used in threads, so they belong to none.
    conversation: conversationOf(facts, value.channel_id, undefined),
    admission: admissionOf(account, context),
    actor: personOf(account, context),
    line: decodeText(value.text ?? '', names).text.trim(),
    interaction: interactionOf(
      {
        kind: 'slash',
        channelId: value.channel_id,
        userId: value.user_id,
        triggerId: value.trigger_id,
        responseUrl: value.response_url,
      },
      context,
    ),
  };
  return { events: [event] };
}

interface PressedElement {
  readonly type: string;
  readonly action_id: string;
  readonly value?: string | null | undefined;
}

/** The feedback buttons, which say in their value which one it was; or one of the two as a button of its own. */
function verdictOf(element: PressedElement): 'good' | 'bad' | undefined {
  const said = element.type === 'feedback_buttons' ? element.value : element.action_id;
  if (said === FEEDBACK_GOOD) return 'good';
  return said === FEEDBACK_BAD ? 'bad' : undefined;
}

const isPressable = (type: string): boolean => type === 'button' || type === 'feedback_buttons';

export function mapBlockActions(body: unknown, received: MappingContext): SlackInbound {
  const reading = readBlockActions(body);
  if (!reading.ok) return unreadable('block_actions', reading.problem);
  const {
    user,
    channel,
    container,
    message,
    trigger_id: triggerId,
    response_url: responseUrl,
  } = reading.value;
  const messageId = container.message_ts ?? message?.ts;
  if (typeof channel?.id !== 'string' || typeof messageId !== 'string')
    return ignored('action_outside_messages');
  const context = inDoubt(received);
  // A message that only one person sees begins no thread.
  const ownThread = container.is_ephemeral === true ? undefined : messageId;
  const threadId = container.thread_ts ?? message?.thread_ts ?? ownThread;
  const account = accountOf(user);
  const common = {
    platform: PLATFORM,
    spaceId: spaceOf(context.facts),
    admission: admissionOf(account, context),
    actor: personOf(account, context),
    interaction: interactionOf(
      { kind: 'press', channelId: channel.id, threadId, userId: user.id, triggerId, responseUrl },
      context,
    ),
  };
  const events = reading.value.actions.flatMap((element, index): readonly InboundEvent[] => {
    if (!isPressable(element.type)) return [];
    const verdict = verdictOf(element);
    if (verdict === undefined && element.type === 'feedback_buttons') return [];
    const ordinal = index === 0 ? [] : [String(index)];
    const base = {
      ...common,
      eventId: slackId('a', element.action_ts, triggerId, ...ordinal),
      occurredAt: occurredAt(context, element.action_ts),
      target: parseAbout(element.value) ?? refOf(channel.id, messageId),
    };
    if (verdict !== undefined) {
      return [{ type: 'signal_given', ...base, mark: { kind: 'button', name: verdict } }];
    }
    const conversation = conversationOf(context.facts, channel.id, threadId);
    return [{ type: 'action_invoked', ...base, conversation, actionId: element.action_id }];
  });
  return events.length === 0 ? ignored('no_button') : { events };
}

export function mapMessageAction(
  body: unknown,
  callbackIds: readonly string[],
  received: MappingContext,
): SlackInbound {
  const reading = readMessageAction(body);
  if (!reading.ok) return unreadable('message_action', reading.problem);
  const { user, channel, message, trigger_id: triggerId, response_url: responseUrl, ...rest } = reading.value;
  if (!callbackIds.includes(rest.callback_id)) return ignored('unknown_shortcut');
  const context = inDoubt(received);
  const account = accountOf(user);
  const threadId = message.thread_ts ?? message.ts;
  const event: InboundEvent = {
    type: 'action_invoked',
    eventId: slackId('s', rest.action_ts, triggerId),
    platform: PLATFORM,
    spaceId: spaceOf(context.facts),
    occurredAt: occurredAt(context, rest.action_ts),
    conversation: conversationOf(context.facts, channel.id, threadId),
    admission: admissionOf(account, context),
    actor: personOf(account, context),
    actionId: rest.callback_id,
    target: refOf(channel.id, message.ts),
    interaction: interactionOf(
      { kind: 'press', channelId: channel.id, threadId, userId: user.id, triggerId, responseUrl },
      context,
    ),
  };
  return { events: [event] };
}

/** What was put in; `undefined` for what was left empty. */
function inputValue(state: WireInputState): string | undefined {
  const value = state.selected_option?.value ?? state.value;
  return value === null || value === undefined || value === '' ? undefined : value;
}

/**
 * What a form was opened by, which an answer to it goes to; where it does not say, the conversation of the message that
 * it is about. Nobody is answered by the right of another.
 */
function openerOf(
  openedBy: string | null | undefined,
  target: WireAbout | undefined,
  user: WireUser,
  { facts }: MappingContext,
): InteractionHandle | undefined {
  const opener = typeof openedBy === 'string' ? decodeHandle(openedBy, facts.apiRoot) : undefined;
  if (opener?.userId === user.id) return opener;
  return target === undefined ? undefined : { kind: 'message', channelId: target.channelId, userId: user.id };
}

export function mapViewSubmission(body: unknown, received: MappingContext): SlackInbound {
  const reading = readViewSubmission(body);
  if (!reading.ok) return unreadable('view_submission', reading.problem);
  const { user, view } = reading.value;
  const target = parseAbout(view.private_metadata);
  const { subject, openedBy } = parseFormMetadata(view.private_metadata);
  const opener = openerOf(openedBy, target, user, received);
  if (opener === undefined || (target === undefined && typeof subject !== 'string')) {
    return unreadable('view_submission', 'private_metadata names neither a message nor a subject');
  }
  const context = inDoubt(received);
  const account = accountOf(user);
  const inputs = Object.values(view.state.values).flatMap((block) => Object.entries(block));
  const values = inputs.flatMap(([fieldId, state]) => {
    const value = inputValue(state);
    return value === undefined ? [] : [[fieldId, value] as const];
  });
  const event: InboundEvent = {
    type: 'form_submitted',
    eventId: slackId('v', view.id, view.hash),
    platform: PLATFORM,
    spaceId: spaceOf(context.facts),
    occurredAt: context.facts.now,
    admission: admissionOf(account, context),
    actor: personOf(account, context),
    formId: view.callback_id,
    ...(target === undefined ? {} : { target }),
    ...(typeof subject === 'string' ? { subject } : {}),
    conversation: conversationOf(context.facts, opener.channelId, opener.threadId),
    interaction: { handle: encodeHandle(opener) },
    values: Object.fromEntries(values),
  };
  return { events: [event] };
}

/** A form that was closed says nothing. */
export const mapViewClosed = (): SlackInbound => ignored('form_closed');
