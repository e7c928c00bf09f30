import type { SpaceSignals, WindowBar, WindowSignal, WindowVerdict } from '../domain/schedule.ts';
import { mergeSpans, type Span, spanAt } from '../domain/span.ts';

/** Everything that decides whether the window of some spaces is open. Instants are epoch milliseconds. */
export interface WindowInput {
  readonly now: number;
  /** All of them must be without people. None: nobody was ever there. */
  readonly spaces: readonly SpaceSignals[];
  /** The last message over all spaces that the same engine serves; absent: none that is known. */
  readonly lastMessageAt?: number;
  /** An answer is under way in one of these. */
  readonly isAnswering: boolean;
  /** It is open at this moment: what is too short to begin is not too short to go on. */
  readonly isOpen: boolean;
  /** How long a message keeps it closed, whatever else holds. */
  readonly vetoMs: number;
  /**
   * Who was active in hours of sleep, or in a meeting, is not away: such a span counts again only when they were quiet for so long. Wrong hours would
   * else open again between any two messages.
   */
  readonly wokenMs: number;
  /** A space is idle from so long without anybody on. */
  readonly idleMs: number;
  /** How probably idle time must stay quiet, 0 … 1. */
  readonly neededQuiet: number;
  /** What is shorter is of no use. */
  readonly leastMs: number;
}

/** Idle time must be expected to stay quiet for so long. */
export const forecastMinutes = 15;

interface Away {
  readonly by: WindowSignal;
  readonly spans: readonly Span[];
}

type SpaceVerdict =
  | { readonly isAway: true; readonly by: readonly WindowSignal[]; readonly until: number }
  /** Only as long as nobody comes. */
  | { readonly isAway: false; readonly isIdle: true; readonly quiet: number }
  | { readonly isAway: false; readonly isIdle: false; readonly bar: WindowBar };

/**
 * Whether the slow loop may run (OMLS, paper section 3.5, with activity as a veto over every other signal): open = (sleep ∨ calendar ∨
 * everybody away ∨ (idle ∧ forecast quiet)) in every space, no message a moment ago, and enough time left. The next opening is not told: see
 * `expectWindow`.
 */
export function decideWindow(input: WindowInput): WindowVerdict {
  const { now, spaces } = input;
  const closed = spaces.find(({ manual }) => manual?.kind === 'closed' && now < manual.until);
  if (closed !== undefined) return { isOpen: false, bar: 'manual', spaceId: closed.spaceId };
  if (input.isAnswering) return { isOpen: false, bar: 'answering' };
  if (vetoEnd(input) > now) return { isOpen: false, bar: 'message' };
  return decideAway(input);
}

/** Until when a message keeps it closed. */
export function vetoEnd({ now, lastMessageAt, vetoMs }: WindowInput): number {
  return lastMessageAt === undefined ? Number.NEGATIVE_INFINITY : Math.min(lastMessageAt, now) + vetoMs;
}

function decideAway(input: WindowInput): WindowVerdict {
  const by = new Set<WindowSignal>();
  let until = Number.POSITIVE_INFINITY;
  let quiet = 1;
  let leastQuiet: { readonly spaceId: SpaceSignals['spaceId']; readonly quiet: number } | undefined;
  for (const space of input.spaces) {
    const verdict = decideSpace(space, input);
    if (verdict.isAway) {
      for (const signal of verdict.by) by.add(signal);
      until = Math.min(until, endOf(space, verdict.until, input));
    } else if (verdict.isIdle) {
      by.add('idle');
      quiet *= verdict.quiet;
      if (leastQuiet === undefined || verdict.quiet < leastQuiet.quiet) {
        leastQuiet = { spaceId: space.spaceId, quiet: verdict.quiet };
      }
    } else return { isOpen: false, bar: verdict.bar, spaceId: space.spaceId };
  }
  // Somebody comes as soon as one of them does, in whatever space.
  if (leastQuiet !== undefined && quiet < input.neededQuiet) {
    return { isOpen: false, bar: 'forecast', spaceId: leastQuiet.spaceId, quiet };
  }
  if (by.size === 0) by.add('idle');
  return { isOpen: true, by: [...by], ...(Number.isFinite(until) ? { until } : {}) };
}

/** Where the one space would be idle then, and should stay quiet, its sleep is not the end of it. */
function endOf(space: SpaceSignals, until: number, { spaces, idleMs, neededQuiet }: WindowInput): number {
  const goesOn =
    spaces.length === 1 && isIdle(space, until, idleMs) && space.quiet(until, forecastMinutes) >= neededQuiet;
  return goesOn ? Number.POSITIVE_INFINITY : until;
}

function decideSpace(space: SpaceSignals, input: WindowInput): SpaceVerdict {
  const { now } = input;
  const away = awayAt(space, now, input);
  const leastMs = input.isOpen ? 1 : input.leastMs;
  if (away !== undefined && away.until - now >= leastMs) return { isAway: true, ...away };
  if (isIdle(space, now, input.idleMs)) {
    return { isAway: false, isIdle: true, quiet: space.quiet(now, forecastMinutes) };
  }
  return { isAway: false, isIdle: false, bar: away === undefined ? 'awake' : 'short' };
}

function isIdle({ lastActivityAt }: SpaceSignals, now: number, idleMs: number): boolean {
  return lastActivityAt === undefined || now - Math.min(lastActivityAt, now) >= idleMs;
}

/** By what a space is without people at an instant, and until when without a break. */
function awayAt(
  space: SpaceSignals,
  at: number,
  input: Pick<WindowInput, 'neededQuiet' | 'wokenMs'>,
): { readonly by: readonly WindowSignal[]; readonly until: number } | undefined {
  const reasons = awayReasons(space, at, input);
  const by = reasons.filter(({ spans }) => spanAt(spans, at) !== undefined).map((reason) => reason.by);
  if (by.length === 0) return undefined;
  const whole = spanAt(mergeSpans(reasons.flatMap(({ spans }) => spans)), at);
  return whole === undefined ? undefined : { by, until: whole.to };
}

/** Where others may be there than those who said when they are away, these say nothing unless it should be quiet besides. */
function awayReasons(
  space: SpaceSignals,
  at: number,
  input: Pick<WindowInput, 'neededQuiet' | 'wokenMs'>,
): readonly Away[] {
  const { manual, sleep, busy, peopleAway } = space;
  const speaksForAll =
    !space.isShared ||
    (spanAt(peopleAway, at) !== undefined && space.quiet(at, forecastMinutes) >= input.neededQuiet);
  const asleep = (spans: readonly Span[]): readonly Span[] =>
    isWoken(space, at, input.wokenMs) ? spans.filter((span) => !wasActiveIn(space, span, at)) : spans;
  return [
    { by: 'sleep', spans: asleep(sleep) },
    { by: 'calendar', spans: asleep(busy) },
    ...(speaksForAll ? [{ by: 'people', spans: asleep(peopleAway) } as const] : []),
    ...(manual?.kind === 'open' ? [{ by: 'manual', spans: [{ from: at, to: manual.until }] } as const] : []),
  ];
}

function isWoken({ lastActivityAt }: SpaceSignals, at: number, wokenMs: number): boolean {
  return lastActivityAt !== undefined && at - Math.min(lastActivityAt, at) < wokenMs;
}

/** In the one that an instant lies in. */
function wasActiveIn(
  { lastActivityAt = Number.NEGATIVE_INFINITY }: SpaceSignals,
  { from, to }: Span,
  at: number,
): boolean {
  return from <= at && at < to && from <= lastActivityAt;
}
