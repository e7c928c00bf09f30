import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { databasePath } from '../../config/storage.ts';
import { calendarOf, eventOf } from '../adapters/ics-calendar/feed-texts.ts';
import { timed } from '../fakes/google/calendars.ts';
import { openCalendars, publicUrl } from './schedule-calendars.ts';
import { hourMs, minuteMs, neverIdle } from './schedule-rig.ts';
import { closedBy, expectedAt, openBy } from './schedule-said.ts';
import { startTrainingBot } from './training-bot.ts';
import { createSkippingClock } from './training-clock.ts';
import { settingsWith } from './training-settings.ts';

/** A Monday. */
const nine = Date.UTC(2026, 2, 2, 9);

/** Everything that is kept of calendars. */
function stored(homeFolder: string): readonly unknown[] {
  const database = new Database(databasePath(homeFolder), { readonly: true });
  try {
    return ['calendars', 'calendar_secrets'].flatMap((table) =>
      database.prepare(`SELECT * FROM ${table}`).all(),
    );
  } finally {
    database.close();
  }
}

const tokenIn = (html: string): string => /name="token" value="([^"]+)"/.exec(html)?.[1] ?? '';

/** A browser, as far as it keeps its cookies: looks at a page, or sends a form. */
function visitor(
  address: string,
): (path: string, form?: Readonly<Record<string, string>>) => Promise<Response> {
  let cookie = '';
  return async (path, form) => {
    const response = await fetch(`${address}${path}`, {
      headers: { cookie },
      redirect: 'manual',
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    const [given = ''] = (response.headers.get('set-cookie') ?? '').split(';');
    if (given !== '') cookie = given;
    return response;
  };
}

test('calendars are linked in chat and on a page, open the window, and are forgotten', async () => {
  const clock = createSkippingClock(nine);
  const { google, feeds, feedAddress, sources } = await openCalendars(clock);
  google.calendar('primary').put({ id: 'review', ...timed(nine + hourMs, nine + 3 * hourMs) });
  const team = calendarOf(...eventOf('UID:1', 'DTSTART:20260302T140000Z', 'DTEND:20260302T170000Z'));
  feeds.answer((_, response) => void response.writeHead(200, { 'content-type': 'text/calendar' }).end(team));
  const loaded = settingsWith(
    { schedule: { ...neverIdle, timeZone: 'UTC' }, http: { publicUrl } },
    { METACLAW_MODEL_DISCOVER: 'false' },
  );
  const bot = await startTrainingBot(loaded, { clock, calendars: sources });
  const comesTo = (line: string, said: RegExp): Promise<void> =>
    expect.poll(() => bot.says(line), { timeout: 10_000, interval: 20 }).toMatch(said);
  const window = '/schedule window';

  // By a page of the bot and one of Google, which sends the browser back with a code.
  const asked = await bot.says('/schedule calendar connect google');
  expect(asked).toContain('I read only when it is busy');
  const begun = new URL(/https:\/\/\S+/.exec(asked)?.[0] ?? '');
  expect(begun.origin).toBe(publicUrl);
  const visit = visitor(bot.running.address ?? '');
  const first = await visit(`${begun.pathname}${begun.search}`);
  const gone = await visit('/calendar/start', { token: tokenIn(await first.text()) });
  const back = await google.agree(gone.headers.get('location') ?? '');
  const arrived = `${back.pathname}${back.search}`;
  // Whoever got hold of the address alone links nothing.
  expect((await visitor(bot.running.address ?? '')(arrived)).ok).toBe(false);
  const question = await visit(arrived);
  const token = tokenIn(await question.text());
  expect(google.count('token')).toBe(0);
  expect((await visit('/calendar/confirm', { token, answer: 'yes' })).status).toBe(200);
  const feed = await bot.says(`/schedule calendar connect ${feedAddress} for space`);
  expect(feed).toContain('Linked: ');
  expect(await bot.says('/schedule calendar')).toMatch(/1.*\n.*2/);

  /** So much later: calendars are due, and were read again. */
  const isLater = async (durationMs: number): Promise<void> => {
    clock.skip(durationMs);
    await comesTo('/schedule calendar', /1.*last read less than a minute ago.*\n.*2.*less than a minute ago/);
  };
  await isLater(15 * minuteMs);
  await comesTo(window, expectedAt('today 10:00', 'people'));
  await isLater(46 * minuteMs);
  await comesTo(window, openBy('people'));
  await isLater(hourMs);
  await isLater(hourMs);
  await comesTo(window, expectedAt('today 14:00', 'calendar'));

  // What cannot be read is neither busy nor free.
  expect(await bot.says('/status')).not.toContain('problem');
  feeds.answer((_, response) => void response.writeHead(404).end());
  clock.skip(15 * minuteMs);
  await comesTo('/status', /1 problem[\s\S]*Calendar 2 of this space could not be read/);
  clock.skip(hourMs);
  await comesTo(window, closedBy('awake'));
  expect(await bot.says('/schedule why')).toMatch(/calendar.*unknown/i);

  expect(await bot.says('/schedule calendar disconnect 1')).toContain('To do it:');
  expect(google.count('revoke')).toBe(0);
  await bot.says('/schedule calendar disconnect 1 confirm');
  expect(google.count('revoke')).toBe(1);
  await bot.says('/schedule calendar disconnect 2 confirm');
  expect(await bot.says('/schedule calendar')).toContain('No calendar is linked here');
  expect(stored(loaded.homeFolder)).toEqual([]);
  const reads = google.count('freebusy');
  clock.skip(hourMs);
  await comesTo(window, closedBy('awake'));

  expect(google.count('freebusy')).toBe(reads);
  expect(google.refused).toEqual([]);
});
