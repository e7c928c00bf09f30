import { z } from 'zod';
import { extra, ts } from './wire.ts';

/* What we read of the answers to our own calls: https://docs.slack.dev/reference/methods */

/** The bot, by `auth.test`. */
export interface SlackIdentity {
  readonly botUserId: string;
  readonly botId: string;
  readonly teamId: string;
  /** The organisation that the workspace is part of (Enterprise Grid). */
  readonly enterpriseId?: string;
  readonly appId?: string;
}

const identitySchema = z.object({
  user_id: z.string().min(1),
  /** Absent where the token is a person's and not the bot's. */
  bot_id: z.string().min(1),
  team_id: z.string().min(1),
  enterprise_id: extra(z.string()),
  app_id: extra(z.string()),
});

/** `undefined` also for a person's token. */
export function parseIdentity(answer: unknown): SlackIdentity | undefined {
  const parsed = identitySchema.safeParse(answer);
  if (!parsed.success) return undefined;
  const { user_id: botUserId, bot_id: botId, team_id: teamId, app_id: appId } = parsed.data;
  const { enterprise_id: enterpriseId } = parsed.data;
  return {
    botUserId,
    botId,
    teamId,
    ...(enterpriseId ? { enterpriseId } : {}),
    ...(appId ? { appId } : {}),
  };
}

const postedSchema = z.object({ ts });

/** The id of a message that was posted or begun, by `chat.postMessage` and `chat.startStream`. */
export function parsePostedTs(answer: unknown): string | undefined {
  const parsed = postedSchema.safeParse(answer);
  return parsed.success ? parsed.data.ts : undefined;
}

const postedInSchema = z.object({ channel: z.string().min(1) });

/** The conversation that a message was put into, by `chat.postMessage`. */
export function parsePostedChannel(answer: unknown): string | undefined {
  const parsed = postedInSchema.safeParse(answer);
  return parsed.success ? parsed.data.channel : undefined;
}

/** Where a file's bytes go. */
export interface UploadTicket {
  readonly url: string;
  readonly fileId: string;
}

const uploadSchema = z.object({ upload_url: z.url(), file_id: z.string().min(1) });

/** By `files.getUploadURLExternal`. */
export function parseUploadTicket(answer: unknown): UploadTicket | undefined {
  const parsed = uploadSchema.safeParse(answer);
  return parsed.success ? { url: parsed.data.upload_url, fileId: parsed.data.file_id } : undefined;
}

const ephemeralSchema = z.object({ message_ts: ts });

/** The id of a message that one person sees, by `chat.postEphemeral`. */
export function parseEphemeralTs(answer: unknown): string | undefined {
  const parsed = ephemeralSchema.safeParse(answer);
  return parsed.success ? parsed.data.message_ts : undefined;
}

/** What the directory knows of an account. */
export interface SlackPerson {
  readonly displayName: string;
  readonly isBot: boolean;
  /** An administrator or owner of the workspace `teamId`. */
  readonly isAdmin: boolean;
  readonly teamId?: string;
}

const personSchema = z.object({
  user: z.object({
    id: z.string().min(1),
    team_id: extra(z.string().min(1)),
    name: extra(z.string()),
    real_name: extra(z.string()),
    is_bot: extra(z.boolean()),
    is_admin: extra(z.boolean()),
    is_owner: extra(z.boolean()),
    is_primary_owner: extra(z.boolean()),
    profile: extra(z.object({ display_name: extra(z.string()), real_name: extra(z.string()) })),
  }),
});

/** The account of Slack's own bot, which `users.info` does not call one. */
export const SLACKBOT = 'USLACKBOT';

/** By `users.info`; the name is the one that people chose to be shown. `undefined` where it has no name at all. */
export function parsePerson(answer: unknown): SlackPerson | undefined {
  const parsed = personSchema.safeParse(answer);
  if (!parsed.success) return undefined;
  const { user } = parsed.data;
  const names = [user.profile?.display_name, user.profile?.real_name, user.real_name, user.name];
  const displayName = names.map((name) => name?.trim() ?? '').find((name) => name !== '');
  if (displayName === undefined) return undefined;
  return {
    displayName,
    isBot: user.is_bot === true || user.id === SLACKBOT,
    isAdmin: user.is_admin === true || user.is_owner === true || user.is_primary_owner === true,
    ...(user.team_id ? { teamId: user.team_id } : {}),
  };
}

/** A page of a thread, by `conversations.replies`: its messages as they came, oldest first. */
export interface SlackReplies {
  readonly messages: readonly unknown[];
  /** Where the next page begins. */
  readonly nextCursor?: string;
}

const repliesSchema = z.object({
  messages: z.array(z.unknown()),
  response_metadata: extra(z.object({ next_cursor: extra(z.string()) })),
});

export function parseReplies(answer: unknown): SlackReplies | undefined {
  const parsed = repliesSchema.safeParse(answer);
  if (!parsed.success) return undefined;
  const nextCursor = parsed.data.response_metadata?.next_cursor;
  return { messages: parsed.data.messages, ...(nextCursor ? { nextCursor } : {}) };
}
