import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CalendarAccess } from '../../core/domain/calendar.ts';
import type { Span } from '../../core/domain/span.ts';
import { DAY_MS, HOUR_MS } from '../../core/domain/wall-clock.ts';
import type { CalendarPort, CalendarRequest } from '../../core/ports/calendar.ts';

/** What can go wrong at the place where calendars are kept. */
export type CalendarTrouble = 'auth_failed' | 'not_found' | 'not_allowed' | 'rate_limited' | 'peer_failed';

/** A calendar adapter over a server that a test rules. */
export interface CalendarUnderTest {
  readonly calendar: CalendarPort;
  /** Opens the calendar that `keep` fills; no error may show `hidden`. */
  readonly secret: string;
  readonly hidden: string;
  readonly calendarId: string;
  /** The calendar holds these busy events from now on, and nothing else. */
  keep(busy: readonly Span[]): void;
  /** Every request is answered with that until `keep` is called. */
  fail(trouble: CalendarTrouble): void;
  /** No request is answered until `keep` is called. Resolves when one has come. */
  hang(): Promise<void>;
  close(): Promise<void>;
}

export interface CalendarContract {
  readonly name: string;
  readonly access: CalendarAccess;
  readonly troubles: readonly CalendarTrouble[];
  create(): Promise<CalendarUnderTest>;
}

const monday = Date.UTC(2026, 2, 23);
const hours = (from: number, to: number): Span => ({
  from: monday + from * HOUR_MS,
  to: monday + to * HOUR_MS,
});
const live = (): AbortSignal => new AbortController().signal;

/** What every `CalendarPort` promises, whatever it reads. */
export function calendarContract({ name, access, troubles, create }: CalendarContract): void {
  describe(`CalendarPort: ${name}`, () => {
    let subject: CalendarUnderTest;
    beforeEach(async () => {
      subject = await create();
    });
    afterEach(() => subject.close());

    const request = (changes: Partial<CalendarRequest> = {}): CalendarRequest => ({
      secret: subject.secret,
      calendarId: subject.calendarId,
      access,
      asked: { from: monday, to: monday + 7 * DAY_MS },
      zone: 'Europe/Berlin',
      ...changes,
    });
    const read = (changes?: Partial<CalendarRequest>) => subject.calendar.read(request(changes), live());

    test('a secret tells the same of itself each time, and what is none does no harm', () => {
      const facts = subject.calendar.about(subject.secret);
      expect(subject.calendar.about(subject.secret)).toEqual(facts);
      expect(facts.atOnce).toBeGreaterThanOrEqual(1);
      const others = ['', '{', 'null', 'nonsense', '{"kind":"oauth"}'].map((text) =>
        subject.calendar.about(text),
      );
      expect(new Set([facts, ...others].map(({ account }) => account)).size).toBe(1 + others.length);
    });

    test('an empty calendar is never busy', async () => {
      subject.keep([]);
      expect((await read()).busy).toEqual([]);
    });

    test('busy times are merged, in order, and none is outside what was asked', async () => {
      subject.keep([
        hours(30, 31),
        hours(9, 10),
        hours(9.5, 11),
        hours(-2, 1),
        hours(11, 12),
        hours(167, 170),
        hours(-9, -8),
      ]);
      expect((await read()).busy).toEqual([hours(0, 1), hours(9, 12), hours(30, 31), hours(167, 168)]);
    });

    test('with the cursor of the last reading it gives what holds now, also for another time', async () => {
      subject.keep([hours(9, 10), hours(200, 201)]);
      const cursorOf = ({ cursor }: { readonly cursor?: string }): Partial<CalendarRequest> =>
        cursor === undefined ? {} : { cursor };
      const first = await read();
      const again = await read(cursorOf(first));
      expect(again.busy).toEqual([hours(9, 10)]);
      const later = { from: monday + 7 * DAY_MS, to: monday + 10 * DAY_MS };
      expect((await read({ ...cursorOf(again), asked: later })).busy).toEqual([hours(200, 201)]);
      subject.keep([hours(12, 13)]);
      expect((await read(cursorOf(again))).busy).toEqual([hours(12, 13)]);
      subject.keep([]);
      const last = await read(cursorOf(again));
      expect(last.busy).toEqual([]);
      const much = { from: monday - 50 * DAY_MS, to: monday + 10 * DAY_MS };
      subject.keep([hours(-900, -899), hours(9, 10)]);
      expect((await read({ ...cursorOf(last), asked: much })).busy).toEqual([
        hours(-900, -899),
        hours(9, 10),
      ]);
    });

    test.each(['', 'x', '{}', '[]', 'null', '{"v":1}', '{"v":9,"busy":[]}'])(
      'a cursor that means nothing to it is no failure: %s',
      async (cursor) => {
        subject.keep([hours(9, 10)]);
        expect((await read({ cursor })).busy).toEqual([hours(9, 10)]);
      },
    );

    test.each(troubles)('%s, said without the secret, and all is well afterwards', async (trouble) => {
      subject.keep([hours(9, 10)]);
      const { cursor } = await read();
      subject.fail(trouble);
      const failure: unknown = await read(cursor === undefined ? {} : { cursor }).catch(
        (thrown: unknown) => thrown,
      );
      const retryable = trouble === 'rate_limited' || trouble === 'peer_failed';
      expect(failure).toMatchObject({ name: 'AppError', code: trouble, retryable });
      if (trouble === 'rate_limited') {
        expect(failure).toMatchObject({ retryAfterMs: expect.any(Number) });
      }
      expect(everythingIn(failure)).not.toContain(subject.hidden);
      subject.keep([hours(12, 13)]);
      expect((await read(cursor === undefined ? {} : { cursor })).busy).toEqual([hours(12, 13)]);
    });

    test('a signal that fires, before or on the way, ends it with `aborted`', async () => {
      subject.keep([]);
      const aborted = { name: 'AppError', code: 'aborted' };
      await expect(subject.calendar.read(request(), AbortSignal.abort())).rejects.toMatchObject(aborted);
      const came = subject.hang();
      const controller = new AbortController();
      const reading = subject.calendar.read(request(), controller.signal);
      await came;
      controller.abort();
      await expect(reading).rejects.toMatchObject(aborted);
    });

    test('giving the right back twice is no failure', async () => {
      subject.keep([]);
      await subject.calendar.revoke(subject.secret, live());
      await subject.calendar.revoke(subject.secret, live());
    });
  });
}

/** What a log could show of an error. */
function everythingIn(thrown: unknown): string {
  const parts: string[] = [];
  for (let error = thrown; error instanceof Error; error = error.cause) {
    parts.push(error.message, error.stack ?? '', JSON.stringify(error));
  }
  return parts.join('\n');
}
