import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCalendarPages } from '../../../adapters/calendar-pages/calendar-pages.ts';
import type { ConsentDesk } from '../../../adapters/calendar-pages/options.ts';
import { AppError, type ErrorCode } from '../../../core/domain/app-error.ts';
import { createDeskRig } from '../../core/schedule/desk-rig.ts';

const base = 'http://127.0.0.1:8787';

function createPagesRig(changes: Partial<ConsentDesk> = {}) {
  const rig = createDeskRig();
  let pagesAt = `${base}/calendar`;
  const mount = createCalendarPages({
    desk: { ...rig.desk, ...changes },
    pagesAt: () => pagesAt,
    logger: rig.logger,
  });
  /** As a browser has them that went to the provider. */
  let cookie = '';
  const get = async (query: Record<string, string> | string, path = 'callback') =>
    mount.fetch(
      new Request(`${base}/calendar/${path}?${new URLSearchParams(query)}`, { headers: { cookie } }),
    );
  const post = async (fields: Record<string, string>, type?: string, path = 'confirm') =>
    mount.fetch(
      new Request(`${base}/calendar/${path}`, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { cookie, ...(type === undefined ? {} : { 'content-type': type }) },
      }),
    );
  const start = async (token: string) => {
    const response = await post({ token }, undefined, 'start');
    const given = response.headers.get('set-cookie') ?? '';
    cookie = `theme=dark; ${given.split(';')[0]}; x=y`;
    return { response, given };
  };
  return {
    ...rig,
    mount,
    get,
    post,
    start,
    moveTo: (address: string) => {
      pagesAt = address;
    },
    otherBrowser: (text = '') => {
      cookie = text;
    },
    /** Asks for an account, and goes to the provider. */
    async gone(facts: Parameters<typeof rig.begin>[0] = {}) {
      const state = await rig.begin(facts);
      await start(state);
      return state;
    },
  };
}

type PagesRig = ReturnType<typeof createPagesRig>;

const tokenIn = (html: string): string => /name="token" value="([^"]+)"/.exec(html)?.[1] ?? '';

async function arrived(rig: PagesRig, facts: Parameters<PagesRig['begin']>[0] = {}) {
  const response = await rig.get({ state: await rig.gone(facts), code: 'c' });
  const html = await response.text();
  return { response, html, token: tokenIn(html) };
}

describe('the way through the pages', () => {
  test('says for whom it is and what will be read, and links after Yes', async () => {
    const rig = createPagesRig();
    const { response, html, token } = await arrived(rig, { spaceLabel: 'The Team' });
    expect(response.status).toBe(200);
    expect(html).toContain('<strong>Ada (ada on web)</strong> asked for this in <strong>The Team</strong>');
    expect(html).toContain('as their own');
    expect(html).toContain('Only when you are busy is read');
    expect(html).toMatch(/<form method="post" action="confirm">/);
    expect(rig.consent.finished).toEqual([]);

    const done = await rig.post({ token, answer: 'yes' });
    expect(done.status).toBe(200);
    expect(await done.text()).toContain('<strong>Google Calendar</strong> is calendar 1');
    expect(rig.store.rows.size).toBe(1);
  });

  test('says so where it is for everybody, and where events are read', async () => {
    const { html } = await arrived(createPagesRig(), { owner: 'space', access: 'events' });
    expect(html).toContain('as a calendar of everybody');
    expect(html).toContain('with what kind of event');
  });

  test('No links nothing, and a Yes after it comes too late', async () => {
    const rig = createPagesRig();
    const { token } = await arrived(rig);
    const done = await rig.post({ token, answer: 'no' });
    expect(done.status).toBe(200);
    expect(await done.text()).toContain('Nothing was linked');
    expect((await rig.post({ token, answer: 'yes' })).status).toBe(404);
    expect(rig.consent.finished).toEqual([]);
  });

  test('who did not consent is told that nothing was linked', async () => {
    const rig = createPagesRig();
    const state = await rig.gone();
    const response = await rig.get({ state, error: 'access_denied' });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Nothing was linked');
    expect((await rig.get({ state, code: 'c' })).status).toBe(404);
  });

  test('a page that is loaded again asks the same until it is answered', async () => {
    const rig = createPagesRig();
    const state = await rig.gone();
    const pages = [];
    for (let loads = 0; loads < 3; loads += 1) {
      pages.push(await (await rig.get({ state, code: 'c' })).text());
    }
    expect(new Set(pages).size).toBe(1);
    expect((await rig.post({ token: tokenIn(pages[0] ?? ''), answer: 'yes' })).status).toBe(200);
    expect((await rig.get({ state, code: 'c' })).status).toBe(404);
  });

  test('of two presses at once the second shows what the first has done', async () => {
    const rig = createPagesRig();
    const { token } = await arrived(rig);
    const pages = await Promise.all([rig.post({ token, answer: 'yes' }), rig.post({ token, answer: 'yes' })]);
    expect(pages.map(({ status }) => status)).toEqual([200, 200]);
    expect(rig.store.rows.size).toBe(1);
    expect((await rig.post({ token, answer: 'yes' })).status).toBe(404);
  });

  test('a used, expired or unknown state gets a clear page', async () => {
    const rig = createPagesRig();
    const state = await rig.gone();
    await rig.get({ state, code: 'c' });
    await rig.post({ token: state, answer: 'yes' });
    const used = await rig.get({ state, code: 'c' });
    expect(used.status).toBe(404);
    expect(await used.text()).toContain('used already or is older than 10 minutes');
    expect((await rig.get({ state: 'unknown', code: 'c' })).status).toBe(404);
  });
});

describe('the page before the provider’s', () => {
  test('says who asked, where, and what is read; links to look at it use nothing up', async () => {
    const rig = createPagesRig();
    const token = await rig.begin({ spaceLabel: 'The Team' });
    for (let looks = 0; looks < 3; looks += 1) {
      rig.otherBrowser();
      const response = await rig.get({ token }, 'start');
      expect(response.status).toBe(200);
      expect(response.headers.get('set-cookie')).toBeNull();
      const html = await response.text();
      expect(html).toContain('<strong>Ada (ada on web)</strong> asked for this in <strong>The Team</strong>');
      expect(html).toContain('Only when you are busy is read');
      expect(html).toMatch(/<form method="post" action="start">/);
      expect(tokenIn(html)).toBe(token);
      // The form leads to the provider in the end, which browsers hold against the policy.
      const csp = response.headers.get('content-security-policy');
      expect(csp).toContain("form-action 'self' https://provider.example;");
    }
    const { response } = await rig.start(token);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toMatch(/^https:\/\/provider\.example\/consent\?/);
  });

  test('gives the browser a cookie of its own, which no script and no other site has', async () => {
    const rig = createPagesRig();
    const { given } = await rig.start(await rig.begin());
    expect(given).toMatch(
      /^metaclaw_calendar=[0-9a-z]{32}; Path=\/calendar; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
    rig.moveTo('https://example.org/bot/calendar');
    const second = await rig.start(await rig.begin());
    expect(second.given).toMatch(/; Path=\/bot\/calendar; .*; Secure$/);
    // Two ways at once in one browser do not cut each other off.
    expect(second.given.split(';')[0]).toBe(given.split(';')[0]);
  });

  test('another browser that comes back gets no question, and spoils nothing', async () => {
    const rig = createPagesRig();
    const state = await rig.begin();
    const { given } = await rig.start(state);
    for (const cookie of ['', `metaclaw_calendar=${'x'.repeat(32)}`, 'other_metaclaw_calendar=1']) {
      rig.otherBrowser(cookie);
      const response = await rig.get({ state, code: 'victim' });
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('did not begin in this browser');
      expect((await rig.get({ state, error: 'access_denied' })).status).toBe(403);
    }
    rig.otherBrowser(given.split(';')[0]);
    expect((await rig.get({ state, code: 'c' })).status).toBe(200);
    rig.otherBrowser();
    for (const answer of ['yes', 'no']) expect((await rig.post({ token: state, answer })).status).toBe(403);
    rig.otherBrowser(given.split(';')[0]);
    expect((await rig.post({ token: state, answer: 'yes' })).status).toBe(200);
    expect(rig.consent.finished).toEqual(['c']);
  });

  test('what is over or unknown is told', async () => {
    const rig = createPagesRig();
    expect((await rig.get({ token: 'z'.repeat(32) }, 'start')).status).toBe(404);
    expect((await rig.post({ token: 'z'.repeat(32) }, undefined, 'start')).status).toBe(404);
  });
});

describe('what is no such request', () => {
  test.each([
    ['nothing', ''],
    ['no state', 'code=c'],
    ['neither code nor error', 'state=s'],
    ['both', 'state=s&code=c&error=e'],
    ['a state twice', 'state=s&state=t&code=c'],
    ['a code beyond all bounds', `state=s&code=${'c'.repeat(3_000)}`],
  ])('%s', async (_, query) => {
    const response = await createPagesRig().get(query);
    expect(response.status).toBe(400);
  });

  test('another method or path, and a look ahead does not use the state up', async () => {
    const rig = createPagesRig();
    const state = await rig.gone();
    const ask = async (path: string, method: string) =>
      rig.mount.fetch(new Request(`${base}${path}`, { method }));
    const head = await ask(`/calendar/callback?state=${state}&code=c`, 'HEAD');
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET']);
    const form = await ask('/calendar/confirm', 'GET');
    expect([form.status, form.headers.get('allow')]).toEqual([405, 'POST']);
    const begin = await ask('/calendar/start', 'PUT');
    expect([begin.status, begin.headers.get('allow')]).toEqual([405, 'GET, POST']);
    for (const path of [
      '/calendar',
      '/calendar/',
      '/calendar/callback/',
      '/calendar/__proto__',
      '/calendar/x',
    ])
      expect((await ask(path, 'GET')).status).toBe(404);
    expect((await rig.get({ state, code: 'c' })).status).toBe(200);
  });

  test('a form that is none', async () => {
    const rig = createPagesRig();
    const { token } = await arrived(rig);
    expect((await rig.post({ token, answer: 'yes' }, 'application/json')).status).toBe(415);
    expect((await rig.post({ token }, 'text/plain', 'start')).status).toBe(415);
    expect((await rig.post({}, undefined, 'start')).status).toBe(400);
    expect((await rig.get('', 'start')).status).toBe(400);
    expect((await rig.post({ token })).status).toBe(400);
    expect((await rig.post({ token, answer: 'perhaps' })).status).toBe(400);
    expect((await rig.post({ answer: 'yes' })).status).toBe(400);
    expect((await rig.post({ token, answer: 'yes' })).status).toBe(200);
  });
});

describe('failures', () => {
  const failing = (code: ErrorCode): Partial<ConsentDesk> => ({
    confirm: async () => {
      throw new AppError(code, `It is <${code}>.`);
    },
  });

  test.each([
    ['not_allowed', 403],
    ['auth_failed', 403],
    ['network', 502],
    ['timeout', 504],
    ['storage_busy', 503],
  ] as const)('%s is told with its words and %d', async (code, status) => {
    const rig = createPagesRig(failing(code));
    const response = await rig.post({ token: 't', answer: 'yes' });
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(`It is &lt;${code}&gt;.`);
    expect(rig.logger.of('calendar_page_failed')).toHaveLength(status >= 500 ? 1 : 0);
  });

  test.each(['internal', 'storage_failed'] as const)('%s says nothing of the insides', async (code) => {
    const rig = createPagesRig(failing(code));
    const response = await rig.post({ token: 't', answer: 'yes' });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('It is');
    expect(rig.logger.of('calendar_page_failed')).toHaveLength(1);
  });
});

describe('guards', () => {
  test('every answer carries them: no script, no frame, no store, no referrer', async () => {
    const rig = createPagesRig();
    const { response, html, token } = await arrived(rig);
    const answers = [
      { response, html },
      ...(await Promise.all(
        [
          rig.post({ token, answer: 'yes' }),
          rig.get(''),
          rig.mount.fetch(new Request(`${base}/calendar/x`)),
        ].map(async (pending) => {
          const one = await pending;
          return { response: one, html: await one.text() };
        }),
      )),
    ];
    for (const {
      response: { headers },
      html: text,
    } of answers) {
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      const csp = headers.get('content-security-policy') ?? '';
      expect(csp).toContain("default-src 'none'");
      expect(csp).toContain("frame-ancestors 'none'");
      expect(csp).toContain("form-action 'self'");
      expect(csp).not.toMatch(/unsafe|script-src|https?:/);
      const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
      expect(csp).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
      expect(text).not.toMatch(/<script|\son\w+=|style=|(?:src|href)=/);
    }
  });

  test('what people named things stands there as text', async () => {
    const nasty = `<script>alert(1)</script>"'&<b onclick=x>`;
    const rig = createPagesRig();
    const { html } = await arrived(rig, { spaceLabel: nasty, askedBy: nasty });
    const before = await (await rig.get({ token: tokenIn(html) }, 'start')).text();
    expect(before).not.toMatch(/<script|<b /);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&lt;b onclick=x&gt;');
    expect(html).not.toMatch(/<script|<b /);
    const linked = createPagesRig({ confirm: async () => ({ number: 1, label: nasty }) });
    expect(await (await linked.post({ token: 't', answer: 'yes' })).text()).not.toMatch(/<script|<b /);
  });

  test('nobody needs to be known here: what proves a request is in it', () => {
    const { path, proof } = createPagesRig().mount;
    expect([path, proof]).toEqual(['/calendar', 'none']);
  });
});
