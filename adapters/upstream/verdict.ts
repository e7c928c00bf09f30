import { headerOf, type ServerHeaders } from './headers.ts';

/** What an answer's head asks for before anybody has seen it. */
export type Verdict =
  /** It is the caller's. */
  | { readonly kind: 'pass' }
  /** The same server may do better after `waitMs` at least, else the next. */
  | { readonly kind: 'again'; readonly waitMs: number }
  /** Another server may do better, at once; this one asks to be left alone. */
  | { readonly kind: 'elsewhere' };

/** Milliseconds. Who is asked to wait longer is told so and waits by itself. */
const longestWaitMs = 2_000;

/** The server's, or what stands before it, and may pass: RFC 9110, 15.5 and 15.6; 520 to 524 are Cloudflare's, 529 Anthropic's "overloaded". */
const mayPass: ReadonlySet<number> = new Set([408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529]);

/** Whether an answer with this status speaks against the server. */
export const isServersFault = (status: number): boolean => mayPass.has(status);

/**
 * `x-should-retry` is what the model servers tell their own clients: `true` for an error that passes (a 409 over a lock), `false`
 * for one that does not.
 */
export function judgeHead(status: number, headers: ServerHeaders, nowMs: number): Verdict {
  if (status < 400) return { kind: 'pass' };
  if (status === 429) return { kind: 'elsewhere' };
  const says = headerOf(headers, 'x-should-retry');
  if (!mayPass.has(status) && says !== 'true') return { kind: 'pass' };
  const waitMs = retryAfterMs(headers, nowMs) ?? 0;
  return says === 'false' || waitMs > longestWaitMs ? { kind: 'elsewhere' } : { kind: 'again', waitMs };
}

/** `retry-after-ms`, else `retry-after` in seconds or as a date, which is read against the server's own `date`. Undefined where they say nothing. */
function retryAfterMs(headers: ServerHeaders, nowMs: number): number | undefined {
  const exactMs = plainNumber(headerOf(headers, 'retry-after-ms'));
  if (exactMs !== undefined) return exactMs;
  const given = headerOf(headers, 'retry-after');
  const seconds = plainNumber(given);
  if (seconds !== undefined) return seconds * 1_000;
  if (given === undefined || !/[a-z]/i.test(given)) return undefined;
  const untilMs = Date.parse(given);
  if (Number.isNaN(untilMs)) return undefined;
  const serversMs = Date.parse(headerOf(headers, 'date') ?? '');
  return Math.max(0, untilMs - (Number.isNaN(serversMs) ? nowMs : serversMs));
}

function plainNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,12}(\.\d{1,6})?\s*$/.test(text) ? Number(text) : undefined;
}
