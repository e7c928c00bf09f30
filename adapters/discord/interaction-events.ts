import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import { FEEDBACK_BAD, FEEDBACK_GOOD, mayOpenForm } from '../../core/domain/outbound-message.ts';
import { commandLine, completionLine, mayBeForm } from './command-line.ts';
import { messageMenuActions } from './command-schema.ts';
import { type CustomId, parseCustomId } from './custom-id.ts';
import { decodeText } from './discord-text.ts';
import {
  conversationOf,
  type DiscordInbound,
  discordId,
  ignored,
  interactionOf,
  type MappingContext,
  type OwnAnswer,
  openToAll,
  type PendingInteraction,
  type Place,
  personOf,
  refOf,
  snowflakeAt,
  spaceOf,
  unreadable,
} from './inbound-facts.ts';
import type { InteractionHandle } from './interaction-handle.ts';
import { textNames } from './message-events.ts';
import { PLATFORM } from './options.ts';
import {
  readCommand,
  readComponent,
  readInteraction,
  readModal,
  type WireInput,
  type WireInteraction,
  type WireUser,
} from './wire.ts';

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-interaction-type */
const COMMAND = 2;
const COMPONENT = 3;
const COMPLETION = 4;
const FORM = 5;
const BUTTON = 2;
const TYPED = 1;
const MENU_OF_MESSAGE = 3;

interface Arrival {
  readonly interaction: WireInteraction;
  readonly user: WireUser;
  readonly place: Place;
  readonly context: MappingContext;
}

type TriggerKind = 'command' | 'press' | 'submit';

function triggerOf({ interaction, user, place, context }: Arrival) {
  return {
    channelId: place.channelId,
    ...(place.guildId === undefined ? {} : { guildId: place.guildId }),
    userId: user.id,
    applicationId: interaction.application_id,
    interactionId: interaction.id,
    token: interaction.token,
    issuedAt: Math.max(0, Math.floor(context.facts.now)),
  };
}

const handleOf = (arrival: Arrival, kind: TriggerKind): Exclude<InteractionHandle, { kind: 'message' }> => ({
  kind,
  ...triggerOf(arrival),
});

const baseOf = ({ interaction, user, place, context }: Arrival) => ({
  eventId: discordId('i', interaction.id),
  platform: PLATFORM,
  spaceId: spaceOf(place),
  occurredAt: snowflakeAt(interaction.id),
  admission: openToAll,
  actor: personOf(user, interaction.member, place, context.facts),
});

const told = (
  event: InboundEvent,
  handle: PendingInteraction['handle'],
  ownAnswer: OwnAnswer,
): DiscordInbound => ({
  events: [event],
  pending: { handle, ownAnswer },
});

/** Nothing comes of it, but somebody waits. */
const refused = (
  inbound: DiscordInbound,
  handle: PendingInteraction['handle'],
  ownAnswer: OwnAnswer,
): DiscordInbound => ({ ...inbound, pending: { handle, ownAnswer } });

function mapCommand(arrival: Arrival): DiscordInbound {
  const { interaction, place, context } = arrival;
  const handle = handleOf(arrival, 'command');
  const reading = readCommand(interaction.data);
  if (!reading.ok) return refused(unreadable('command', reading.problem), handle, 'private');
  const { value } = reading;
  const common = {
    ...baseOf(arrival),
    conversation: conversationOf(place),
    interaction: interactionOf(handle),
  };
  if (value.type === MENU_OF_MESSAGE) {
    const actionId = messageMenuActions.get(value.name);
    if (actionId === undefined || typeof value.target_id !== 'string')
      return refused(ignored('unknown_menu'), handle, 'private');
    const target = refOf(place.channelId, value.target_id);
    const ownAnswer = mayOpenForm(actionId) ? 'form' : 'private';
    return told({ type: 'action_invoked', ...common, actionId, target }, handle, ownAnswer);
  }
  if (value.type !== TYPED) return refused(ignored('unknown_menu'), handle, 'private');
  const names = { ...textNames(place, undefined, context.facts), botUserId: '' };
  const line = decodeText(commandLine(value, context.facts.commands), names).text;
  const ownAnswer = mayBeForm(value, context.facts.commands) ? 'form' : 'private';
  return told({ type: 'command_invoked', ...common, line }, handle, ownAnswer);
}

function mapCompletion(arrival: Arrival): DiscordInbound {
  const { interaction, place, context } = arrival;
  const reading = readCommand(interaction.data);
  const found = reading.ok ? completionLine(reading.value, context.facts.commands) : undefined;
  const handle: PendingInteraction['handle'] = {
    kind: 'complete',
    ...triggerOf(arrival),
    prefix: found?.prefix ?? '',
  };
  if (!reading.ok) return refused(unreadable('completion', reading.problem), handle, 'choices');
  if (found === undefined) return refused(ignored('nothing_typed'), handle, 'choices');
  const event: InboundEvent = {
    type: 'completion_requested',
    ...baseOf(arrival),
    conversation: conversationOf(place),
    line: `${found.prefix}${found.typed}`,
    interaction: interactionOf(handle),
  };
  return told(event, handle, 'choices');
}

function verdictOf(actionId: string): 'good' | 'bad' | undefined {
  if (actionId === FEEDBACK_GOOD) return 'good';
  return actionId === FEEDBACK_BAD ? 'bad' : undefined;
}

function mapPress(arrival: Arrival): DiscordInbound {
  const { interaction, place } = arrival;
  const handle = handleOf(arrival, 'press');
  const reading = readComponent(interaction.data);
  if (!reading.ok) return refused(unreadable('component', reading.problem), handle, 'update');
  const button = parseCustomId(reading.value.custom_id);
  const messageId = interaction.message?.id;
  const isOurs = button !== undefined && button.subject === undefined;
  if (reading.value.component_type !== BUTTON || !isOurs || messageId === undefined)
    return refused(ignored('no_button'), handle, 'update');
  const { name: actionId, about } = button;
  const common = {
    ...baseOf(arrival),
    target: about ?? refOf(place.channelId, messageId),
    interaction: interactionOf(handle),
  };
  const ownAnswer = mayOpenForm(actionId) ? 'form' : 'update';
  const verdict = verdictOf(actionId);
  const event: InboundEvent =
    verdict === undefined
      ? { type: 'action_invoked', ...common, conversation: conversationOf(place), actionId }
      : { type: 'signal_given', ...common, mark: { kind: 'button', name: verdict } };
  return told(event, handle, ownAnswer);
}

/** What was put in; `undefined` for what was left empty. */
function inputValue({ value, values }: WireInput): string | undefined {
  const given = values?.[0] ?? value;
  return given === null || given === undefined || given === '' ? undefined : given;
}

/** Only a form that a button opened can be closed without a word. One about no message is answered by core. */
function afterForm(interaction: WireInteraction, form: CustomId | undefined): OwnAnswer {
  if (interaction.message != null) return 'update';
  return form?.subject === undefined ? 'thanks' : 'private';
}

function mapForm(arrival: Arrival): DiscordInbound {
  const { interaction, place } = arrival;
  const handle = handleOf(arrival, 'submit');
  const reading = readModal(interaction.data);
  const form = reading.ok ? parseCustomId(reading.value.custom_id) : undefined;
  const ownAnswer = afterForm(interaction, form);
  if (!reading.ok) return refused(unreadable('form', reading.problem), handle, ownAnswer);
  if (form === undefined || (form.about === undefined && form.subject === undefined))
    return refused(unreadable('form', 'custom_id'), handle, ownAnswer);
  const values = reading.value.components.flatMap((labelled) => {
    const value = labelled === undefined ? undefined : inputValue(labelled.component);
    return labelled === undefined || value === undefined
      ? []
      : [[labelled.component.custom_id, value] as const];
  });
  const event: InboundEvent = {
    type: 'form_submitted',
    ...baseOf(arrival),
    conversation: conversationOf(place),
    formId: form.name,
    ...(form.about === undefined ? {} : { target: form.about }),
    ...(form.subject === undefined ? {} : { subject: form.subject }),
    interaction: interactionOf(handle),
    values: Object.fromEntries(values),
  };
  return told(event, handle, ownAnswer);
}

/** By the type of interaction. */
const interactionMappers: ReadonlyMap<number, (arrival: Arrival) => DiscordInbound> = new Map([
  [COMMAND, mapCommand],
  [COMPONENT, mapPress],
  [COMPLETION, mapCompletion],
  [FORM, mapForm],
]);

export function mapInteraction(payload: unknown, context: MappingContext): DiscordInbound {
  const reading = readInteraction(payload);
  if (!reading.ok) return unreadable('interaction', reading.problem);
  const interaction = reading.value;
  const map = interactionMappers.get(interaction.type);
  if (map === undefined) return ignored('interaction_of_other_kind');
  const user = interaction.member?.user ?? interaction.user;
  const channelId = interaction.channel_id ?? interaction.channel?.id;
  if (user === null || user === undefined) return unreadable('interaction', 'user');
  if (channelId === null || channelId === undefined) return unreadable('interaction', 'channel_id');
  const place = { channelId, guildId: interaction.guild_id ?? undefined };
  return map({ interaction, user, place, context });
}
