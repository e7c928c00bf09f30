import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { type EventId, eventId, personId, type SpaceId, spaceId } from '../../core/domain/ids.ts';
import type { Admission, InboundEvent, Person } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import { SLACKBOT, type SlackPerson } from './answers.ts';
import { PLATFORM } from './options.ts';
import { NAMELESS, type TextNames } from './slack-text.ts';

/** What mapping needs to know beside the payload. */
export interface SlackFacts {
  readonly botUserId: string;
  readonly botId: string;
  /** The workspace that installed the bot. */
  readonly teamId: string;
  /** The organisation that this workspace is part of. Where people belong to several of its workspaces, Slack names it instead. */
  readonly enterpriseId?: string | undefined;
  readonly appId?: string | undefined;
  readonly threadPolicy: 'follow' | 'mention';
  readonly commandName: string;
  /** Where the Web API is, when not at Slack's own address: answers may be posted there too. */
  readonly apiRoot?: string | undefined;
  /** Epoch milliseconds: when the payload reached us. */
  readonly now: number;
}

export type NameOf = (userId: string) => SlackPerson | undefined;

/** Something that concerns whoever runs the bot. */
export type SlackNotice =
  | { readonly kind: 'uninstalled' }
  | { readonly kind: 'tokens_revoked' }
  /** Slack held events back. `minuteAt`: the minute in which it began to, epoch milliseconds. */
  | { readonly kind: 'rate_limited'; readonly minuteAt: number }
  /** Ours to understand, and not understood. `problem` names fields or settings and never holds what was said. */
  | { readonly kind: 'unreadable'; readonly what: string; readonly problem: string };

export interface SlackInbound {
  readonly events: readonly InboundEvent[];
  readonly notice?: SlackNotice;
  /** Why nothing came of it, for debug logs: `own_message`, `subtype_channel_join`. */
  readonly ignored?: string;
}

/** What an event and its envelope say together. */
export interface MappingContext {
  readonly facts: SlackFacts;
  readonly nameOf: NameOf;
  /** By Slack, the same on every delivery of the same event. */
  readonly slackEventId?: string | undefined;
  /** When the envelope was made, epoch milliseconds. */
  readonly envelopeAt?: number | undefined;
  /** People of other workspaces read along. */
  readonly isShared: boolean;
}

export const ignored = (why: string): SlackInbound => ({ events: [], ignored: why });

export const unreadable = (what: string, problem: string): SlackInbound => ({
  events: [],
  notice: { kind: 'unreadable', what, problem },
});

/** A name of Slack's as part of a reason: never more than a name. */
export const slug = (name: string): string => (/^[a-z_]{1,40}$/.test(name) ? name : 'unknown');

export const slackId = (...parts: readonly string[]): EventId => eventId(PLATFORM, parts.join(':'));

/** Epoch milliseconds, fractions kept; some events write the time as microseconds without a point. */
export function timeOf(ts: string | null | undefined): number | undefined {
  const match = /^(\d{1,16})(?:\.(\d{1,9}))?$/.exec(ts ?? '');
  if (match === null) return undefined;
  const [, whole = '', fraction] = match;
  if (fraction === undefined && whole.length > 13) return Number(whole) / 1_000;
  return Number(whole) * 1_000 + Number(`0.${fraction ?? '0'}`) * 1_000;
}

/** When it happened by what says so best. */
export const occurredAt = (context: MappingContext, ...timestamps: readonly (string | null | undefined)[]) =>
  timestamps.map(timeOf).find((at) => at !== undefined) ?? context.envelopeAt ?? context.facts.now;

export const refOf = (channelId: string, messageId: string): MessageRef => ({
  platform: PLATFORM,
  channelId,
  messageId,
});

export const spaceOf = (facts: SlackFacts): SpaceId => spaceId(PLATFORM, facts.teamId);

/** Channel ids begin with the kind of channel; a DM's with `D`. */
export const isDirect = (channelId: string): boolean => channelId.startsWith('D');

export function conversationOf(
  facts: SlackFacts,
  channelId: string,
  threadId: string | undefined,
): ConversationAddress {
  return {
    platform: PLATFORM,
    spaceId: spaceOf(facts),
    audience: isDirect(channelId) ? 'direct' : 'group',
    channelId,
    ...(threadId === undefined ? {} : { threadId }),
  };
}

/** What a payload says of an account, besides what the directory knows. */
export interface Account {
  readonly userId: string;
  readonly teamId?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly isBot?: boolean;
}

const filled = (text: string | null | undefined): string | undefined =>
  text === null || text === undefined || text.trim() === '' ? undefined : text;

const teamOf = (account: Account, { nameOf }: MappingContext): string | undefined =>
  filled(account.teamId) ?? nameOf(account.userId)?.teamId;

const isHome = (teamId: string, { teamId: own, enterpriseId }: SlackFacts): boolean =>
  teamId === own || teamId === enterpriseId;

/**
 * People of the workspace that installed the bot may talk. Others are there through a shared channel, and whoever
 * cannot be told apart from them there counts as one.
 */
export function admissionOf(account: Account, context: MappingContext): Admission {
  const teamId = teamOf(account, context);
  const isOwn = teamId === undefined ? !context.isShared : isHome(teamId, context.facts);
  if (isOwn) return { kind: 'open' };
  const subjects = [`${PLATFORM}:user:${account.userId}`];
  return {
    kind: 'linked',
    subjects: teamId === undefined ? subjects : [...subjects, `${PLATFORM}:team:${teamId}`],
  };
}

export function personOf(account: Account, context: MappingContext): Person {
  const known = context.nameOf(account.userId);
  // An administrator of another workspace is an ordinary person here.
  const isMaintainer =
    known?.isAdmin === true &&
    admissionOf(account, context).kind === 'open' &&
    (known.teamId === undefined || known.teamId === context.facts.teamId);
  return {
    personId: personId(PLATFORM, account.userId),
    displayName: filled(known?.displayName) ?? filled(account.name) ?? NAMELESS,
    isBot: account.isBot === true || known?.isBot === true || account.userId === SLACKBOT,
    ...(isMaintainer ? { role: 'maintainer' as const } : {}),
  };
}

export const textNames = ({ facts, nameOf }: MappingContext): TextNames => ({
  botUserId: facts.botUserId,
  displayNameOf: (userId) => nameOf(userId)?.displayName,
});
