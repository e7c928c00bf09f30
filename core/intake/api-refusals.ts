import type { ApiKey } from '../domain/api-key.ts';
import type { ApiRefused } from '../ports/api-access.ts';

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** `waitMs`: until it may succeed. */
function refused(reason: ApiRefused['reason'], message: string, waitMs?: number): ApiRefused {
  if (waitMs === undefined) return { kind: 'refused', reason, message };
  return { kind: 'refused', reason, message, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
}

export const keyNeeded: ApiRefused = refused(
  'auth_failed',
  'A key is needed here. Make one with `metaclaw key create <name>` on the machine of the bot, and send it as the API key or in the header x-metaclaw-key.',
);

export const keyUnknown: ApiRefused = refused(
  'auth_failed',
  'This key is not known here. `metaclaw key list` shows which there are, `metaclaw key create <name>` makes one.',
);

export const adminAsksNoModel: ApiRefused = refused(
  'auth_failed',
  'This is an admin key, which gives commands and asks no model. Use an agent’s key: `metaclaw key create <name>` makes one.',
);

export function keyRevoked({ name }: ApiKey, revokedAt: number): ApiRefused {
  return refused(
    'auth_failed',
    `The key “${name}” was revoked on ${dayOf(revokedAt)}. \`metaclaw key create <name>\` makes another.`,
  );
}

/** `endsAt`: when the month does. */
export function monthUsedUp({ name }: ApiKey, tokens: number, endsAt: number, now: number): ApiRefused {
  return refused(
    'quota_exhausted',
    `The key “${name}” has used up its tokens of this month (${tokens}). It goes on on ${dayOf(endsAt)} (UTC), or when \`metaclaw key change\` gives it more.`,
    endsAt - now,
  );
}

export function monthHeld({ name }: ApiKey, tokens: number): ApiRefused {
  return refused(
    'rate_limited',
    `What the key “${name}” has under way may use up its tokens of this month (${tokens}). Wait for it to end.`,
    0,
  );
}

export function tooManyAtOnce({ name }: ApiKey, most: number): ApiRefused {
  return refused(
    'rate_limited',
    `The key “${name}” has as many requests under way as it may have at once (${most}). Wait for one of them to end.`,
    0,
  );
}

export function tooManyAMinute({ name }: ApiKey, perMinute: number, waitMs: number): ApiRefused {
  return refused(
    'rate_limited',
    `The key “${name}” has asked as often as it may in a minute (${perMinute}). Ask again a little later.`,
    waitMs,
  );
}
