import { timingSafeEqual } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getSignedCookie, setSignedCookie } from 'hono/cookie';
import { secureHeaders } from 'hono/secure-headers';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Asset } from './assets.ts';
import { type Refusal, tooLarge, toRefusal } from './errors.ts';
import type { EventHub } from './event-hub.ts';
import { headerRules } from './header-rules.ts';
import { checkHost, checkOrigin, isLinkFromElsewhere, type RequestedHost } from './host-guard.ts';
import { parseRequest } from './inbound.ts';
import { createLoginLimiter } from './login-limiter.ts';
import type { WebLimits } from './options.ts';
import type { PageApi } from './page-api.ts';
import type { ScheduleApi } from './schedule-api.ts';
import { loginRequest } from './schema.ts';
import {
  COOKIE_MAX_AGE_S,
  decodeSession,
  encodeSession,
  isLive,
  type Session,
  wantsRenewal,
} from './session.ts';

export interface WebAppOptions {
  readonly api: PageApi;
  /** Absent: nothing is known of a schedule. */
  readonly schedule: ScheduleApi | undefined;
  readonly hub: EventHub;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly limits: WebLimits;
  readonly cookieKey: string;
  readonly password: string | undefined;
  readonly boundToLoopback: boolean;
  readonly publicUrl: string | undefined;
  /** False before `start` and after `stop`. */
  readonly isOpen: () => boolean;
}

interface Env {
  readonly Variables: { readonly host: RequestedHost; readonly session: Session };
}

/** Everything the page speaks HTTP with: security, sessions, routes. */
export function createWebApp(options: WebAppOptions): (request: Request) => Response | Promise<Response> {
  const { api, schedule, hub, assets, clock, ids, limits, password, publicUrl } = options;
  // Cookies made under another password prove nothing.
  const signingKey = ids.digest(`web session\n${options.cookieKey}\n${password ?? ''}`);
  const limiter = createLoginLimiter(clock, limits.loginBurst, limits.loginRefillMs);
  const app = new Hono<Env>();

  const cookieOf = (host: RequestedHost) => ({
    // Cookies do not know ports: two instances on one machine must not overwrite each other's.
    name: host.port === '' ? 'metaclaw' : `metaclaw_${host.port}`,
    prefix: host.isHttps ? ('host' as const) : undefined,
  });
  /** The session a cookie names, live or not; only a cookie that we signed counts. */
  const readSession = async (c: Context<Env>): Promise<Session | undefined> => {
    const { name, prefix } = cookieOf(c.get('host'));
    const value = await getSignedCookie(c, signingKey, name, prefix);
    return typeof value === 'string' ? decodeSession(value) : undefined;
  };
  const writeSession = async (c: Context<Env>, session: Session): Promise<void> => {
    const host = c.get('host');
    const { name, prefix } = cookieOf(host);
    await setSignedCookie(c, name, encodeSession(session), signingKey, {
      path: '/',
      httpOnly: true,
      sameSite: 'Strict',
      secure: host.isHttps,
      maxAge: COOKIE_MAX_AGE_S,
      ...(prefix === undefined ? {} : { prefix }),
    });
  };
  /** For the account of a former session, or for a new one. */
  const newSession = (former: Session | undefined): Session => ({
    account: former?.account ?? ids.next('account'),
    expiresAt: clock.now() + limits.sessionMs,
  });
  const isPassword = (given: string): boolean =>
    password !== undefined &&
    timingSafeEqual(Buffer.from(ids.digest(given)), Buffer.from(ids.digest(password)));
  const serveAsset = (c: Context<Env>, name: string, cacheControl: string): Response => {
    const asset = assets.get(name);
    if (asset === undefined) return refuse(c, { status: 404, message: 'There is nothing here.' });
    c.header('Cache-Control', cacheControl);
    c.header('ETag', asset.etag);
    if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304);
    return c.body(asset.body, 200, { 'Content-Type': asset.type });
  };

  app.use(secureHeaders(headerRules));
  app.use(async (c, next) => {
    const host = checkHost(c.req.raw.headers, { ...options, hasPassword: password !== undefined });
    if ('status' in host) return refuse(c, host);
    c.set('host', host);
    return next();
  });
  app.use('/api/*', async (c, next) => {
    const { method, raw } = c.req;
    const foreign = checkOrigin(method, raw.headers, c.get('host'), publicUrl);
    if (foreign !== undefined) return refuse(c, foreign);
    c.header('Cache-Control', 'no-store');
    if (
      method !== 'GET' &&
      method !== 'HEAD' &&
      !/^application\/json\b/i.test(c.req.header('content-type') ?? '')
    ) {
      return refuse(c, { status: 415, message: 'The server takes JSON only.' });
    }
    return next();
  });
  app.use(
    '/api/*',
    bodyLimit({ maxSize: limits.maxBodyBytes, onError: (c) => refuse(c, toRefusal(tooLarge())) }),
  );

  app.get('/assets/:name', (c) => serveAsset(c, c.req.param('name'), 'no-cache'));
  app.get('/login', async (c) => {
    const session = await readSession(c);
    const isIn = password === undefined || (session !== undefined && isLive(session, clock.now()));
    return isIn ? c.redirect('/', 303) : serveAsset(c, 'login.html', 'no-store');
  });
  app.post('/api/login', async (c) => {
    const request = parseRequest(loginRequest, await readJson(c));
    const former = await readSession(c);
    // A browser that was let in before has attempts of its own, so that strangers cannot use up everybody's.
    const bucket = former?.account ?? 'stranger';
    const waitMs = limiter.take(bucket);
    if (waitMs > 0) {
      options.logger.warn('web_login_held_back', { waitMs });
      return refuse(c, {
        status: 429,
        message: 'Too many attempts: wait a moment and try again.',
        retryAfterMs: waitMs,
      });
    }
    if (!isPassword(request.password)) {
      options.logger.warn('web_login_failed');
      return refuse(c, { status: 401, message: 'That is not the password.' });
    }
    limiter.giveBack(bucket);
    await writeSession(c, newSession(former));
    return c.json({});
  });
  app.get('/', async (c) => {
    const now = clock.now();
    const session = await readSession(c);
    const isIn = session !== undefined && isLive(session, now);
    // Who follows a link on another site comes without the cookie (SameSite=Strict). A new one would replace it and cost
    // the conversation, so the page itself asks who it is, from here.
    if (session === undefined && isLinkFromElsewhere(c.req.raw.headers)) {
      return serveAsset(c, 'index.html', 'no-store');
    }
    if (password !== undefined && !isIn) return c.redirect('/login', 303);
    if (!isIn || wantsRenewal(session, now, limits.sessionMs)) {
      await writeSession(c, newSession(session));
    }
    return serveAsset(c, 'index.html', 'no-store');
  });

  app.use('/api/*', async (c, next) => {
    const session = await readSession(c);
    if (session === undefined || !isLive(session, clock.now())) {
      return refuse(c, { status: 401, message: 'This session has ended: open the page again.' });
    }
    c.set('session', session);
    if (!options.isOpen()) {
      return refuse(c, {
        status: 503,
        message: 'The server is starting or stopping: try again in a moment.',
      });
    }
    return next();
  });
  app.get('/api/conversation', async (c) =>
    c.json({ ...(await api.conversation(c.get('session').account)), canLogOut: password !== undefined }),
  );
  app.get('/api/events', (c) => {
    const { account, expiresAt } = c.get('session');
    const stream = hub.open(account, c.req.header('last-event-id'), expiresAt);
    if (stream === undefined) {
      return refuse(c, { status: 503, message: 'Too many pages are open: close one and try again.' });
    }
    return c.body(stream, 200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  });
  for (const name of ['message', 'vote', 'action'] as const) {
    app.post(`/api/${name}s`, async (c) => {
      const receipt = await api[name](c.get('session').account, await readJson(c));
      return c.json({ receipt }, receipt === 'stored' ? 202 : 200);
    });
  }
  app.get('/api/pictures/:message/:place{[0-9]}', async (c) => {
    const { message, place } = c.req.param();
    const picture = await api.picture(c.get('session').account, message, Number(place));
    return c.body(picture, 200, { 'Content-Type': 'image/png' });
  });
  app.post('/api/completions', async (c) =>
    c.json({ choices: await api.completion(c.get('session').account, await readJson(c)) }),
  );
  if (schedule !== undefined) {
    app.get('/api/schedule', async (c) => c.json(await schedule.view(c.get('session').account)));
    app.get('/api/schedule/week.png', async (c) => {
      const picture = await schedule.picture(c.get('session').account, c.req.query('dark') === '1');
      return c.body(picture, 200, { 'Content-Type': 'image/png' });
    });
    app.post('/api/schedule/calendars', async (c) =>
      c.json(await schedule.connect(c.get('session').account, await readJson(c))),
    );
    app.delete('/api/schedule/calendars/:number{[1-9][0-9]{0,8}}', async (c) =>
      c.json(await schedule.disconnect(c.get('session').account, Number(c.req.param('number')))),
    );
  }
  app.post('/api/logout', async (c) => {
    // Over, but not forgotten: whoever knows the password comes back to the conversation.
    const { account } = c.get('session');
    await writeSession(c, { account, expiresAt: 0 });
    hub.close(account);
    return c.json({});
  });

  app.notFound((c) => refuse(c, { status: 404, message: 'There is nothing here.' }));
  app.onError((error, c) => {
    const refusal = toRefusal(error);
    if (refusal.status === 502) options.logger.warn('web_peer_failed', { path: c.req.path, error });
    else if (refusal.status >= 500) options.logger.error('web_request_failed', { path: c.req.path, error });
    return refuse(c, refusal);
  });
  return (request) => app.fetch(request);
}

function refuse(c: Context, refusal: Refusal): Response {
  if (refusal.retryAfterMs !== undefined) {
    c.header('Retry-After', String(Math.max(1, Math.ceil(refusal.retryAfterMs / 1000))));
  }
  return c.json({ error: refusal.message }, refusal.status);
}

async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    // The schema then says what is wrong with nothing.
    return undefined;
  }
}
