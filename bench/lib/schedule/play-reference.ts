import { mergeSpans, type Span } from '../../../core/domain/span.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/domain/wall-clock.ts';
import type { Community } from './community.ts';
import { anythingBusy, spansByDay } from './meetings.ts';
import type { Played, WorkShape } from './work.ts';

const lookEveryMs = MINUTE_MS;
const idleMs = 30 * MINUTE_MS;
/** By the clock of the host, which is a server in UTC. */
const sleep = { startHour: 23, endHour: 7 };

/**
 * The reference’s rule: sleep hours by the host’s clock, idle or busy opens, whoever is there; looked at every minute, and what is begun
 * is a whole step, during which its door is shut: a message waits for the end of it.
 */
export function playReference(
  { span, messages, meetings }: Community,
  readsCalendar: boolean,
  { callMs, callsAStep }: WorkShape,
): Played {
  const isBusy = spansByDay(readsCalendar ? anythingBusy(meetings) : []);
  const steps: Span[] = [];
  const waitsMs: number[] = [];
  const answers: Span[] = [];
  let lastMessageAt = span.from;
  let stepEnd = Number.NEGATIVE_INFINITY;
  let tick = span.from;

  function tickUntil(to: number): void {
    for (; tick < to; tick += lookEveryMs) {
      if (tick < stepEnd) continue;
      if (!(isAsleep(tick) || tick - lastMessageAt >= idleMs || isBusy(tick))) continue;
      stepEnd = tick + callMs * callsAStep;
      steps.push({ from: tick, to: stepEnd });
    }
  }

  for (const { at, answerMs } of messages) {
    tickUntil(at);
    const begins = Math.max(at, stepEnd);
    waitsMs.push(begins - at);
    answers.push({ from: at, to: begins + answerMs });
    lastMessageAt = at;
  }
  tickUntil(span.to);
  return { trained: mergeSpans(steps), lostMs: 0, waitsMs, answers, interrupted: new Map(), closed: [] };
}

function isAsleep(at: number): boolean {
  const hour = (at % DAY_MS) / HOUR_MS;
  return hour >= sleep.startHour || hour <= sleep.endHour;
}
