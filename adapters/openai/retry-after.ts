/**
 * How long the peer asked us to wait, in milliseconds: `retry-after-ms`, else `retry-after` as seconds or as a date.
 * A date is read against the peer's own `date` header where there is one, so that our clock may be wrong.
 * Undefined where the headers say nothing that can be understood.
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const milliseconds = number(headers.get('retry-after-ms'));
  if (milliseconds !== undefined) return milliseconds;
  const header = headers.get('retry-after');
  const seconds = number(header);
  if (seconds !== undefined) return seconds * 1000;
  // A bare number that is no wait ("-1") must not be taken for a year.
  if (header === null || !/[a-z]/i.test(header)) return undefined;
  const until = Date.parse(header);
  if (Number.isNaN(until)) return undefined;
  const peerNow = Date.parse(headers.get('date') ?? '');
  return Math.max(0, until - (Number.isNaN(peerNow) ? nowMs : peerNow));
}

function number(text: string | null): number | undefined {
  if (text === null || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
