import { spaceId } from '../../../core/domain/ids.ts';
import type { QuietForecast } from '../../../core/domain/quiet-forecast.ts';
import type { SpaceSignals, WindowSignal, WindowVerdict } from '../../../core/domain/schedule.ts';
import { sleepSpans } from '../../../core/domain/sleep-spans.ts';
import type { Span } from '../../../core/domain/span.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/domain/wall-clock.ts';
import { decideWindow, type WindowInput } from '../../../core/schedule/window-rule.ts';
import { createCalls } from './calls.ts';
import type { Community } from './community.ts';
import type { Learned } from './learn.ts';
import { countedBusy } from './meetings.ts';
import type { Played, WorkShape } from './work.ts';

export interface OurRule
  extends Pick<WindowInput, 'vetoMs' | 'wokenMs' | 'idleMs' | 'neededQuiet' | 'leastMs'> {
  /** What it makes of the signals before it decides; absent: nothing. */
  readonly heed?: (signals: SpaceSignals, now: number) => SpaceSignals;
}

/** As shipped. */
export const ourRule: OurRule = {
  vetoMs: 3 * MINUTE_MS,
  wokenMs: 20 * MINUTE_MS,
  idleMs: 30 * MINUTE_MS,
  neededQuiet: 0.8,
  leastMs: 15 * MINUTE_MS,
};

const spaceOfAll = spaceId('web', 'community');
const lookEveryMs = MINUTE_MS;
/** As far ahead spans are told, as the product does. */
const aheadMs = 8 * DAY_MS;
const spansKeptMs = DAY_MS;

/**
 * The product’s rule, profile, forecast and sleep hours over a community’s time, as its scheduler has them: looked at with every
 * message and answer, when something is known to turn, and every minute. What comes later is not known to it.
 */
export function playOurs(community: Community, learned: Learned, rule: OurRule, work: WorkShape): Played {
  const { span, messages } = community;
  const signalsAt = createSignals(community);
  const calls = createCalls(work);
  const closed: Played['closed'][number][] = [];
  const interrupted = new Map<WindowSignal, number>();
  const waitsMs: number[] = [];
  const answers: Span[] = [];
  let verdict: WindowVerdict = { isOpen: false, bar: 'starting' };
  let openedBy: readonly WindowSignal[] = [];
  let since = span.from;
  let nextLook = span.from;
  let lastMessageAt: number | undefined;
  let answeringUntil = span.from;

  function decide(now: number): WindowVerdict {
    const signals = signalsAt(now, lastMessageAt, learned.at(now));
    return decideWindow({
      ...rule,
      now,
      spaces: [rule.heed?.(signals, now) ?? signals],
      ...(lastMessageAt === undefined ? {} : { lastMessageAt }),
      isAnswering: answeringUntil > now,
      isOpen: verdict.isOpen,
    });
  }

  function noteClosed(span: Played['closed'][number]): void {
    const last = closed.at(-1);
    if (last?.to === span.from && last.bar === span.bar) closed[closed.length - 1] = { ...last, to: span.to };
    else if (span.from < span.to) closed.push(span);
  }

  function turn(now: number, next: WindowVerdict): void {
    if (!verdict.isOpen) noteClosed({ from: since, to: now, bar: verdict.bar });
    if (next.isOpen) {
      if (!verdict.isOpen) openedBy = next.by;
      calls.open(now, next.until ?? Number.POSITIVE_INFINITY);
    } else if (verdict.isOpen) calls.close(next.bar === 'message' ? now + work.reactMs : now);
    verdict = next;
    since = now;
  }

  function look(now: number): void {
    calls.advance(now);
    const next = decide(now);
    turn(now, next);
    const vetoEnd = (lastMessageAt ?? Number.NEGATIVE_INFINITY) + rule.vetoMs;
    const known = [answeringUntil, vetoEnd, ...(next.isOpen && next.until !== undefined ? [next.until] : [])];
    nextLook = Math.min(now + lookEveryMs, ...known.filter((at) => at > now));
  }

  function lookUntil(to: number): void {
    while (nextLook < to) look(nextLook);
  }

  for (const { at, answerMs } of messages) {
    lookUntil(at);
    if (verdict.isOpen) {
      for (const signal of openedBy) interrupted.set(signal, (interrupted.get(signal) ?? 0) + 1);
    }
    turn(at, { isOpen: false, bar: 'message' });
    const begins = calls.endOfFlight(at);
    waitsMs.push(begins - at);
    answers.push({ from: at, to: begins + answerMs });
    answeringUntil = Math.max(answeringUntil, begins + answerMs);
    lastMessageAt = at;
    nextLook = Math.min(at + lookEveryMs, answeringUntil);
  }
  lookUntil(span.to);
  turn(span.to, { isOpen: false, bar: 'starting' });
  return { ...calls.done(), waitsMs, answers, interrupted, closed };
}

function createSignals({ rules, sleep, meetings, calendarOf, isShared }: Community) {
  const allBusy = countedBusy(meetings);
  let kept:
    | { readonly madeAt: number; readonly sleep: readonly Span[]; readonly busy: readonly Span[] }
    | undefined;
  return (now: number, lastActivityAt: number | undefined, quiet: QuietForecast): SpaceSignals => {
    if (kept === undefined || now - kept.madeAt >= spansKeptMs) {
      const within = { from: now - DAY_MS, to: now + aheadMs + spansKeptMs };
      kept = {
        madeAt: now,
        sleep: sleepSpans(sleep, rules, within),
        busy: allBusy.filter(({ from, to }) => to > within.from && from < within.to),
      };
    }
    return {
      spaceId: spaceOfAll,
      sleep: kept.sleep,
      busy: calendarOf === 'space' ? kept.busy : [],
      peopleAway: calendarOf === 'person' ? kept.busy : [],
      isShared,
      ...(lastActivityAt === undefined ? {} : { lastActivityAt }),
      quiet,
    };
  };
}
