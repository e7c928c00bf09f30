import type { HttpMount } from '../../core/ports/http-mount.ts';
import { browserCookie, readBrowser } from './browser-cookie.ts';
import { toRefusal } from './errors.ts';
import type { CalendarPagesOptions } from './options.ts';
import {
  contentSecurityPolicy,
  linkedPage,
  nothingLinkedPage,
  type Page,
  questionPage,
  refusalPage,
  startPage,
} from './pages.ts';

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  // The address holds a code.
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
};

const mostFieldChars = 2_048;
const over = 'There is nothing to answer here. Ask for a new link in the chat.';

type Handler = (request: Request) => Promise<Page>;

/**
 * The pages on the way to a calendar’s provider and back: `GET /calendar/start` says for whom it is, `POST /calendar/start` gives the browser its
 * cookie and sends it to the provider; `GET /calendar/callback` asks whether to link and says again for whom, `POST /calendar/confirm` takes the
 * answer. What proves a request is the word in it, and from the second on the cookie. No GET uses anything up but one that tells of a refusal.
 */
export function createCalendarPages({ desk, pagesAt, logger }: CalendarPagesOptions): HttpMount {
  /** Answers under way, by their token and browser: of two presses the second shows what the first has done. */
  const answering = new Map<string, Promise<Page>>();

  async function show(request: Request): Promise<Page> {
    const token = field(new URL(request.url).searchParams, 'token');
    return token === '' ? refusalPage(400, over) : startPage(await desk.look(token));
  }

  async function start(request: Request): Promise<Page> {
    const form = await formOf(request);
    if (form === undefined) return refusalPage(415, over);
    const token = field(form, 'token');
    if (token === '') return refusalPage(400, over);
    const { url, browser } = await desk.start(token, readBrowser(request));
    return {
      status: 303,
      html: '',
      headers: { location: url, 'set-cookie': browserCookie(browser, pagesAt()) },
    };
  }

  async function callback(request: Request): Promise<Page> {
    const { searchParams } = new URL(request.url);
    const browser = readBrowser(request);
    const [state, code, error] = [
      field(searchParams, 'state'),
      field(searchParams, 'code'),
      field(searchParams, 'error'),
    ];
    if (state === '' || (code === '') === (error === '')) return refusalPage(400, over);
    if (error === '') return questionPage(await desk.consented({ code, state }, browser));
    await desk.denied({ error, state }, browser);
    return nothingLinkedPage();
  }

  async function answer(token: string, says: string, browser: string | undefined): Promise<Page> {
    if (says === 'yes') return linkedPage(await desk.confirm(token, browser));
    await desk.decline(token, browser);
    return nothingLinkedPage();
  }

  async function confirm(request: Request): Promise<Page> {
    const form = await formOf(request);
    if (form === undefined) return refusalPage(415, over);
    const [token, says] = [field(form, 'token'), field(form, 'answer')];
    if (token === '' || (says !== 'yes' && says !== 'no')) return refusalPage(400, over);
    const browser = readBrowser(request);
    const key = JSON.stringify([token, browser]);
    const same = answering.get(key);
    if (same !== undefined) return same;
    const mine = answer(token, says, browser).finally(() => answering.delete(key));
    answering.set(key, mine);
    return mine;
  }

  const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
    '/calendar/start': { GET: show, POST: start },
    '/calendar/callback': { GET: callback },
    '/calendar/confirm': { POST: confirm },
  };

  async function pageFor(request: Request, path: string): Promise<Page> {
    const methods = routes[path];
    if (methods === undefined) return refusalPage(404, 'There is nothing here.');
    const handle = methods[request.method];
    if (handle === undefined) {
      return { ...(await refusalPage(405, over)), headers: { allow: Object.keys(methods).join(', ') } };
    }
    try {
      return await handle(request);
    } catch (error) {
      const { status, message } = toRefusal(error);
      if (status >= 500) logger.error('calendar_page_failed', { path, error });
      return refusalPage(status, message);
    }
  }

  return {
    path: '/calendar',
    proof: 'none',
    async fetch(request) {
      const path = new URL(request.url).pathname;
      const { status, html, formsTo, headers: more = {} } = await pageFor(request, path);
      return new Response(html, {
        status,
        headers: { ...headers, 'content-security-policy': contentSecurityPolicy(formsTo), ...more },
      });
    },
  };
}

/** `undefined` for what is no form. */
async function formOf(request: Request): Promise<URLSearchParams | undefined> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return undefined;
  return new URLSearchParams(await request.text());
}

/** Empty where it is not there, there twice, or longer than it can be. */
function field(fields: URLSearchParams, name: string): string {
  const [value = '', ...more] = fields.getAll(name);
  return more.length > 0 || value.length > mostFieldChars ? '' : value;
}
