import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { createRecordingSink } from '../../contract/channel/recording-sink.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { browserWith, clientId, cookieOf, createWebRig, openBrowser, type WebRig } from './web-rig.ts';

const password = 'correct horse battery staple';

async function started(options: Parameters<typeof createWebRig>[0] = {}) {
  const rig = createWebRig(options);
  const inbox = createRecordingSink();
  await rig.channel.start(inbox.sink);
  return { ...rig, inbox };
}

const login = (rig: WebRig, given: unknown, headers: Record<string, string> = {}) =>
  rig.call('/api/login', { json: { password: given }, headers });

describe('options', () => {
  test.each([
    ['off loopback without a password', { boundToLoopback: false }, /METACLAW_WEB_PASSWORD/],
    ['an empty password', { password: '' }, /empty/],
    ['a short key', { cookieKey: 'short' }, /32/],
    ['an address that is none', { publicUrl: 'chat.example.org' }, /publicUrl/],
    ['a folder without the page', { assetsFolder: '/nonexistent' }, /install/],
  ])('refuses %s', (_, options, message) => {
    const make = () => createWebRig(options);
    expect(make).toThrow(AppError);
    expect(make).toThrow(message);
    try {
      make();
    } catch (error) {
      expect(error).toMatchObject({ code: 'config_invalid' });
    }
  });

  test('says what proof its mount asks for', () => {
    expect(createWebRig().mounts.map(({ path, proof }) => [path, proof])).toEqual([['/', 'none']]);
    expect(createWebRig({ password }).mounts.map(({ path, proof }) => [path, proof])).toEqual([
      ['/', 'password'],
    ]);
  });
});

describe('headers', () => {
  test('page, assets, interface and refusals all carry the guards', async () => {
    const rig = await started();
    const browser = await openBrowser(rig);
    const responses = [
      await rig.call('/'),
      await rig.call('/assets/app.js'),
      await rig.call('/assets/nothing.js'),
      await browser.get('/api/conversation'),
      await rig.call('/api/conversation'),
      await rig.call('/', { host: 'evil.example' }),
    ];
    expect(responses.map((response) => response.status)).toEqual([200, 200, 404, 200, 401, 421]);
    for (const { headers } of responses) {
      const csp = headers.get('content-security-policy') ?? '';
      expect(csp).toContain("default-src 'none'");
      expect(csp).toContain("script-src 'self'");
      expect(csp).toContain("frame-ancestors 'none'");
      expect(csp).toContain("require-trusted-types-for 'script'");
      expect(csp).not.toMatch(/unsafe|\*|https?:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
    expect(responses[0]!.headers.get('cache-control')).toBe('no-store');
    expect(responses[3]!.headers.get('cache-control')).toBe('no-store');
  });

  test('the page holds no inline script, no inline style and no address of others', async () => {
    const rig = await started({ password });
    for (const name of ['index.html', 'login.html']) {
      const html = await (await rig.call(`/assets/${name}`)).text();
      expect(html).not.toMatch(/<script(?![^>]*src="\/assets\/[\w-]+\.js")/);
      expect(html).not.toMatch(/<style|style=|\son\w+=/);
      expect(html).not.toMatch(/(?:src|href)="(?!\/assets\/|#)/);
    }
    const css = await (await rig.call('/assets/style.css')).text();
    expect(css).not.toMatch(/@import|url\(/);
  });

  test('assets are answered with their kind and only once in full', async () => {
    const rig = await started();
    const first = await rig.call('/assets/style.css');
    expect(first.headers.get('content-type')).toBe('text/css; charset=utf-8');
    const again = await rig.call('/assets/style.css', {
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    for (const path of [
      '/assets/../channel.ts',
      '/assets/%2e%2e%2fchannel.ts',
      '/assets/',
      '/channel.ts',
      '/.env',
    ]) {
      expect((await rig.call(path)).status).toBe(404);
    }
  });
});

describe('host names', () => {
  const statusAt = async (rig: WebRig, host: string, headers: Record<string, string> = {}): Promise<number> =>
    (await rig.call('/assets/style.css', { host: '127.0.0.1', headers: { host, ...headers } })).status;

  test('without a password: loopback names only, and nothing that came through a proxy', async () => {
    const rig = await started({ publicUrl: 'https://chat.example.org' });
    for (const host of ['127.0.0.1:8787', 'localhost:8787', '[::1]:8787', '127.0.0.1', 'LOCALHOST']) {
      expect(await statusAt(rig, host)).toBe(200);
    }
    for (const host of [
      'evil.example',
      'chat.example.org',
      '192.168.1.5:8787',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '127.0.0.1@evil.example',
      'evil.example:8787',
      'localhost/..',
      '0.0.0.0:8787',
      '',
    ]) {
      expect([host, await statusAt(rig, host)]).toEqual([host, 421]);
    }
    for (const name of ['x-forwarded-for', 'forwarded', 'x-forwarded-host', 'x-real-ip']) {
      expect(await statusAt(rig, '127.0.0.1:8787', { [name]: 'for=1.2.3.4' })).toBe(421);
    }
  });

  test('with a password: the public name too; numbers only when bound beyond loopback', async () => {
    const inside = await started({ password, publicUrl: 'https://chat.example.org' });
    const outside = await started({ password, boundToLoopback: false });
    expect(await statusAt(inside, 'chat.example.org', { 'x-forwarded-for': '1.2.3.4' })).toBe(200);
    expect(await statusAt(inside, 'localhost:8787')).toBe(200);
    expect(await statusAt(inside, '192.168.1.5:8787')).toBe(421);
    expect(await statusAt(outside, '192.168.1.5:8787')).toBe(200);
    expect(await statusAt(outside, '[fd00::5]:8787')).toBe(200);
    expect(await statusAt(outside, 'evil.example')).toBe(421);
    const told = await outside.call('/', { host: 'evil.example' });
    expect(await told.json()).toEqual({ error: expect.stringContaining('http.publicUrl') });
  });
});

describe('requests of other sites', () => {
  const post = (rig: WebRig, cookie: string, headers: Record<string, string>, method = 'POST') =>
    rig.mounts[0]!.fetch(
      new Request('http://127.0.0.1:8787/api/messages', {
        method,
        headers: { host: '127.0.0.1:8787', cookie, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ id: clientId(), text: 'hello' }),
      }),
    );

  test('an origin, a site or a content type that is not ours is refused before anything happens', async () => {
    const rig = await started();
    const { cookie } = await openBrowser(rig);
    const own = 'http://127.0.0.1:8787';
    const refused: Record<string, string>[] = [
      {},
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:3000' },
      { origin: 'http://localhost:8787' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: own },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'same-origin', origin: 'http://evil.example' },
    ];
    for (const headers of refused) {
      expect([headers, (await post(rig, cookie, headers)).status]).toEqual([headers, 403]);
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']) {
      expect((await post(rig, cookie, { origin: own, 'content-type': type })).status).toBe(415);
    }
    expect(rig.inbox.events).toEqual([]);
    expect((await post(rig, cookie, { origin: own })).status).toBe(202);
    expect((await post(rig, cookie, { 'sec-fetch-site': 'same-origin' })).status).toBe(202);
    expect(rig.inbox.events.length).toBe(2);
  });

  test('another site cannot make the browser read the conversation or log in', async () => {
    const rig = await started({ password });
    const cookie = cookieOf(await login(rig, password));
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    expect((await rig.call('/api/conversation', { headers })).status).toBe(403);
    expect((await rig.call('/api/events', { headers })).status).toBe(403);
    expect((await login(rig, password, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  test('behind a proxy that changes the Host, the public origin is ours', async () => {
    const rig = await started({ password, publicUrl: 'https://chat.example.org' });
    const answer = await login(rig, password, { origin: 'https://chat.example.org' });
    expect(answer.status).toBe(200);
    expect((await login(rig, password, { origin: 'http://chat.example.org' })).status).toBe(403);
  });
});

describe('sessions', () => {
  test('the cookie is HttpOnly, SameSite=Strict, signed; Secure and host-bound under https', async () => {
    const rig = await started();
    const cookie = (await rig.call('/')).headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^metaclaw_8787=/);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Strict/);
    expect(cookie).toMatch(/; Path=\//);
    expect(cookie).not.toMatch(/Secure|Domain/);

    const behindTls = await started({ password, publicUrl: 'https://chat.example.org' });
    const answer = await behindTls.call('/api/login', {
      host: 'chat.example.org',
      json: { password },
      headers: { origin: 'https://chat.example.org' },
    });
    const secure = answer.headers.get('set-cookie') ?? '';
    expect(secure).toMatch(/^__Host-metaclaw=/);
    expect(secure).toMatch(/; Secure/);
    const inside = browserWith(behindTls, secure.split(';')[0]!, 'chat.example.org');
    expect((await inside.get('/api/conversation')).status).toBe(200);
  });

  test('no cookie, a forged one, a changed one, one of another key or port: 401, and nothing reaches the sink', async () => {
    const rig = await started();
    const other = await started({ cookieKey: 'another key, also long enough to be one' });
    const { cookie } = await openBrowser(rig);
    const [name = '', value = ''] = cookie.split('=', 2);
    const [content = '', signature = ''] = decodeURIComponent(value).split(/\.(?=[^.]*$)/);
    const [account = '', expiresAt = ''] = content.split('.');
    const make = (text: string, seal: string) => `${name}=${encodeURIComponent(`${text}.${seal}`)}`;
    const forged = [
      '',
      `${name}=x`,
      make(content, 'A'.repeat(43).concat('=')),
      make(`${account}x.${expiresAt}`, signature),
      make(`${account}.${Number(expiresAt) + 1}`, signature),
      make(`${content}.1`, signature),
      cookieOf(await other.call('/')),
      cookieOf(await rig.call('/', { host: '127.0.0.1:9999' })),
    ];
    for (const bad of forged) {
      const browser = browserWith(rig, bad);
      for (const path of ['/api/conversation', '/api/events']) {
        expect([bad, (await browser.get(path)).status]).toEqual([bad, 401]);
      }
      for (const path of ['messages', 'votes', 'actions', 'completions', 'logout']) {
        expect((await browser.post(`/api/${path}`, {})).status).toBe(401);
      }
    }
    expect(rig.inbox.events).toEqual([]);
    expect((await browserWith(rig, cookie).get('/api/conversation')).status).toBe(200);
  });

  test('a session ends by time, and a visit renews it for the same account', async () => {
    const clock = createFakeClock();
    const rig = await started({ clock, limits: { sessionMs: 10 * 86_400_000 } });
    const browser = await openBrowser(rig);
    const account = await browser.account();
    const visit = async () => cookieOf(await browser.get('/'));
    expect(await visit()).toBe('');
    await clock.advance(2 * 86_400_000);
    const renewed = await visit();
    expect(renewed).not.toBe('');
    await clock.advance(9 * 86_400_000);
    expect((await browser.get('/api/conversation')).status).toBe(401);
    const later = browserWith(rig, renewed);
    expect(await later.account()).toBe(account);
    // On loopback the visit itself is the proof: nobody loses a conversation to a holiday.
    expect(await browserWith(rig, await visit()).account()).toBe(account);
  });

  test('a link on another site, which brings no cookie, neither makes a new session nor asks for the password', async () => {
    for (const options of [{}, { password }]) {
      const rig = await started(options);
      for (const site of ['cross-site', 'same-site']) {
        const page = await rig.call('/', { headers: { 'sec-fetch-site': site } });
        expect([page.status, page.headers.get('set-cookie')]).toEqual([200, null]);
        expect(await page.text()).toContain('/assets/app.js');
      }
    }
    const rig = await started();
    const typed = await rig.call('/', { headers: { 'sec-fetch-site': 'none' } });
    expect(typed.headers.get('set-cookie')).toMatch(/^metaclaw_8787=/);
  });

  test('an open stream ends with its session', async () => {
    const clock = createFakeClock();
    const rig = await started({ clock, limits: { sessionMs: 60_000, heartbeatMs: 15_000 } });
    const browser = await openBrowser(rig);
    const stream = await browser.get('/api/events');
    const text = stream.text();
    await clock.advance(75_000);
    expect(await text).toContain('event: hello');
  });
});

describe('password', () => {
  test('nothing but the login is shown before it', async () => {
    const rig = await started({ password });
    const page = await rig.call('/');
    expect([page.status, page.headers.get('location'), page.headers.get('set-cookie')]).toEqual([
      303,
      '/login',
      null,
    ]);
    expect(await (await rig.call('/login')).text()).toContain('type="password"');
    expect((await rig.call('/api/conversation')).status).toBe(401);
    expect((await createWebRig().call('/login')).headers.get('location')).toBe('/');
  });

  test('the right one lets in, the wrong one does not, and a log-out ends it', async () => {
    const rig = await started({ password });
    for (const wrong of ['', 'Correct horse battery staple', `${password} `, 'x'.repeat(1_000)]) {
      const answer = await login(rig, wrong);
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
    }
    const answer = await login(rig, password);
    const browser = browserWith(rig, cookieOf(answer));
    expect(answer.status).toBe(200);
    expect((await browser.conversation()).canLogOut).toBe(true);
    expect((await browser.get('/')).status).toBe(200);
    expect((await browser.get('/login')).headers.get('location')).toBe('/');
    const account = await browser.account();
    const stream = (await browser.get('/api/events')).text();
    const out = await browser.post('/api/logout', {});
    expect(out.status).toBe(200);
    expect(await stream).toContain('event: hello');
    const left = browserWith(rig, cookieOf(out));
    expect((await left.get('/api/conversation')).status).toBe(401);
    expect((await left.get('/')).headers.get('location')).toBe('/login');
    const back = await login(rig, password, { cookie: cookieOf(out) });
    expect(await browserWith(rig, cookieOf(back)).account()).toBe(account);
    const logged = JSON.stringify(rig.logger.entries);
    expect(logged).not.toContain('horse');
  });

  test('a body that is no login is a sentence, not a stack', async () => {
    const rig = await started({ password });
    for (const init of [
      { json: {} },
      { json: { password: 1 } },
      { json: { password: 'x'.repeat(1_001) } },
      { body: '{' },
    ]) {
      const answer = await rig.call('/api/login', init);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({ error: expect.stringMatching(/\.$/) });
    }
  });

  test('guessing is held back, and those who were in before keep attempts of their own', async () => {
    const clock = createFakeClock();
    const rig = await started({
      clock,
      password,
      limits: { loginBurst: 3, loginRefillMs: 10_000, sessionMs: 60_000 },
    });
    const cookie = cookieOf(await login(rig, password));
    const account = await browserWith(rig, cookie).account();
    for (let attempt = 0; attempt < 3; attempt += 1) expect((await login(rig, 'guess')).status).toBe(401);
    const held = await login(rig, password);
    expect([held.status, held.headers.get('retry-after'), held.headers.get('set-cookie')]).toEqual([
      429,
      '10',
      null,
    ]);
    await clock.advance(60_000);
    for (let attempt = 0; attempt < 3; attempt += 1) await login(rig, 'guess');
    expect((await login(rig, password)).status).toBe(429);
    const back = await login(rig, password, { cookie });
    expect(back.status).toBe(200);
    expect(await browserWith(rig, cookieOf(back)).account()).toBe(account);
    await clock.advance(10_000);
    expect((await login(rig, password)).status).toBe(200);
  });

  test('another password ends every session made under the former one', async () => {
    const rig = await started({ password });
    const cookie = cookieOf(await login(rig, password));
    const open = await started();
    const changed = await started({ password: 'a new one' });
    expect((await browserWith(rig, cookie).get('/api/conversation')).status).toBe(200);
    expect((await browserWith(changed, cookie).get('/api/conversation')).status).toBe(401);
    expect((await browserWith(open, cookie).get('/api/conversation')).status).toBe(401);
    const withoutPassword = (await openBrowser(open)).cookie;
    expect((await browserWith(rig, withoutPassword).get('/api/conversation')).status).toBe(401);
  });
});
