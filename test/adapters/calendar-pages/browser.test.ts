import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCalendarPages } from '../../../adapters/calendar-pages/calendar-pages.ts';
import { createHttpListener } from '../../../config/http-listener.ts';
import type { HttpMount } from '../../../core/ports/http-mount.ts';
import { createDeskRig } from '../../core/schedule/desk-rig.ts';
import { chromiumPath, hasChromium, launchChromium } from '../web/browser-stage.ts';

const title = hasChromium
  ? 'the calendar pages in Chromium'
  : `the calendar pages in Chromium [SKIPPED: there is no ${chromiumPath}]`;

describe.skipIf(!hasChromium)(title, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test('a person without JavaScript links a calendar; no policy is violated', async () => {
    let origin = '';
    const rig = createDeskRig({ pagesAt: () => `${origin}/calendar` });
    const { clock, logger, desk } = rig;
    /** A provider that agrees at once. */
    const provider: HttpMount = {
      path: '/provider',
      proof: 'none',
      fetch(request) {
        const { searchParams } = new URL(request.url);
        const back = new URL(searchParams.get('redirect_uri') ?? '');
        back.search = new URLSearchParams({ state: searchParams.get('state') ?? '', code: 'c' }).toString();
        return Response.redirect(back.href, 302);
      },
    };
    const listener = createHttpListener({ host: '127.0.0.1', port: 0, maxBodyBytes: 10_000, clock, logger });
    const elsewhere = createHttpListener({ host: '127.0.0.1', port: 0, maxBodyBytes: 10_000, clock, logger });
    const { begin } = rig.consent;
    rig.consent.begin = async (request) => {
      const { verifier } = await begin(request);
      const { redirectUri: redirect_uri, state } = request;
      // Another origin, as a provider is: `localhost` is not 127.0.0.1 to a browser.
      const at = (await providerAt).replace('127.0.0.1', 'localhost');
      return { url: `${at}/provider?${new URLSearchParams({ redirect_uri, state })}`, verifier };
    };
    listener.mount(createCalendarPages({ desk, pagesAt: () => `${origin}/calendar`, logger }));
    elsewhere.mount(provider);
    const providerAt = elsewhere.listen();
    origin = await listener.listen();
    const context = await browser.newContext({ javaScriptEnabled: false });
    try {
      const page = await context.newPage();
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      const token = await rig.begin({ spaceLabel: '<b>Team</b>' });
      await page.goto(`${origin}/calendar/start?token=${token}`);
      expect(await page.locator('strong').allInnerTexts()).toEqual(['Ada (ada on web)', '<b>Team</b>']);
      await page.getByRole('button', { name: 'That is me, go on' }).click();
      await page.getByRole('heading', { name: 'Link your calendar?' }).waitFor();
      expect(new URL(page.url()).pathname).toBe('/calendar/callback');
      await page.reload();
      expect(await page.locator('strong').allInnerTexts()).toEqual(['Ada (ada on web)', '<b>Team</b>']);
      const colour = await page.evaluate(
        'getComputedStyle(document.querySelector("button[value=yes]")).backgroundColor',
      );
      expect(colour).toBe('rgb(169, 58, 24)');
      await page.getByRole('button', { name: 'Yes, link it' }).click();
      await page.getByRole('heading', { name: 'Your calendar is linked' }).waitFor();
      expect(new URL(page.url()).pathname).toBe('/calendar/confirm');
      // The browser asks every site for an icon, and there is none here.
      expect(said.filter((text) => !/404/.test(text))).toEqual([]);
      expect(rig.store.rows.size).toBe(1);
    } finally {
      await context.close();
      await listener.close(0);
      await elsewhere.close(0);
    }
  });
});
