import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import type { ScheduleDesk } from '../../../core/ports/schedule-desk.ts';
import { samplePicture } from '../../contract/channel/sample-picture.ts';
import { consentUrl, createFakeScheduleDesk } from './fake-schedule-desk.ts';
import { createWebRig, openBrowser } from './web-rig.ts';

async function started(changes: Partial<ScheduleDesk> = {}) {
  const desk = createFakeScheduleDesk();
  const rig = createWebRig({ schedule: { ...desk, ...changes } });
  await rig.channel.start(async () => 'stored');
  const browser = await openBrowser(rig);
  const account = await browser.account();
  const { cookie } = browser;
  const drop = (number: string | number, headers: Record<string, string> = {}) =>
    rig.call(`/api/schedule/calendars/${number}`, { method: 'DELETE', headers: { cookie, ...headers } });
  const connect = (json: unknown) => browser.post('/api/schedule/calendars', json);
  return { desk, rig, browser, account, drop, connect };
}
const feed = { what: 'https://feeds.example/a.ics', access: 'freebusy' };
const requests = [
  ['GET', '/api/schedule'],
  ['GET', '/api/schedule/week.png'],
  ['POST', '/api/schedule/calendars'],
  ['DELETE', '/api/schedule/calendars/1'],
] as const;

describe('the schedule of one’s own account', () => {
  test('is given as the desk says it', async () => {
    const { desk, browser, account } = await started();
    desk.change({ problems: ['A calendar cannot be read.'] });
    const answer = await browser.get('/api/schedule');
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await answer.json()).toEqual({
      window: 'Closed: somebody wrote a moment ago.',
      next: 'Today 23:00, during sleep hours.',
      sleep: 'Every day 23:00 to 07:00.',
      zone: 'Europe/Berlin',
      problems: ['A calendar cannot be read.'],
      calendars: [],
      canConnectGoogle: true,
    });
    expect(desk.calls).toEqual([['view', `web:${account}`]]);
  });

  test('has a picture', async () => {
    const { desk, browser, account } = await started();
    const answer = await browser.get('/api/schedule/week.png?3');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(samplePicture('a week').bytes);
    expect(desk.calls).toEqual([['picture', `web:${account}`, 'light']]);
    await browser.get('/api/schedule/week.png?3&dark=1');
    expect(desk.calls.at(-1)).toEqual(['picture', `web:${account}`, 'dark']);
  });

  test('gets a feed, for the person at the page, and loses it again', async () => {
    const { desk, connect, drop, account } = await started();
    const answer = await connect(feed);
    expect([answer.status, await answer.json()]).toEqual([200, { kind: 'linked', label: 'feeds.example' }]);
    const asked = { spaceId: `web:${account}`, by: `web:${account}`, ...feed };
    expect(desk.asked).toEqual([asked]);
    const gone = await drop(1);
    expect([gone.status, await gone.json()]).toEqual([200, { label: 'feeds.example' }]);
    expect(desk.calls.at(-1)).toEqual(['disconnect', `web:${account}`, 1, `web:${account}`]);
  });

  test('sends whoever connects Google on to its page', async () => {
    const { desk, connect } = await started();
    const answer = await connect({ what: '  google ', access: 'events' });
    expect(await answer.json()).toEqual({ kind: 'open', url: consentUrl, hint: 'It works for 10 minutes.' });
    expect(desk.asked).toMatchObject([{ what: 'google', access: 'events' }]);
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'no address'])('never leads to %s', async (url) => {
    const { connect, rig } = await started({ connect: async () => ({ kind: 'open', url, hint: '' }) });
    const answer = await connect({ what: 'google', access: 'freebusy' });
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining(url)]);
    expect(rig.logger.entries.map(({ level }) => level)).toEqual(['error']);
  });

  test('is of that account alone', async () => {
    const { desk, rig, account } = await started();
    const other = await openBrowser(rig);
    await other.get('/api/schedule');
    expect(desk.calls).toEqual([['view', `web:${await other.account()}`]]);
    expect(await other.account()).not.toBe(account);
  });
});

describe('what is refused', () => {
  test('everything without a session, and everything under a foreign name', async () => {
    const { desk, rig, browser } = await started();
    for (const [method, path] of requests) {
      const body = method === 'POST' ? { json: feed } : {};
      const cookie = { cookie: browser.cookie };
      expect([path, (await rig.call(path, { method, ...body })).status]).toEqual([path, 401]);
      const foreign = { method, headers: cookie, host: 'evil.example', ...body };
      expect([path, (await rig.call(path, foreign)).status]).toEqual([path, 421]);
      const elsewhere = { ...cookie, 'sec-fetch-site': 'cross-site' };
      expect([path, (await rig.call(path, { method, headers: elsewhere, ...body })).status]).toEqual([
        path,
        403,
      ]);
    }
    expect(desk.calls).toEqual([]);
  });

  test.each([
    ['nothing', {}],
    ['no JSON', '{'],
    ['an empty address', { what: '  ', access: 'freebusy' }],
    ['an address without end', { what: 'x'.repeat(2_001), access: 'freebusy' }],
    ['another access', { what: 'google', access: 'write' }],
    ['something more', { ...feed, owner: 'space' }],
  ])('%s in place of a calendar', async (_, json) => {
    const { desk, rig, browser } = await started();
    const body = typeof json === 'string' ? json : JSON.stringify(json);
    const headers = { cookie: browser.cookie };
    const answer = await rig.call('/api/schedule/calendars', { body, headers });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: expect.stringContaining('did not understand') },
    ]);
    expect(desk.calls).toEqual([]);
  });

  test('a form of another page', async () => {
    const { desk, drop, browser } = await started();
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await drop(1, form)).status).toBe(415);
    expect((await browser.post('/api/schedule/calendars', feed, form)).status).toBe(415);
    expect(desk.calls).toEqual([]);
  });

  test('a number that is none', async () => {
    const { desk, drop } = await started();
    for (const number of ['0', '-1', 'x', '1x', '01', '9'.repeat(20), '']) {
      expect([number, (await drop(number)).status]).toEqual([number, 404]);
    }
    expect(desk.calls).toEqual([]);
    const unknown = await drop(7);
    expect([unknown.status, await unknown.json()]).toEqual([404, { error: 'There is no calendar 7.' }]);
  });

  test('everything where there is no schedule, and the page is told so', async () => {
    const rig = createWebRig();
    await rig.channel.start(async () => 'stored');
    const browser = await openBrowser(rig);
    expect(await browser.conversation()).toMatchObject({ hasSchedule: false });
    for (const [method, path] of requests) {
      const body = method === 'POST' ? { json: feed } : {};
      expect((await rig.call(path, { method, headers: { cookie: browser.cookie }, ...body })).status).toBe(
        404,
      );
    }
    const { browser: other } = await started();
    expect(await other.conversation()).toMatchObject({ hasSchedule: true });
  });
});

describe('what fails', () => {
  test.each([
    ['not_found', 404],
    ['not_allowed', 403],
    ['rate_limited', 429],
    ['network', 502],
    ['bad_reply', 502],
    ['peer_failed', 502],
    // Not 401: the page would take its own session for ended.
    ['auth_failed', 502],
    ['timeout', 503],
  ] as const)('%s is told in the desk’s own words', async (code, status) => {
    const { desk, connect, drop } = await started();
    const words = 'The feed cannot be read: look at its address.';
    for (const act of [() => connect(feed), () => drop(1)]) {
      desk.failNext(new AppError(code, words));
      const answer = await act();
      expect([answer.status, await answer.json()]).toEqual([status, { error: words }]);
    }
  });

  test('what nobody foresaw says nothing of the insides, and the log does', async () => {
    const { desk, browser, rig } = await started();
    desk.failPictures(new Error('secret insides'));
    const answer = await browser.get('/api/schedule/week.png');
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('secret')]);
    expect(rig.logger.entries).toMatchObject([{ level: 'error', event: 'web_request_failed' }]);
  });

  test('a calendar’s server that fails is no fault of ours', async () => {
    const { desk, connect, rig } = await started();
    desk.failNext(new AppError('network', 'The feed cannot be reached.'));
    await connect(feed);
    expect(rig.logger.entries).toMatchObject([{ level: 'warn', event: 'web_peer_failed' }]);
  });
});
