/** A calendar month in UTC. */
export interface UtcMonth {
  /** `2026-11`. */
  readonly name: string;
  /** Epoch milliseconds of its first instant. */
  readonly startsAt: number;
  /** Of the next month's first. */
  readonly endsAt: number;
}

/** `at`: epoch milliseconds. */
export function utcMonthOf(at: number): UtcMonth {
  const name = new Date(at).toISOString().slice(0, 7);
  const startsAt = Date.parse(`${name}-01T00:00:00Z`);
  // 32 days on it is the next month, whatever the length of this one.
  const next = new Date(startsAt + 32 * 86_400_000).toISOString().slice(0, 7);
  return { name, startsAt, endsAt: Date.parse(`${next}-01T00:00:00Z`) };
}
