/** How long the server asks us to wait, milliseconds: `retry-after-ms`, else `retry-after` as seconds or as a date. Only up to an hour is believed. */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const exact = headers.get('retry-after-ms');
  const given = headers.get('retry-after');
  const waits = [
    exact === null ? Number.NaN : Number(exact),
    given === null ? Number.NaN : Number(given) * 1_000,
    given === null ? Number.NaN : Date.parse(given) - nowMs,
  ];
  const waitMs = waits.find((wait) => Number.isFinite(wait));
  return waitMs !== undefined && waitMs >= 0 && waitMs <= longestMs ? waitMs : undefined;
}

const longestMs = 3_600_000;
