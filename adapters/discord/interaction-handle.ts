import { z } from 'zod';

interface Place {
  readonly channelId: string;
  /** Absent in direct messages. */
  readonly guildId?: string;
}

interface Trigger {
  /** Who waits for the answer. */
  readonly userId: string;
  readonly applicationId: string;
  readonly interactionId: string;
  /** Answers for fifteen minutes; the first one within three seconds. A secret for that long. */
  readonly token: string;
  /** When the interaction reached us, epoch milliseconds. */
  readonly issuedAt: number;
}

/**
 * What is needed to answer an interaction, also after a restart. `message`: a command was written as a message, which
 * is `messageId`. `command`: a command was typed or chosen from a message's menu. `press`: a button. `submit`: a form.
 * `complete`: an option is being typed; `prefix` is the line before it.
 */
export type InteractionHandle =
  | ({ readonly kind: 'message'; readonly messageId: string } & Place)
  | ({ readonly kind: 'command' | 'press' | 'submit' } & Place & Trigger)
  | ({ readonly kind: 'complete'; readonly prefix: string } & Place & Trigger);

/** https://docs.discord.com/developers/interactions/receiving-and-responding */
export const FIRST_ANSWER_MS = 3_000;
export const TOKEN_LIFE_MS = 15 * 60_000;

const id = z.string().regex(/^\d{1,20}$/);
const optionalId = z.union([z.literal(''), id]);
const messageSchema = z.tuple([z.literal('m'), id, optionalId, id]);
const triggerSchema = z.tuple([
  z.enum(['c', 'p', 's', 'a']),
  id,
  optionalId,
  id,
  id,
  id,
  // No sign of a path: it becomes part of an address.
  z.string().regex(/^[\w.~+=:-]{1,2000}$/),
  z.int().min(0),
  z.string().max(6_000),
]);

const letters = { command: 'c', press: 'p', submit: 's', complete: 'a' } as const;
const kinds = { c: 'command', p: 'press', s: 'submit' } as const;

export function encodeHandle(handle: InteractionHandle): string {
  const place = [handle.channelId, handle.guildId ?? ''];
  if (handle.kind === 'message') return JSON.stringify(['m', ...place, handle.messageId]);
  const { userId, applicationId, interactionId, token, issuedAt } = handle;
  const prefix = handle.kind === 'complete' ? handle.prefix : '';
  return JSON.stringify([
    letters[handle.kind],
    ...place,
    userId,
    applicationId,
    interactionId,
    token,
    issuedAt,
    prefix,
  ]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const placeOf = (channelId: string, guildId: string): Place => ({
  channelId,
  ...(guildId === '' ? {} : { guildId }),
});

function toHandle(parts: unknown): InteractionHandle | undefined {
  const written = messageSchema.safeParse(parts);
  if (written.success) {
    const [, channelId, guildId, messageId] = written.data;
    return { kind: 'message', ...placeOf(channelId, guildId), messageId };
  }
  const triggered = triggerSchema.safeParse(parts);
  if (!triggered.success) return undefined;
  const [letter, channelId, guildId, userId, applicationId, interactionId, token, issuedAt, prefix] =
    triggered.data;
  const trigger = { userId, applicationId, interactionId, token, issuedAt };
  const common = { ...placeOf(channelId, guildId), ...trigger };
  return letter === 'a' ? { kind: 'complete', ...common, prefix } : { kind: kinds[letter], ...common };
}

/** The inverse of `encodeHandle`; `undefined` for a string it could not have made. */
export function decodeHandle(text: string): InteractionHandle | undefined {
  const handle = toHandle(parseJson(text));
  return handle !== undefined && encodeHandle(handle) === text ? handle : undefined;
}
