import { z } from 'zod';

interface Place {
  readonly channelId: string;
  readonly threadId?: string;
  readonly userId: string;
}

interface Trigger {
  /** Opens one form, within three seconds of `issuedAt`. */
  readonly triggerId: string;
  /** Takes five answers within thirty minutes of `issuedAt`; absent where Slack gave none that may be trusted. */
  readonly responseUrl?: string;
  /** When the interaction reached us, epoch milliseconds. */
  readonly issuedAt: number;
}

/**
 * What is needed to answer an interaction, also after a restart. `message`: a command was written as a message.
 * `slash`: the slash command. `press`: a button or an entry of a message's menu. `silent`: nobody waits for an answer.
 */
export type InteractionHandle =
  | ({ readonly kind: 'message' } & Place)
  | ({ readonly kind: 'slash' } & Place & Trigger)
  | ({ readonly kind: 'press' } & Place & Trigger)
  | ({ readonly kind: 'silent' } & Place);

const defaultOrigin = 'https://hooks.slack.com';

const parseUrl = (url: string): URL | undefined => (URL.canParse(url) ? new URL(url) : undefined);

/**
 * Whether an answer may be posted to this address: Slack's own, or the origin of `apiRoot` where the API is somewhere
 * else. Anything else would let whoever forges a handle make the bot post there.
 */
export function isResponseUrl(url: string, apiRoot?: string): boolean {
  const parsed = parseUrl(url);
  if (parsed === undefined || parsed.username !== '' || parsed.password !== '') return false;
  if (parsed.origin === defaultOrigin) return true;
  return apiRoot !== undefined && parsed.origin === parseUrl(apiRoot)?.origin;
}

const part = z.string().min(1).max(2_000);
const optionalPart = z.union([z.literal(''), part]);
const placeSchema = z.tuple([z.enum(['m', 'q']), part, optionalPart, part]);
const triggerSchema = z.tuple([
  z.enum(['s', 'p']),
  part,
  optionalPart,
  part,
  part,
  optionalPart,
  z.int().min(0),
]);

const letters = { message: 'm', silent: 'q', slash: 's', press: 'p' } as const;

export function encodeHandle(handle: InteractionHandle): string {
  const place = [letters[handle.kind], handle.channelId, handle.threadId ?? '', handle.userId];
  if (handle.kind === 'message' || handle.kind === 'silent') return JSON.stringify(place);
  return JSON.stringify([...place, handle.triggerId, handle.responseUrl ?? '', handle.issuedAt]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const placeOf = (channelId: string, threadId: string, userId: string): Place => ({
  channelId,
  userId,
  ...(threadId === '' ? {} : { threadId }),
});

function toHandle(parts: unknown, apiRoot: string | undefined): InteractionHandle | undefined {
  const plain = placeSchema.safeParse(parts);
  if (plain.success) {
    const [letter, ...place] = plain.data;
    return { kind: letter === 'm' ? 'message' : 'silent', ...placeOf(...place) };
  }
  const triggered = triggerSchema.safeParse(parts);
  if (!triggered.success) return undefined;
  const [letter, channelId, threadId, userId, triggerId, responseUrl, issuedAt] = triggered.data;
  if (responseUrl !== '' && !isResponseUrl(responseUrl, apiRoot)) return undefined;
  return {
    kind: letter === 's' ? 'slash' : 'press',
    ...placeOf(channelId, threadId, userId),
    triggerId,
    issuedAt,
    ...(responseUrl === '' ? {} : { responseUrl }),
  };
}

/** The inverse of `encodeHandle`; `undefined` for a string it could not have made, or with an address not to be trusted. */
export function decodeHandle(text: string, apiRoot?: string): InteractionHandle | undefined {
  const handle = toHandle(parseJson(text), apiRoot);
  return handle !== undefined && encodeHandle(handle) === text ? handle : undefined;
}
