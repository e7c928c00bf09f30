import { QUARTER_MS } from '../domain/activity-profile.ts';
import { clipSpans, type Span } from '../domain/span.ts';
import { MINUTE_MS, type WallMs } from '../domain/wall-clock.ts';
import { expectedWindows } from './expect-window.ts';
import { decideWindow, type WindowInput } from './window-rule.ts';

export interface SimulateWeekInput {
  /** As it is now. */
  readonly input: WindowInput;
  /** In order, without gaps, from now on; each with its midnight by the wall clock. */
  readonly days: readonly { readonly day: WallMs; readonly span: Span }[];
  /** How many weeks are drawn, at least 1. */
  readonly draws: number;
  /** 0 … 1 without 1. */
  readonly random: () => number;
}

export interface SimulatedDay {
  readonly day: WallMs;
  /** If nobody comes. */
  readonly windows: readonly Span[];
  /** Mean over the draws. */
  readonly expectedMs: number;
  /** How often somebody is expected to come while a window is open. */
  readonly expectedInterruptions: number;
}

/** What a quarter of an hour is like in every draw. */
interface Quarter extends Span {
  readonly place: number;
  /** Open however short a time nobody was there; only then; or not at all. */
  readonly kind: 'away' | 'idle' | 'closed';
  /** How probably somebody comes who was not there before. */
  readonly comes: number;
}

/**
 * The coming days as the rule and the usual activity have them, by many drawn weeks. Whoever comes is drawn alone: how long they stay is not known
 * of the profile, so that busy hours look a little better than they are.
 */
export function simulateWeek({ input, days, draws, random }: SimulateWeekInput): readonly SimulatedDay[] {
  const end = days.at(-1)?.span.to ?? input.now;
  const windows = expectedWindows(input, end);
  const quarters = days.flatMap(({ span }, place) => quartersOf(span, place, input));
  const sums = days.map(() => ({ openMs: 0, interruptions: 0 }));
  for (let draw = 0; draw < draws; draw += 1) drawWeek(quarters, input, random, sums);
  return days.map(({ day, span }, place) => ({
    day,
    windows: clipSpans(windows, span),
    expectedMs: (sums[place]?.openMs ?? 0) / draws,
    expectedInterruptions: (sums[place]?.interruptions ?? 0) / draws,
  }));
}

function quartersOf(span: Span, place: number, input: WindowInput): readonly Quarter[] {
  const quarters: Quarter[] = [];
  for (let from = span.from; from < span.to; from += QUARTER_MS) {
    const to = Math.min(span.to, from + QUARTER_MS);
    const minutes = (to - from) / MINUTE_MS;
    const quiet = input.spaces.reduce((product, space) => product * space.quiet(from, minutes), 1);
    quarters.push({ from, to, place, kind: kindAt(from, input), comes: 1 - quiet });
  }
  return quarters;
}

function kindAt(at: number, { lastMessageAt: _, ...input }: WindowInput): Quarter['kind'] {
  const then = { ...input, now: at, isAnswering: false, isOpen: true };
  const isOpen = (lastActivityAt: number | undefined): boolean =>
    decideWindow({ ...then, spaces: input.spaces.map((space) => withLast(space, lastActivityAt)) }).isOpen;
  if (!isOpen(undefined)) return 'closed';
  return isOpen(at - input.wokenMs) ? 'away' : 'idle';
}

function withLast(
  { lastActivityAt: _, ...space }: WindowInput['spaces'][number],
  lastActivityAt: number | undefined,
): WindowInput['spaces'][number] {
  return lastActivityAt === undefined ? space : { ...space, lastActivityAt };
}

function drawWeek(
  quarters: readonly Quarter[],
  { vetoMs, wokenMs, idleMs, spaces, lastMessageAt }: WindowInput,
  random: () => number,
  sums: readonly { openMs: number; interruptions: number }[],
): void {
  let lastAt = lastMessageAt ?? Number.NEGATIVE_INFINITY;
  for (const { lastActivityAt = lastAt } of spaces) lastAt = Math.max(lastAt, lastActivityAt);
  for (const { from, to, place, kind, comes } of quarters) {
    const sum = sums[place];
    if (sum === undefined) continue;
    const quietMs = kind === 'away' ? Math.max(vetoMs, wokenMs) : idleMs;
    const arrivesAt = random() < comes ? from + random() * (to - from) : undefined;
    const until = arrivesAt ?? to;
    const openFrom = kind === 'closed' ? Number.POSITIVE_INFINITY : Math.max(from, lastAt + quietMs);
    if (openFrom < until) {
      sum.openMs += until - openFrom;
      if (arrivesAt !== undefined) sum.interruptions += 1;
    }
    if (arrivesAt === undefined) continue;
    lastAt = arrivesAt;
    if (kind !== 'closed') sum.openMs += Math.max(0, to - (arrivesAt + quietMs));
  }
}
