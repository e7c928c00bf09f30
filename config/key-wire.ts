import * as z from 'zod';
import type { ApiKey } from '../core/domain/api-key.ts';
import { AppError } from '../core/domain/app-error.ts';
import { contentUses } from '../core/domain/content-use.ts';
import { nativeId } from '../core/domain/ids.ts';

const kind = z.enum(['agent', 'admin']);
const upstreamKey = z.enum(['own', 'caller']);
const uses = z
  .array(z.enum(contentUses))
  .readonly()
  .transform((given) => [...new Set(given)]);
const bound = z.number();

/** What the running bot is asked: a new key. */
export const newKeySchema = z.strictObject({
  name: z.string(),
  kind,
  space: z.string().exactOptional(),
  upstreamKey: upstreamKey.exactOptional(),
  uses: uses.exactOptional(),
  monthlyTokens: bound.exactOptional(),
  requestsPerMinute: bound.exactOptional(),
  maxConcurrent: bound.exactOptional(),
});
export type NewKeyBody = z.input<typeof newKeySchema>;

/** What becomes of a key. `name`: its name or its id. */
export const changedKeySchema = z.strictObject({
  name: z.string(),
  upstreamKey: upstreamKey.exactOptional(),
  uses: uses.exactOptional(),
  monthlyTokens: bound.nullable().exactOptional(),
  requestsPerMinute: bound.nullable().exactOptional(),
  maxConcurrent: bound.nullable().exactOptional(),
});
export type ChangedKeyBody = z.input<typeof changedKeySchema>;

export const namedKeySchema = z.strictObject({ name: z.string() });

/** A key as it is shown: everything but the key itself and its digest. Times are epoch milliseconds. */
export const keyViewSchema = z.object({
  keyId: z.string(),
  name: z.string(),
  kind,
  /** The platform's own name of it. */
  space: z.string(),
  upstreamKey,
  uses: z.array(z.enum(contentUses)).readonly(),
  monthlyTokens: bound.exactOptional(),
  requestsPerMinute: bound.exactOptional(),
  maxConcurrent: bound.exactOptional(),
  createdAt: z.number(),
  revokedAt: z.number().exactOptional(),
  lastUsedAt: z.number().exactOptional(),
});
export type KeyView = z.output<typeof keyViewSchema>;

export const madeKeySchema = z.object({ secret: z.string(), key: keyViewSchema });
export const oneKeySchema = z.object({ key: keyViewSchema });
/** `month`: the one in which `tokens` and `requests` were spent, in UTC: `2026-11`. */
export const listedKeysSchema = z.object({
  month: z.string(),
  keys: z.array(keyViewSchema.extend({ tokens: z.number(), requests: z.number() })).readonly(),
});

export function keyView({ spaceId, ...key }: ApiKey): KeyView {
  return { ...key, space: nativeId(spaceId) };
}

/** Throws `invalid_input` with the name of what is wrong; never shows what was given. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? 'The request' : issue.path.join('.');
  throw new AppError('invalid_input', `${place} is not valid here: ${issue?.message ?? 'it is unknown'}.`);
}
