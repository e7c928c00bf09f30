import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { createCalendarDesk } from '../../../core/schedule/calendar-desk.ts';
import { hanging } from '../../fakes/calendars.ts';
import { ada, bob, minute, team } from './calendar-rig.ts';
import { createDeskRig, redirectUri, serviceSecret } from './desk-rig.ts';

const backAt = (query: Record<string, string>): string => `${redirectUri}?${new URLSearchParams(query)}`;
const over = { code: 'not_found', message: expect.stringMatching(/used already.*new link/) };

const elsewhere = { code: 'not_allowed', message: expect.stringMatching(/did not begin in this browser/) };
const stranger = 'y'.repeat(32);

describe('an account', () => {
  test('begins at our own page, with a word that nobody guesses', async () => {
    const rig = createDeskRig();
    const start = await rig.ask(' Google ');
    expect(start).toMatchObject({ kind: 'open', expiresInMs: 10 * minute });
    const { origin, pathname } = new URL(start.kind === 'open' ? start.url : '');
    expect(`${origin}${pathname}`).toBe('http://127.0.0.1:8787/calendar/start');
    const [one, two] = [await rig.begin(), await rig.begin()];
    expect(one).toMatch(/^[0-9a-z]{32}$/);
    expect(one).not.toBe(two);
    expect(rig.store.rows.size).toBe(0);
  });

  test('leaves neither state nor verifier nor place in the cache for who reads it', async () => {
    const rig = createDeskRig();
    const { state, browser } = await rig.returned('the-code', { spaceLabel: 'Our Team' });
    for (const secret of [state, browser, 'verifier-1', 'Our Team', 'Ada', 'the-code']) {
      expect(rig.cache.dump()).not.toContain(secret);
    }
  });

  test.each([
    ['http://localhost:1/calendar', true],
    ['http://127.9.9.9/calendar', true],
    ['http://[::1]:8787/calendar', true],
    ['https://chat.example.org/calendar', false],
    ['https://127.0.0.1.example.org/calendar', false],
  ])('%s opens on the bot’s own machine alone: %s', async (address, isLoopback) => {
    const rig = createDeskRig({ pagesAt: () => address });
    const start = await rig.ask('google');
    const url = start.kind === 'open' ? start.elsewhereUrl : '';
    expect(url?.startsWith('https://provider.example/consent?') ?? false).toBe(isLoopback);
  });

  test('to look at it uses nothing up, and says who asked, where and for what', async () => {
    const rig = createDeskRig();
    const state = await rig.begin({ access: 'events', askedBy: `Eve\u202e (eve on web) ${'x'.repeat(200)}` });
    const question = await rig.desk.look(state);
    expect(question).toMatchObject({ spaceLabel: 'Team', isForSpace: false, access: 'events' });
    expect(question.askedBy).toMatch(/^Eve \(eve on web\) x+…$/);
    expect([...question.askedBy]).toHaveLength(120);
    expect(await rig.desk.look(state)).toEqual(question);
    const { url } = await rig.desk.start(state, undefined);
    expect(url).toBe(question.url);
    await expect(rig.desk.look('z'.repeat(32))).rejects.toMatchObject(over);
    await expect(rig.desk.start('z'.repeat(32), undefined)).rejects.toMatchObject(over);
  });

  test('asks for whom it is, and is linked after Yes, not before', async () => {
    const rig = createDeskRig();
    const { state, browser } = await rig.gone({ access: 'events' });
    const question = await rig.desk.consented({ state, code: 'c' }, browser);
    expect(question).toMatchObject({
      askedBy: 'Ada (ada on web)',
      spaceLabel: 'Team',
      isForSpace: false,
      access: 'events',
    });
    expect(rig.consent.finished).toEqual([]);
    expect(rig.store.rows.size).toBe(0);

    const calendar = await rig.desk.confirm(question.token, browser);
    expect(calendar).toMatchObject({
      number: 1,
      spaceId: team,
      personId: ada,
      source: 'google',
      calendarId: 'primary',
      access: 'events',
      addedBy: ada,
      label: 'Google Calendar',
    });
    expect(rig.google.requests[0]).toMatchObject({ secret: 'secret of c', calendarId: 'primary' });
    const sealed = await rig.store.sealed(calendar.linkId);
    expect(rig.box.open(sealed!, `calendar:${calendar.linkId}`)).toBe('secret of c');
  });

  test('of the whole space is nobody’s', async () => {
    const rig = createDeskRig();
    const { token, browser, question } = await rig.returned('c', { owner: 'space' });
    expect(question.isForSpace).toBe(true);
    const calendar = await rig.desk.confirm(token, browser);
    expect(calendar.personId).toBeUndefined();
    expect(calendar.addedBy).toBe(ada);
  });

  test('is known at once and polled from then on', async () => {
    const rig = createDeskRig();
    const { token, browser } = await rig.returned();
    const calendar = await rig.desk.confirm(token, browser);
    expect(rig.store.rows.get(calendar.linkId)!.reading).toBeDefined();
    await rig.clock.advance(0);
    expect(rig.poller.known(team).map(({ linkId }) => linkId)).toEqual([calendar.linkId]);
    await rig.clock.advance(10 * minute);
    expect(rig.google.requests).toHaveLength(3);
  });

  test('the same question is asked again until it is answered, and answered once', async () => {
    const rig = createDeskRig();
    const { state, browser, token, question } = await rig.returned();
    expect(await rig.desk.consented({ state, code: 'c' }, browser)).toEqual(question);
    const ends = await Promise.allSettled([
      rig.desk.confirm(token, browser),
      rig.desk.confirm(token, browser),
    ]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(rig.desk.confirm(token, browser)).rejects.toMatchObject(over);
    await expect(rig.desk.consented({ state, code: 'c' }, browser)).rejects.toMatchObject(over);
    await expect(rig.desk.finish(ada, backAt({ state, code: 'c' }))).rejects.toMatchObject(over);
    expect(rig.store.rows.size).toBe(1);
  });

  test('another browser than the one that went is refused, which uses nothing up', async () => {
    const rig = createDeskRig();
    const { state, browser } = await rig.gone();
    for (const other of [undefined, '', stranger]) {
      await expect(rig.desk.consented({ state, code: 'victim' }, other)).rejects.toMatchObject(elsewhere);
      await expect(rig.desk.denied({ state, error: 'x' }, other)).rejects.toMatchObject(elsewhere);
    }
    const { token } = await rig.desk.consented({ state, code: 'c' }, browser);
    for (const other of [undefined, '', stranger]) {
      await expect(rig.desk.confirm(token, other)).rejects.toMatchObject(elsewhere);
      await expect(rig.desk.decline(token, other)).rejects.toMatchObject(elsewhere);
    }
    expect(rig.consent.finished).toEqual([]);
    await rig.desk.confirm(token, browser);
    expect(rig.consent.finished).toEqual(['c']);
  });

  test('no browser comes back that never went, also where nobody did', async () => {
    const rig = createDeskRig();
    const state = await rig.begin();
    await expect(rig.desk.consented({ state, code: 'c' }, undefined)).rejects.toMatchObject(elsewhere);
    await expect(rig.desk.consented({ state, code: 'c' }, stranger)).rejects.toMatchObject(elsewhere);
  });

  test('a browser that goes later takes its place, and keeps the word that it has', async () => {
    const rig = createDeskRig();
    const { state, browser } = await rig.returned('first');
    expect((await rig.desk.start(state, browser)).browser).toBe(browser);
    const later = await rig.desk.start(state, 'no word; Path=/');
    expect(later.browser).toMatch(/^[0-9a-z]{32}$/);
    expect(later.browser).not.toBe(browser);
    // What the first came back with is not the second’s to agree to.
    await expect(rig.desk.confirm(state, later.browser)).rejects.toMatchObject(over);
    await expect(rig.desk.confirm(state, browser)).rejects.toMatchObject(elsewhere);
    await rig.desk.consented({ state, code: 'second' }, later.browser);
    await rig.desk.confirm(state, later.browser);
    expect(rig.consent.finished).toEqual(['second']);
  });

  test('after ten minutes it is over, however often it was opened; what is none of ours is too', async () => {
    const rig = createDeskRig();
    const { state, browser } = await rig.gone();
    await rig.clock.advance(9 * minute);
    await rig.desk.start(state, browser);
    await rig.clock.advance(minute);
    await expect(rig.desk.consented({ state, code: 'c' }, browser)).rejects.toMatchObject(over);
    for (const word of ['', 'x', 'z'.repeat(32), 'z'.repeat(5_000), '../../x']) {
      await expect(rig.desk.consented({ state: word, code: 'c' }, browser)).rejects.toMatchObject(over);
      await expect(rig.desk.confirm(word, browser)).rejects.toMatchObject(over);
      await expect(rig.desk.denied({ state: word, error: 'access_denied' }, browser)).rejects.toMatchObject(
        over,
      );
      await rig.desk.decline(word, browser);
    }
  });

  test('who came back has ten minutes to answer', async () => {
    const rig = createDeskRig();
    const { state, browser } = await rig.gone();
    await rig.clock.advance(9 * minute);
    const { token } = await rig.desk.consented({ state, code: 'c' }, browser);
    await rig.clock.advance(9 * minute);
    await rig.desk.consented({ state, code: 'c' }, browser);
    await rig.clock.advance(minute);
    await expect(rig.desk.confirm(token, browser)).rejects.toMatchObject(over);
  });

  test('nothing is confirmed before the browser came back: nobody has been asked', async () => {
    const rig = createDeskRig();
    const { state, browser } = await rig.gone();
    await expect(rig.desk.confirm(state, browser)).rejects.toMatchObject(over);
    expect(rig.consent.finished).toEqual([]);
  });

  test('without consent, or with No on the page, nothing is linked and all is over', async () => {
    const rig = createDeskRig();
    const one = await rig.gone();
    await rig.desk.denied({ state: one.state, error: 'access_denied' }, one.browser);
    await expect(rig.desk.consented({ state: one.state, code: 'c' }, one.browser)).rejects.toMatchObject(
      over,
    );
    const { token, browser } = await rig.returned();
    await rig.desk.decline(token, browser);
    await expect(rig.desk.confirm(token, browser)).rejects.toMatchObject(over);
    const last = await rig.gone();
    await rig.desk.denied({ state: last.state, error: 'x\nfaked log line' }, last.browser);
    expect(rig.logger.of('calendar_consent_denied').map(({ fields }) => fields['reason'])).toEqual([
      'access_denied',
      'declined',
      'other',
    ]);
    expect(rig.store.rows.size + rig.consent.finished.length).toBe(0);
  });

  test('a provider that hangs is given up', async () => {
    const rig = createDeskRig();
    rig.consent.grant = hanging;
    const { token, browser } = await rig.returned();
    const ended = expect(rig.desk.confirm(token, browser)).rejects.toMatchObject({ code: 'timeout' });
    await rig.clock.advance(2 * minute);
    await ended;
  });
});

describe('the address that a browser ended at', () => {
  test('links at once, as its person has seen in the chat for whom it is', async () => {
    const rig = createDeskRig();
    const state = await rig.begin();
    const calendar = await rig.desk.finish(ada, `  <${backAt({ state, code: 'c', scope: 'x' })}|here> `);
    expect(calendar).toMatchObject({ personId: ada, calendarId: 'primary' });
    await expect(rig.desk.finish(ada, backAt({ state, code: 'c' }))).rejects.toMatchObject(over);
  });

  test('is of no use to anybody else, and stays good for its person', async () => {
    const rig = createDeskRig();
    const state = await rig.begin();
    const address = backAt({ state, code: 'c' });
    await expect(rig.desk.finish(bob, address)).rejects.toMatchObject({ code: 'not_allowed' });
    expect(rig.consent.finished).toEqual([]);
    await rig.desk.finish(ada, address);
    expect(rig.store.rows.size).toBe(1);
  });

  test('without consent it says so', async () => {
    const rig = createDeskRig();
    const state = await rig.begin();
    const address = backAt({ state, error: 'access_denied' });
    await expect(rig.desk.finish(ada, address)).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(rig.desk.finish(ada, address)).rejects.toMatchObject(over);
  });

  test.each([
    '',
    'hello',
    redirectUri,
    backAt({ code: 'c' }),
    backAt({ state: 's' }),
    `${backAt({ state: 's', code: 'c' })}${'x'.repeat(5_000)}`,
  ])('what is none is told: %s', async (text) => {
    const rig = createDeskRig();
    await expect(rig.desk.finish(ada, text)).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('where it cannot be', () => {
  test('nothing set up: says what to set, and that feeds always work', async () => {
    const { consent: _, ...deps } = createDeskRig().deps;
    const desk = createCalendarDesk(deps);
    const ask = (what: string) =>
      desk.connect({
        spaceId: team,
        askedBy: 'Ada',
        spaceLabel: 'T',
        owner: ada,
        by: ada,
        what,
        access: 'freebusy',
        mayUseServiceAccount: true,
      });
    for (const what of ['google', 'ada@example.org']) {
      await expect(ask(what)).rejects.toMatchObject({
        code: 'not_found',
        message: expect.stringMatching(
          /calendar\.googleClientId.*GOOGLE_CLIENT_SECRET.*calendar\.serviceAccountFile.*feed/,
        ),
      });
    }
    const only = createCalendarDesk({ ...deps, serviceSecret });
    await expect(
      only.connect({
        spaceId: team,
        askedBy: 'Ada',
        spaceLabel: 'T',
        owner: ada,
        by: ada,
        what: 'google',
        access: 'freebusy',
        mayUseServiceAccount: true,
      }),
    ).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('service account') });
  });

  test('no address to come back to', async () => {
    const rig = createDeskRig({ pagesAt: () => undefined });
    await expect(rig.ask('google')).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('http.publicUrl'),
    });
  });

  test('a broken cache is told as what it is', async () => {
    const broken = async (): Promise<never> => {
      throw new AppError('storage_failed', 'The cache is broken.');
    };
    const { cache } = createDeskRig();
    const rig = createDeskRig({ cache: { ...cache, set: broken } });
    await expect(rig.ask('google')).rejects.toMatchObject({ code: 'storage_failed' });
  });
});
