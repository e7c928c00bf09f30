import { mergeSpans, type Span, spanAt } from '../../../core/domain/span.ts';

/**
 * An entry of a calendar. `tentative` ones are held or not; nobody goes to `declined` ones; `allDay` ones are birthdays and the
 * like, from midnight to midnight in UTC.
 */
export interface Meeting extends Span {
  readonly kind: 'accepted' | 'tentative' | 'declined' | 'allDay';
  /** Whether people sit in it. */
  readonly isHeld: boolean;
}

/** When a calendar is busy as a person counts. */
export function countedBusy(meetings: readonly Meeting[]): readonly Span[] {
  return mergeSpans(meetings.filter(({ kind }) => kind === 'accepted'));
}

/** When anything stands in it, as the reference counts. */
export function anythingBusy(meetings: readonly Meeting[]): readonly Span[] {
  return mergeSpans(meetings);
}

/** Whether people sit in a meeting at an instant; for many questions. */
export function sittingAt(meetings: readonly Meeting[]): (at: number) => boolean {
  return spansByDay(mergeSpans(meetings.filter(({ isHeld }) => isHeld)));
}

const bucketMs = 86_400_000;

/** Whether an instant lies in one of the spans; for many questions. */
export function spansByDay(spans: readonly Span[]): (at: number) => boolean {
  const byDay = new Map<number, Span[]>();
  for (const span of spans) {
    for (let day = Math.floor(span.from / bucketMs); day * bucketMs < span.to; day += 1) {
      byDay.set(day, [...(byDay.get(day) ?? []), span]);
    }
  }
  return (at) => spanAt(byDay.get(Math.floor(at / bucketMs)) ?? [], at) !== undefined;
}
