import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import {
  type BrowserStage,
  chromiumPath,
  createStage,
  hasChromium,
  launchChromium,
} from './browser-stage.ts';
import { consentUrl, createFakeScheduleDesk, type FakeScheduleDesk } from './fake-schedule-desk.ts';

const title = hasChromium
  ? 'the schedule in Chromium'
  : `the schedule in Chromium [SKIPPED: there is no ${chromiumPath}]`;
const feed = 'https://feeds.example/a.ics';
const calendars = [
  { number: 1, label: 'Ada', standing: 'Only busy times, read 3 minutes ago.' },
  { number: 4, label: 'Room <b>2</b>', standing: 'Unknown: connect it again.' },
];

describe.skipIf(!hasChromium)(title, () => {
  let browser: Browser;
  let stage: BrowserStage;
  let desk: FakeScheduleDesk;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(() => stage.close());
  afterAll(() => browser.close());

  const begin = async (options: Parameters<BrowserStage['open']>[0] = {}) => {
    desk = createFakeScheduleDesk();
    stage = await createStage(browser, { schedule: desk });
    const opened = await stage.open(options);
    await opened.page.getByRole('button', { name: 'Schedule' }).waitFor();
    return opened;
  };
  const open = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Schedule' }).click();
    await page.locator('#schedule-view').waitFor();
  };
  const focused = (page: Page) => page.evaluate('document.activeElement.id');
  const comeBack = (page: Page) => page.evaluate("dispatchEvent(new Event('focus'))");
  const rows = (page: Page) => page.locator('#calendars li strong').allInnerTexts();

  test('opens as a sheet with the window, the hours and the picture, and closes with Escape, its button or beside it', async () => {
    const { page, problems } = await begin();
    desk.change({ problems: ['A calendar <i>cannot</i> be read.'] });
    const sheet = page.getByRole('dialog', { name: 'Schedule' });
    expect(await sheet.isVisible()).toBe(false);
    await open(page);
    await sheet.waitFor();
    for (const words of [
      'Closed: somebody wrote a moment ago.',
      'Today 23:00, during sleep hours.',
      'Every day 23:00 to 07:00.',
      'Europe/Berlin',
      'A calendar <i>cannot</i> be read.',
      'No calendar is connected.',
    ])
      expect(await sheet.innerText()).toContain(words);
    await page.getByRole('img', { name: 'The week hour by hour' }).waitFor();
    const drawn = () => page.evaluate("document.querySelector('#schedule-week img').naturalWidth");
    await expect.poll(drawn).toBe(1);

    // The keyboard stays in it.
    const reached = new Set<unknown>();
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press('Tab');
      const [id, isOutside] = (await page.evaluate(
        "[document.activeElement.id, document.activeElement !== document.body && document.activeElement.closest('#schedule-sheet') === null]",
      )) as [string, boolean];
      expect([id, isOutside]).toEqual([id, false]);
      reached.add(id);
    }
    for (const id of [
      'schedule-close',
      'schedule-week',
      'connect-google',
      'feed-address',
      'feed-add',
      'connect-events',
    ])
      expect([...reached]).toContain(id);

    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });
    expect(await focused(page)).toBe('schedule');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Close the schedule' }).click();
    await sheet.waitFor({ state: 'hidden' });
    await open(page);
    await page.getByText('Time zone').click();
    // The sheet's own edge is not beside it.
    await sheet.click({ position: { x: 8, y: 200 } });
    expect(await sheet.isVisible()).toBe(true);
    await page.mouse.click(5, 5);
    await sheet.waitFor({ state: 'hidden' });
    expect(problems).toEqual([]);
  });

  test('without a schedule there is no button', async () => {
    stage = await createStage(browser);
    const { page } = await stage.open();
    await page.locator('#starters button').first().waitFor();
    expect(await page.getByRole('button', { name: 'Schedule' }).count()).toBe(0);
  });

  test('what connects Google is there only where that is set up', async () => {
    const { page } = await begin();
    desk.change({ canConnectGoogle: false });
    await open(page);
    await page.getByLabel('Address of a calendar feed').waitFor();
    const google = page.getByRole('button', { name: 'Connect Google Calendar' });
    expect([await google.isVisible(), await page.getByLabel('see of what kind').isVisible()]).toEqual([
      false,
      false,
    ]);
    desk.change({ canConnectGoogle: true });
    await comeBack(page);
    await google.waitFor();
  });

  test('the picture is dark where the page is, also when that changes', async () => {
    const { page } = await begin({ colorScheme: 'dark' });
    await open(page);
    const looks = () => desk.calls.filter(([name]) => name === 'picture').map(([, , look]) => look);
    await expect.poll(looks).toEqual(['dark']);
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(looks).toEqual(['dark', 'light']);
    await page.getByRole('button', { name: 'Close the schedule' }).click();
    await page.emulateMedia({ colorScheme: 'dark' });
    await open(page);
    await expect.poll(looks).toEqual(['dark', 'light', 'dark']);
  });

  describe('on a phone', () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    /** Where the picture begins to show, and how far it could go. */
    const place = async (page: Page) =>
      (await page.evaluate(
        "(({ scrollLeft, scrollWidth, clientWidth }) => [scrollLeft, scrollWidth - clientWidth])(document.querySelector('#schedule-week'))",
      )) as [number, number];
    const sides = (page: Page) =>
      page.evaluate("document.querySelector('#schedule-week-frame').className.split(' ').slice(1).sort()");

    test.each([
      ['2027-01-15T23:00:00Z', 0, ['goes-on']],
      ['2027-01-15T11:00:00Z', 0.5, ['goes-back', 'goes-on']],
      ['2027-01-15T22:59:00Z', 1, ['goes-back']],
    ])('opened at %s the picture shows now, by the clock of the place', async (at, share, shown) => {
      const { page } = await begin({ ...phone, timezoneId: 'America/New_York' });
      await page.clock.setFixedTime(new Date(at));
      await open(page);
      await expect.poll(() => sides(page)).toEqual(shown);
      const [from, most] = await place(page);
      expect(most).toBeGreaterThan(200);
      expect(Math.abs(from - share * most)).toBeLessThan(3);
    });

    test('whoever has scrolled stays there while the picture is drawn anew, until the sheet is opened again', async () => {
      const { page } = await begin(phone);
      await page.clock.setFixedTime(new Date('2027-01-15T22:59:00Z'));
      await open(page);
      await expect.poll(() => sides(page)).toEqual(['goes-back']);
      await page.evaluate("document.querySelector('#schedule-week').scrollLeft = 40");
      const drawn = () => desk.calls.filter(([name]) => name === 'picture').length;
      await comeBack(page);
      await expect.poll(drawn).toBe(2);
      await page.locator('#schedule-week img[src*="?2"]').waitFor();
      expect((await place(page))[0]).toBe(40);
      await page.getByRole('button', { name: 'Close the schedule' }).click();
      await open(page);
      await expect.poll(() => sides(page)).toEqual(['goes-back']);
    });

    test('a zone that the browser does not know leaves the picture at its beginning', async () => {
      const { page, problems } = await begin(phone);
      desk.change({ zone: 'Mars/Olympus' });
      await open(page);
      await expect.poll(() => sides(page)).toEqual(['goes-on']);
      expect(problems).toEqual([]);
    });
  });

  test('Google opens in a new tab that knows nothing of this one; back from it the calendar is there', async () => {
    const { page, problems } = await begin();
    const context = page.context();
    await context.route('https://consent.example/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<title>Consent</title>' }),
    );
    await open(page);
    await page.getByLabel('see of what kind events are').check();
    const [tab] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('button', { name: 'Connect Google Calendar' }).click(),
    ]);
    await tab.waitForURL(consentUrl);
    expect(await tab.evaluate('[opener, document.referrer]')).toEqual([null, '']);
    expect(desk.asked).toMatchObject([{ what: 'google', access: 'events' }]);
    await page.getByRole('status').filter({ hasText: 'It works for 10 minutes.' }).waitFor();
    // For a browser that lets no tab open by itself.
    const link = page.getByRole('link', { name: 'this page' });
    expect(await link.getAttribute('href')).toBe(consentUrl);
    expect(await link.getAttribute('rel')).toBe('noopener');
    desk.change({ calendars });
    await tab.close();
    await comeBack(page);
    await expect.poll(() => rows(page)).toEqual(['Ada', 'Room <b>2</b>']);
    expect(await page.getByText('No calendar is connected.').isVisible()).toBe(false);
    expect(problems).toEqual([]);
  });

  test('a feed is added by keyboard; one that fails says why and keeps its address', async () => {
    const { page, problems } = await begin();
    await open(page);
    const address = page.getByLabel('Address of a calendar feed');
    await address.fill('no address');
    await page.keyboard.press('Enter');
    expect(desk.asked).toEqual([]);
    desk.failNext(new AppError('bad_reply', 'There is <no> calendar at this address.'));
    await address.fill(feed);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'There is <no> calendar at this address.' }).waitFor();
    expect(await address.inputValue()).toBe(feed);
    await page.keyboard.press('Enter');
    await expect.poll(() => rows(page)).toEqual(['feeds.example']);
    await page.getByRole('status').filter({ hasText: 'Connected: feeds.example' }).waitFor();
    expect(await address.inputValue()).toBe('');
    expect(await page.locator('#connect-problem').innerText()).toBe('');
    expect(desk.asked.map(({ what, access }) => [what, access])).toEqual([
      [feed, 'freebusy'],
      [feed, 'freebusy'],
    ]);
    expect(problems.filter((problem) => !problem.includes('502'))).toEqual([]);
  });

  test('a calendar goes with two presses, not with one; the focus stays in the sheet', async () => {
    const { page } = await begin();
    desk.change({ calendars });
    await open(page);
    const disconnect = page.getByRole('button', { name: 'Disconnect Room <b>2</b>', exact: true });
    await disconnect.click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    await disconnect.focus();
    await page.keyboard.press('Enter');
    expect(desk.calls.map(([name]) => name)).not.toContain('disconnect');
    desk.failNext(new AppError('not_allowed', 'It is another person’s.'));
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'It is another person’s.' }).waitFor();
    expect(await rows(page)).toEqual(['Ada', 'Room <b>2</b>']);
    await disconnect.waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'Disconnected: Room <b>2</b>' }).waitFor();
    expect(await rows(page)).toEqual(['Ada']);
    expect(await focused(page)).toBe('calendars-title');
    expect(desk.calls.filter(([name]) => name === 'disconnect').map(([, , number]) => number)).toEqual([
      4, 4,
    ]);
  });

  test('what changes meanwhile changes the words, and takes no focus', async () => {
    const { page } = await begin();
    desk.change({ calendars });
    await open(page);
    await page.getByRole('button', { name: 'Disconnect Ada' }).focus();
    const standing = 'Only busy times, read a moment ago.';
    desk.change({
      window: 'Open, because these are sleep hours.',
      calendars: [{ ...calendars[0]!, standing }, calendars[1]!],
    });
    await comeBack(page);
    await page.getByText('Open, because these are sleep hours.').waitFor();
    await page.getByText(standing).waitFor();
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Disconnect Ada');
  });

  test('a picture that cannot be drawn is said, and the rest is there', async () => {
    const { page } = await begin();
    desk.failPictures(new AppError('unsupported', 'There is no build for it.'));
    await open(page);
    await page.getByText('cannot be drawn just now').waitFor();
    expect(await page.getByText('Today 23:00').isVisible()).toBe(true);
  });

  test('a server that is away is said; when it is back, so is the schedule', async () => {
    const { page } = await begin();
    await stage.goAway();
    await page.getByRole('button', { name: 'Schedule' }).click();
    await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();
    await stage.comeBack();
    await comeBack(page);
    await page.getByText('Today 23:00').waitFor();
    await expect.poll(() => page.locator('#schedule-problem').innerText()).toBe('');
  });

  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }],
  ] as const)('%s: contrast, names and widths are in order', async (_, options) => {
    const { page, checks } = await begin(options);
    desk.change({ calendars, problems: ['A calendar of this space cannot be read: connect it again.'] });
    await open(page);
    await page.getByRole('button', { name: 'Disconnect Ada' }).click();
    await page.getByRole('button', { name: 'Connect Google Calendar' }).click();
    await page.getByRole('link', { name: 'this page' }).waitFor();
    desk.failNext(new AppError('bad_reply', 'There is no calendar at this address.'));
    await page.getByLabel('Address of a calendar feed').fill(feed);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'There is no calendar' }).waitFor();
    expect(await checks()).toEqual({ lowContrast: [], faults: [], tooWide: [] });
  });

  test('on a narrow phone the header holds all its buttons beside the name', async () => {
    stage = await createStage(browser, { schedule: createFakeScheduleDesk(), password: 'open sesame' });
    const { page } = await stage.open({ viewport: { width: 360, height: 740 }, isMobile: true });
    await page.getByLabel('Password').fill('open sesame');
    await page.locator('#login button:enabled').click();
    for (const name of ['Schedule', 'New conversation', 'Log out'])
      await page.getByRole('button', { name }).waitFor();
    const hidden =
      "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.title'))";
    expect(await page.evaluate(hidden)).toBe(0);
  });
});
