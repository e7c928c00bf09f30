import { z } from 'zod';
import { type ApiRefusal, invalidForm } from './api-refusal.ts';
import { checkComponents } from './component-rules.ts';

export const messageFlags = {
  suppressEmbeds: 1 << 2,
  ephemeral: 1 << 6,
  loading: 1 << 7,
  suppressNotifications: 1 << 12,
  componentsV2: 1 << 15,
} as const;

/** https://docs.discord.com/developers/resources/message#create-message Counted in code points: discord-api-docs issue 1315. */
const MAX_CONTENT_CHARS = 2_000;

const allowedMentions = z.strictObject({
  parse: z.array(z.enum(['users', 'roles', 'everyone'])).optional(),
  users: z.array(z.string()).max(100).optional(),
  roles: z.array(z.string()).max(100).optional(),
  replied_user: z.boolean().optional(),
});
export type AllowedMentions = z.infer<typeof allowedMentions>;

const parts = z.array(z.record(z.string(), z.unknown()));

/** What is common to new messages, edits and answers to interactions. */
const contents = z.strictObject({
  content: z.string().nullish(),
  embeds: parts.max(10).nullish(),
  components: parts.nullish(),
  flags: z.number().int().nullish(),
  allowed_mentions: allowedMentions.nullish(),
  attachments: parts.nullish(),
});
export type Contents = z.infer<typeof contents>;

const newMessage = contents.extend({
  tts: z.boolean().nullish(),
  nonce: z.union([z.string().max(25), z.number().int()]).nullish(),
  enforce_nonce: z.boolean().nullish(),
  message_reference: z
    .strictObject({
      message_id: z.string(),
      channel_id: z.string().optional(),
      guild_id: z.string().optional(),
      fail_if_not_exists: z.boolean().optional(),
      type: z.literal(0).optional(),
    })
    .nullish(),
  sticker_ids: z.array(z.string()).nullish(),
});
export type NewMessage = z.infer<typeof newMessage>;

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalidForm(issue?.path.join('.') ?? '', 'BASE_TYPE_INVALID', issue?.message ?? 'does not fit');
}

export const readNewMessage = (body: unknown): NewMessage => read(newMessage, body);
export const readContents = (body: unknown): Contents => read(contents, body ?? {});
export const readAnswer = (body: unknown): Contents =>
  read(contents.extend({ tts: z.boolean().nullish() }), body ?? {});

const tooLong = (): ApiRefusal =>
  invalidForm('content', 'BASE_TYPE_MAX_LENGTH', `Must be ${MAX_CONTENT_CHARS} or fewer in length.`);

/** Flags that may be set where a message is made. */
export const newMessageFlags =
  messageFlags.suppressEmbeds | messageFlags.suppressNotifications | messageFlags.componentsV2;
export const editFlags = messageFlags.suppressEmbeds | messageFlags.componentsV2;
export const answerFlags = newMessageFlags | messageFlags.ephemeral;

/** Refuses what Discord refuses of a message's contents, whatever was left out of them. */
export function checkContents(body: Contents, flags: number): void {
  if ([...(body.content ?? '')].length > MAX_CONTENT_CHARS) throw tooLong();
  if (((body.flags ?? 0) & ~flags) !== 0)
    throw invalidForm('flags', 'MESSAGE_FLAGS_INVALID', 'Invalid flags');
  const isV2 = ((body.flags ?? 0) & messageFlags.componentsV2) !== 0;
  if (isV2 && ((body.content ?? '') !== '' || (body.embeds ?? []).length > 0)) {
    throw invalidForm(
      'content',
      'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
      'Not with components v2',
    );
  }
  checkComponents(body.components ?? [], isV2);
}

/** Discord cuts white space off at both ends. */
export const asShown = (content: string | null | undefined): string => (content ?? '').trim();

export const isEmpty = (body: Contents): boolean =>
  asShown(body.content) === '' &&
  (body.embeds ?? []).length === 0 &&
  (body.attachments ?? []).length === 0 &&
  // Rows of buttons alone are no message either, save as components v2.
  (((body.flags ?? 0) & messageFlags.componentsV2) === 0 || (body.components ?? []).length === 0);
