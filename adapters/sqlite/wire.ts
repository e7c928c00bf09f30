import type { ErrorCode } from '../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { Document } from '../../core/domain/document.ts';
import type { EventId, PersonId } from '../../core/domain/ids.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { ModelUsage } from '../../core/domain/model.ts';
import type { Reward } from '../../core/domain/reward.ts';
import type { SamplingParams, StopReason } from '../../core/domain/sampling.ts';
import type { ShownSkill, SkillProvenance, SkillScope } from '../../core/domain/skill.ts';
import type { TurnState } from '../../core/domain/turn.ts';
import type { InboxEvent } from '../../core/ports/inbox-store.ts';

/** Light checks of JSON that we wrote ourselves: enough that a damaged or foreign row cannot take the bot down. */
export type Guard<T> = (value: unknown) => value is T;

/** A column's JSON, or `undefined` when it is not what the column should hold. */
export function parseColumn<T>(json: string, guard: Guard<T>): T | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return guard(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Any JSON; `undefined` (which JSON cannot hold) for text that is none. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === 'string';
export const isNumber = (value: unknown): value is number => typeof value === 'number';
export const isArrayOf =
  <T>(guard: Guard<T>): Guard<readonly T[]> =>
  (value): value is readonly T[] =>
    Array.isArray(value) && value.every(guard);

export const isTexts = isArrayOf(isText);

export const isEventIds = (value: unknown): value is readonly EventId[] => isTexts(value);

export const isPersonIds = (value: unknown): value is readonly PersonId[] => isTexts(value);

export const isMessageRef = (value: unknown): value is MessageRef =>
  isFields(value) && isText(value['platform']) && isText(value['channelId']) && isText(value['messageId']);

export const isMessageRefs = isArrayOf(isMessageRef);

export const isConversation = (value: unknown): value is ConversationAddress =>
  isFields(value) &&
  isText(value['platform']) &&
  isText(value['spaceId']) &&
  isText(value['channelId']) &&
  (value['audience'] === 'direct' || value['audience'] === 'group');

const isInteraction = (value: unknown): boolean => isFields(value) && isText(value['handle']);
const isPerson = (value: unknown): boolean => isFields(value) && isText(value['personId']);

function hasEventParts(event: Fields): boolean {
  switch (event['type']) {
    case 'message_received':
      return isMessageRef(event['ref']) && isPerson(event['author']) && isText(event['text']);
    case 'command_invoked':
      return isPerson(event['actor']) && isText(event['line']) && isInteraction(event['interaction']);
    case 'action_invoked':
      return isPerson(event['actor']) && isText(event['actionId']) && isInteraction(event['interaction']);
    default:
      return false;
  }
}

export const isInboxEvent = (value: unknown): value is InboxEvent =>
  isFields(value) &&
  isText(value['eventId']) &&
  isText(value['platform']) &&
  isText(value['spaceId']) &&
  isNumber(value['occurredAt']) &&
  isConversation(value['conversation']) &&
  isFields(value['admission']) &&
  hasEventParts(value);

/** A part that may be missing. */
export const isAbsentOr = (value: unknown, guard: (value: unknown) => boolean): boolean =>
  value === undefined || guard(value);

export const isProvenance = (value: unknown): value is SkillProvenance =>
  isFields(value) &&
  isTexts(value['platforms']) &&
  isTexts(value['authors']) &&
  (value['isPrivate'] === undefined || value['isPrivate'] === true);

export const isSkillScope = (value: unknown): value is SkillScope => {
  if (!isFields(value)) return false;
  if (value['kind'] === 'global') return true;
  if (!isText(value['platform']) || !isText(value['spaceId'])) return false;
  return (
    value['kind'] === 'space' ||
    (value['kind'] === 'conversation' && isText(value['conversationKey'])) ||
    (value['kind'] === 'user' && isText(value['personId']))
  );
};

const isShownSkill = (value: unknown): value is ShownSkill =>
  isFields(value) &&
  isText(value['name']) &&
  isNumber(value['version']) &&
  isText(value['contentHash']) &&
  isNumber(value['score']) &&
  isNumber(value['propensity']) &&
  isTexts(value['because']) &&
  isAbsentOr(value['learnedFrom'], isProvenance) &&
  isAbsentOr(value['scope'], isSkillScope) &&
  isAbsentOr(value['trial'], isNumber) &&
  (value['isCarried'] === undefined || value['isCarried'] === true);

export const isShownSkills = isArrayOf(isShownSkill);

export const isUsage = (value: unknown): value is ModelUsage =>
  isFields(value) && isNumber(value['inputTokens']) && isNumber(value['outputTokens']);

export const isStopReason = (value: unknown): value is StopReason => value === 'stop' || value === 'length';

export const isSamplingParams = (value: unknown): value is SamplingParams =>
  isFields(value) &&
  isNumber(value['maxTokens']) &&
  isNumber(value['temperature']) &&
  isNumber(value['topP']) &&
  isNumber(value['topK']) &&
  isAbsentOr(value['seed'], isNumber);

export const isDocument = (value: unknown): value is Document =>
  isFields(value) &&
  Array.isArray(value['blocks']) &&
  value['blocks'].every((block) => isFields(block) && isText(block['type']));

export const isReward = (value: unknown): value is Reward =>
  isFields(value) &&
  (value['kind'] === 'missing' ||
    value['kind'] === 'held' ||
    (value['kind'] === 'known' &&
      isNumber(value['value']) &&
      isText(value['authority']) &&
      isNumber(value['voices']) &&
      isNumber(value['weight'])));

export const isWriterHolder = (
  value: unknown,
): value is { readonly pid: number; readonly address?: string } =>
  isFields(value) && isNumber(value['pid']) && (value['address'] === undefined || isText(value['address']));

/** Every state of a turn, with the number of turns in it before any was counted. */
export const noTurns: Readonly<Record<TurnState, number>> = {
  open: 0,
  answered: 0,
  done: 0,
  failed: 0,
  stopped: 0,
  interrupted: 0,
  delivery_unknown: 0,
};

export const isTurnState = (value: string): value is TurnState => Object.hasOwn(noTurns, value);

const errorCodes: Readonly<Record<ErrorCode, true>> = {
  invalid_input: true,
  not_found: true,
  not_allowed: true,
  config_invalid: true,
  already_running: true,
  auth_failed: true,
  conflict: true,
  rate_limited: true,
  timeout: true,
  network: true,
  refused_by_peer: true,
  peer_failed: true,
  bad_reply: true,
  delivery_unknown: true,
  storage_busy: true,
  storage_full: true,
  storage_failed: true,
  unsupported: true,
  aborted: true,
  overloaded: true,
  internal: true,
};

export const isErrorCode = (value: string): value is ErrorCode => Object.hasOwn(errorCodes, value);
