import * as z from 'zod';

/** By what right a calendar is read. */
export type GoogleSecret =
  /** `account`: who agreed, as Google’s `sub`; absent where Google did not say. */
  | { readonly kind: 'oauth'; readonly refreshToken: string; readonly account?: string }
  /** By the service account; `subject` is the address of whom it acts for, which the domain must allow. */
  | { readonly kind: 'service'; readonly subject?: string };

const secretSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('oauth'),
    refreshToken: z.string().min(1),
    account: z.string().min(1).optional(),
  }),
  z.object({ kind: z.literal('service'), subject: z.string().min(1).optional() }),
]);

/** What `CalendarRequest.secret` is to be for a calendar that the service account reads: as itself, or for somebody of its domain. */
export function serviceSecret(subject?: string): string {
  return formatSecret({ kind: 'service', ...(subject !== undefined && { subject }) });
}

export function formatSecret(secret: GoogleSecret): string {
  return JSON.stringify(secret);
}

/** `undefined` for what is no secret of ours. */
export function parseSecret(text: string): GoogleSecret | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = secretSchema.safeParse(value);
  if (!parsed.success) return undefined;
  if (parsed.data.kind === 'oauth') {
    const { refreshToken, account } = parsed.data;
    return { kind: 'oauth', refreshToken, ...(account !== undefined && { account }) };
  }
  const { subject } = parsed.data;
  return { kind: 'service', ...(subject !== undefined && { subject }) };
}

/** Of one account Google takes all rights back at once, whichever of them is revoked. */
export function accountOf(text: string): string {
  const secret = parseSecret(text);
  return secret?.kind === 'oauth' && secret.account !== undefined ? `account ${secret.account}` : text;
}
