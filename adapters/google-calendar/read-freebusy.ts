import { clipSpans, mergeSpans, type Span } from '../../core/domain/span.ts';
import { DAY_MS } from '../../core/domain/wall-clock.ts';
import type { FreebusyQuestion } from './client.ts';
import { badReply } from './errors.ts';
import { parseFreebusy } from './wire.ts';

/** Google refuses long ranges (`timeRangeTooLong`) without saying which; a month it takes. */
const longestMs = 30 * DAY_MS;

export interface FreebusyDeps {
  ask(question: FreebusyQuestion): Promise<unknown>;
  errorOf(reason: string): Error;
}

/** When a calendar is busy as Google itself counts, merged and within `asked`. */
export async function readFreebusy(
  { ask, errorOf }: FreebusyDeps,
  calendarId: string,
  asked: Span,
): Promise<readonly Span[]> {
  const found: Span[] = [];
  for (let from = asked.from; from < asked.to; from += longestMs) {
    const to = Math.min(from + longestMs, asked.to);
    const question = {
      timeMin: new Date(from).toISOString(),
      timeMax: new Date(to).toISOString(),
      items: [{ id: calendarId }],
    };
    const answers = parseFreebusy(await ask(question));
    if (answers === undefined) throw badReply();
    const answer = answers.get(calendarId);
    const [reason] = answer === undefined ? ['notFound'] : answer.errors;
    if (reason !== undefined) throw errorOf(reason);
    for (const { start, end } of answer?.busy ?? []) {
      const span = { from: Date.parse(start), to: Date.parse(end) };
      if (Number.isNaN(span.from) || Number.isNaN(span.to)) throw badReply();
      found.push(span);
    }
  }
  return clipSpans(mergeSpans(found), asked);
}
