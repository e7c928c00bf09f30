import { QUARTER_MS } from '../domain/activity-profile.ts';
import type { SpaceSignals, WindowVerdict } from '../domain/schedule.ts';
import { mergeSpans, type Span } from '../domain/span.ts';
import { WEEK_MS } from '../domain/wall-clock.ts';
import { decideWindow, vetoEnd, type WindowInput } from './window-rule.ts';

/**
 * The verdict with when it should open and by what, within the coming week, if nobody comes until then. What an answer under way
 * will take is not known: it counts as if it ended now.
 */
export function expectWindow(input: WindowInput): WindowVerdict {
  const verdict = decideWindow(input);
  if (verdict.isOpen) return verdict;
  for (const at of candidates(input)) {
    const then = decideWindow({ ...input, now: at, isAnswering: false, isOpen: false });
    if (then.isOpen) return { ...verdict, nextAt: at, nextBy: then.by };
  }
  return verdict;
}

/** The windows of the coming time, if nobody comes: merged, from now on at the earliest, to `until`. */
export function expectedWindows(input: WindowInput, until: number): readonly Span[] {
  const spans: Span[] = [];
  let { isOpen } = input;
  const turns = candidates(input, until);
  for (const [place, at] of turns.entries()) {
    const verdict = decideWindow({ ...input, now: at, isAnswering: false, isOpen });
    isOpen = verdict.isOpen;
    if (isOpen) spans.push({ from: at, to: turns[place + 1] ?? until });
  }
  return mergeSpans(spans);
}

/** Instants at which a verdict can turn, in order: between them nothing that opens or closes it changes. Of a forecast, every quarter. */
function candidates(input: WindowInput, end = input.now + WEEK_MS): readonly number[] {
  const { now } = input;
  const quarters = Array.from(
    { length: Math.max(0, Math.ceil((end - now) / QUARTER_MS)) },
    (_, place) => (Math.floor(now / QUARTER_MS) + 1 + place) * QUARTER_MS,
  );
  const turns = input.spaces.flatMap((space) => turnsOf(space, input));
  const all = [now, vetoEnd(input), ...turns, ...quarters].filter((at) => at >= now && at < end);
  return [...new Set(all)].sort((a, b) => a - b);
}

function turnsOf(space: SpaceSignals, { idleMs, wokenMs }: WindowInput): readonly number[] {
  const bounds = [...space.sleep, ...space.busy, ...space.peopleAway].flatMap(({ from, to }) => [from, to]);
  return [
    ...bounds,
    ...(space.lastActivityAt === undefined
      ? []
      : [space.lastActivityAt + idleMs, space.lastActivityAt + wokenMs]),
    ...(space.manual === undefined ? [] : [space.manual.until]),
  ];
}
