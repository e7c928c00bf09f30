import { z } from 'zod';
import { reader } from '../../core/domain/reading.ts';

/*
 * The slice of what Slack sends that this adapter reads: https://docs.slack.dev/reference/events and
 * https://docs.slack.dev/reference/interaction-payloads. Unknown fields are dropped, so that a newer API changes nothing
 * here; what we use is strict.
 */

const id = z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/);
/** A message's timestamp, which is its id: seconds and a fraction. */
export const ts = z.string().regex(/^\d{1,16}\.\d{1,9}$/);
/** The time of an event; some come without the point, as microseconds. */
const eventTs = z.string().regex(/^\d{1,16}(?:\.\d{1,9})?$/);
const token = z.string().min(1).max(1_000);

/** A field that tells something extra: what makes no sense counts as not said. */
export const extra = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined);

const bodyHeadSchema = z.object({ type: extra(z.string()), command: extra(z.string()) });

const envelopeSchema = z.object({
  event_id: extra(token),
  /** Seconds. */
  event_time: extra(z.number().min(0)),
  is_ext_shared_channel: extra(z.boolean()),
  event: z.looseObject({ type: z.string() }),
});

const messageHeadSchema = z.object({ subtype: extra(z.string()) });

const fileSchema = z.object({
  mimetype: extra(z.string()),
  subtype: extra(z.string()),
  mode: extra(z.string()),
});
const attachmentSchema = z.object({
  is_share: extra(z.boolean()),
  is_msg_unfurl: extra(z.boolean()),
  text: extra(z.string()),
  fallback: extra(z.string()),
});

/** What a message says of who wrote it. */
const authorFields = {
  user: id.nullish(),
  bot_id: id.nullish(),
  app_id: extra(z.string()),
  username: extra(z.string()),
  bot_profile: extra(z.object({ name: extra(z.string()), team_id: extra(z.string()) })),
  /** The author's workspace. */
  user_team: extra(z.string()),
  team: extra(z.string()),
  user_profile: extra(z.object({ team: extra(z.string()) })),
};

const wordsFields = {
  subtype: extra(z.string()),
  text: z.string().nullish(),
  files: extra(z.array(fileSchema)),
  attachments: extra(z.array(attachmentSchema)),
};

const editedSchema = z.object({ ts: extra(eventTs) });

const messageSchema = z.object({
  ...authorFields,
  ...wordsFields,
  channel: id,
  ts,
  thread_ts: ts.nullish(),
  edited: extra(editedSchema),
});

const innerMessageSchema = messageSchema.omit({ channel: true });

const messageChangedSchema = z.object({
  channel: id,
  event_ts: eventTs,
  message: innerMessageSchema,
  previous_message: innerMessageSchema.nullish(),
});

const messageDeletedSchema = z.object({
  channel: id,
  event_ts: eventTs,
  deleted_ts: ts,
  previous_message: innerMessageSchema.nullish(),
});

const reactionSchema = z.object({
  user: id,
  reaction: z.string().min(1).max(200),
  item: z.union([
    z.object({ type: z.literal('message'), channel: id, ts }),
    z.object({ type: z.string().refine((type) => type !== 'message') }),
  ]),
  /** Missing where the message was not written by a user. */
  item_user: extra(id),
  event_ts: extra(eventTs),
});

const homeOpenedSchema = z.object({ user: id, tab: extra(z.string()), event_ts: eventTs });

const sessionStoppedSchema = z.object({
  user: id,
  channel: id,
  thread_ts: ts.nullish(),
  event_ts: eventTs,
});

const tokensRevokedSchema = z.object({ tokens: z.object({ bot: extra(z.array(z.string())) }) });

/** Beside an event's fields in HTTP mode, or as an event of its own in recorded samples. */
const rateLimitedSchema = z.object({ minute_rate_limited: z.number().min(0) });

const slashSchema = z.object({
  command: z.string().min(1),
  text: z.string().nullish(),
  team_id: z.string().min(1),
  channel_id: id,
  user_id: id,
  user_name: extra(z.string()),
  trigger_id: token,
  response_url: extra(z.string().max(2_000)),
});

const userSchema = z.object({
  id,
  username: extra(z.string()),
  name: extra(z.string()),
  team_id: extra(z.string()),
});

const placedMessageSchema = z.object({ ts, thread_ts: ts.nullish() });

const elementActionSchema = z.object({
  type: z.string(),
  action_id: z.string().min(1).max(255),
  action_ts: eventTs,
  value: z.string().nullish(),
});

const blockActionsSchema = z.object({
  user: userSchema,
  trigger_id: token,
  response_url: extra(z.string().max(2_000)),
  /** Absent on home pages and in forms. */
  channel: z.object({ id }).nullish(),
  message: placedMessageSchema.nullish(),
  container: z.object({
    type: z.string(),
    message_ts: ts.nullish(),
    thread_ts: ts.nullish(),
    is_ephemeral: z.boolean().nullish(),
  }),
  actions: z.array(elementActionSchema).min(1).max(50),
});

const messageActionSchema = z.object({
  user: userSchema,
  callback_id: z.string().min(1).max(255),
  trigger_id: token,
  action_ts: eventTs,
  response_url: extra(z.string().max(2_000)),
  channel: z.object({ id }),
  message: placedMessageSchema,
});

/** One input of a form: a text, or a choice of one. */
const inputStateSchema = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
});

const viewSubmissionSchema = z.object({
  user: userSchema,
  view: z.object({
    id: token,
    hash: token,
    callback_id: z.string().min(1).max(255),
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), inputStateSchema)) }),
  }),
});

const aboutSchema = z.object({ platform: z.literal('slack'), channelId: id, messageId: ts });
/** What a form carries beside the message that it is about. */
const formMetadataSchema = z.object({
  subject: extra(z.string().regex(/^[a-z0-9.:_-]{1,80}$/)),
  /** The handle of what it was opened by. */
  openedBy: extra(z.string().max(3_000)),
});

/** Whose words a body holds, as far as it can be told without knowing what kind of body it is. */
const spokenSchema = z.object({
  user: extra(id),
  bot_id: extra(z.string()),
  text: extra(z.string()),
});
const whoAndWordsSchema = z.object({
  event: extra(spokenSchema.extend({ message: extra(spokenSchema) })),
  user: extra(z.object({ id: extra(id) })),
  user_id: extra(id),
  text: extra(z.string()),
});

export type WireMessage = z.infer<typeof messageSchema>;
export type WireInnerMessage = z.infer<typeof innerMessageSchema>;
export type WireAuthor = Pick<WireMessage, keyof typeof authorFields>;
export type WireFile = z.infer<typeof fileSchema>;
export type WireUser = z.infer<typeof userSchema>;
export type WireInputState = z.infer<typeof inputStateSchema>;
export type WireAbout = z.infer<typeof aboutSchema>;

export const readEnvelope = reader(envelopeSchema);
export const readMessageHead = reader(messageHeadSchema);
export const readMessage = reader(messageSchema);
export const readMessageChanged = reader(messageChangedSchema);
export const readMessageDeleted = reader(messageDeletedSchema);
export const readReaction = reader(reactionSchema);
export const readHomeOpened = reader(homeOpenedSchema);
export const readSessionStopped = reader(sessionStoppedSchema);
export const readTokensRevoked = reader(tokensRevokedSchema);
export const readRateLimited = reader(rateLimitedSchema);
export const readThreadMessage = reader(innerMessageSchema);
export const readWhoAndWords = reader(whoAndWordsSchema);
export const readSlash = reader(slashSchema);
export const readBlockActions = reader(blockActionsSchema);
export const readMessageAction = reader(messageActionSchema);
export const readViewSubmission = reader(viewSubmissionSchema);

/** What kind of body this is: `event_callback`, `block_actions`, …; a slash command has no type but `slash_command` here. */
export function bodyTypeOf(body: unknown): string | undefined {
  const head = bodyHeadSchema.safeParse(body);
  if (!head.success) return undefined;
  const { type, command } = head.data;
  return typeof command === 'string' && typeof type !== 'string' ? 'slash_command' : (type ?? undefined);
}

const challengeSchema = z.object({ type: z.literal('url_verification'), challenge: z.string().max(1_000) });

/** What Slack wants to read back when it checks the address that it calls. */
export function parseChallenge(body: unknown): string | undefined {
  const parsed = challengeSchema.safeParse(body);
  return parsed.success ? parsed.data.challenge : undefined;
}

function parseJsonBy<T>(schema: z.ZodType<T>, text: string | null | undefined): T | undefined {
  if (text === null || text === undefined) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The message that a button or a form is about, out of its `value` or `private_metadata`. */
export const parseAbout = (text: string | null | undefined): WireAbout | undefined =>
  parseJsonBy(aboutSchema, text);

/** The rest of what a form's `private_metadata` holds. */
export const parseFormMetadata = (text: string): z.infer<typeof formMetadataSchema> =>
  parseJsonBy(formMetadataSchema, text) ?? {};
