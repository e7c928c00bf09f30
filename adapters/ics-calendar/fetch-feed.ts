import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, fetch, type Response } from 'undici';
import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { aborted, badFeed, type FeedErrorContext, refusal, toFeedError } from './errors.ts';
import { hostOf } from './feed-address.ts';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';

/** Every address of a host, IPv4 and IPv6. */
export type ResolveHost = (
  host: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface FetchFeedOptions {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Default: as this machine resolves names. */
  readonly resolve?: ResolveHost;
  /** Lets feeds be read by http and at any port from this machine itself; only for tests. Default false. */
  readonly allowLoopback?: boolean;
  /** For a whole read with its redirects. Default 15 s. */
  readonly timeoutMs?: number;
}

/** What the server gave for telling whether the text has changed since. */
export interface FeedVersion {
  readonly etag?: string;
  readonly modified?: string;
}

export type FetchedFeed =
  | { readonly kind: 'text'; readonly text: string; readonly version: FeedVersion }
  | { readonly kind: 'unchanged' };

const maxBytes = 10 * 1024 * 1024;
const maxRedirects = 5;
/** A longer one is not kept. */
const maxVersionChars = 500;

const ofThisMachine: ResolveHost = (host) => lookup(host, { all: true, verbatim: true });

interface Hop {
  readonly url: URL;
  /** A value of `authorization`, for the host it was given for alone. */
  readonly authorization?: string;
}

/** The name and password of an address go into a header, as a request cannot have them in its address. */
function hopTo(address: string): Hop {
  const url = new URL(address);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  url.hash = '';
  if (username === '' && password === '') return { url };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
}

/** Where a redirect leads. A name and a password stay with the host that they were given for; one in the redirect itself is dropped. */
function nextHop(from: Hop, location: string): Hop {
  if (!URL.canParse(location, from.url.href)) throw badFeed('The feed has moved to an address that is none.');
  const { url } = hopTo(new URL(location, from.url.href).href);
  const isSameHost = url.origin === from.url.origin;
  return isSameHost && from.authorization !== undefined
    ? { url, authorization: from.authorization }
    : { url };
}

async function readBody(response: Response, host: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) {
      throw badFeed(`The feed at ${host} is larger than 10 MB. Connect one with fewer events.`);
    }
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

function versionOf(headers: Headers | Response['headers']): FeedVersion {
  const etag = headers.get('etag');
  const modified = headers.get('last-modified');
  return {
    ...(etag !== null && etag.length <= maxVersionChars && { etag }),
    ...(modified !== null && modified.length <= maxVersionChars && { modified }),
  };
}

/**
 * Reads feeds from the public internet and from nowhere else. Each connection goes to an address that was checked a moment before and by
 * that very address, so that a name cannot lead inside by changing; a redirect is followed by hand, with the same checks. Rejects with
 * `AppError`, which names the host and never the address.
 */
export function createFeedFetch(options: FetchFeedOptions) {
  const { clock, resolve = ofThisMachine, allowLoopback = false, timeoutMs = 15_000 } = options;

  const mayConnect = (address: string): boolean =>
    isPublicAddress(address) || (allowLoopback && isLoopbackAddress(address));

  function inside(host: string): AppError {
    return new AppError(
      'not_allowed',
      `${host} leads into a private network. The bot reads feeds on the internet only.`,
      { details: { host } },
    );
  }

  /** All must be fine: any of them may be taken. */
  async function checkedAddresses(host: string): ReturnType<ResolveHost> {
    const found = await resolve(host);
    if (!found.every(({ address }) => mayConnect(address))) throw inside(host);
    if (found.length === 0) throw new Error('no address');
    return found;
  }

  const checkedLookup: LookupFunction = (host, { all }, callback) => {
    checkedAddresses(host).then(
      (found) => {
        const [first] = found;
        if (all === true) callback(null, [...found]);
        else callback(null, first?.address ?? '', first?.family);
      },
      (thrown: unknown) => callback(thrown instanceof Error ? thrown : new Error('lookup failed'), ''),
    );
  };

  /** What is said in an address itself; what a name leads to is checked when it is connected to. */
  function checkAddress(url: URL): void {
    const host = hostOf(url);
    if (isIP(host) !== 0 && !mayConnect(host)) throw inside(host);
    if (allowLoopback) return;
    if (url.protocol !== 'https:' || url.port !== '') {
      throw new AppError(
        'not_allowed',
        `${host} leads to an address that is not plain https. The bot does not follow it.`,
        {
          details: { host },
        },
      );
    }
  }

  async function ask(hop: Hop, known: FeedVersion, agent: Agent, signal: AbortSignal): Promise<Response> {
    checkAddress(hop.url);
    return fetch(hop.url.href, {
      dispatcher: agent,
      redirect: 'manual',
      signal,
      headers: {
        accept: 'text/calendar, text/plain;q=0.5, */*;q=0.1',
        'user-agent': 'metaclaw (calendar)',
        ...(hop.authorization !== undefined && { authorization: hop.authorization }),
        ...(known.etag !== undefined && { 'if-none-match': known.etag }),
        ...(known.modified !== undefined && { 'if-modified-since': known.modified }),
      },
    });
  }

  async function follow(
    first: Hop,
    known: FeedVersion,
    agent: Agent,
    signal: AbortSignal,
  ): Promise<FetchedFeed> {
    let hop = first;
    for (let redirects = 0; ; redirects += 1) {
      const response = await ask(hop, known, agent, signal);
      const { status, headers } = response;
      const location = headers.get('location');
      const host = hostOf(hop.url);
      if (status >= 300 && status < 400 && status !== 304 && location !== null) {
        if (redirects === maxRedirects)
          throw badFeed(`The feed at ${hostOf(first.url)} moves on without end.`);
        await response.body?.cancel();
        hop = nextHop(hop, location);
      } else if (status === 304 && (known.etag ?? known.modified) !== undefined) {
        return { kind: 'unchanged' };
      } else if (status === 200) {
        return { kind: 'text', text: await readBody(response, host), version: versionOf(headers) };
      } else {
        throw refusal(status, new Headers([...headers]), { host, nowMs: clock.now() });
      }
    }
  }

  /** `unchanged` only where `known` says of what. */
  return async function fetchFeed(
    address: string,
    known: FeedVersion,
    signal: AbortSignal,
  ): Promise<FetchedFeed> {
    if (signal.aborted) throw aborted();
    const first = hopTo(address);
    const context: FeedErrorContext = { host: hostOf(first.url), nowMs: clock.now() };
    const ending = new AbortController();
    let isLate = false;
    const timer = clock.after(timeoutMs, () => {
      isLate = true;
      ending.abort();
    });
    const onAbort = (): void => ending.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    const agent = new Agent({
      connect: { lookup: checkedLookup, timeout: timeoutMs },
      allowH2: false,
      maxHeaderSize: 65_536,
    });
    try {
      return await follow(first, known, agent, ending.signal);
    } catch (thrown) {
      if (signal.aborted) throw aborted();
      if (isLate) {
        throw new AppError('timeout', `${context.host} took too long over the feed.`, {
          retryable: true,
          details: { host: context.host },
        });
      }
      throw toFeedError(thrown, context);
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      // A read that stopped midway leaves nothing open; nothing is kept for the next one, which resolves anew.
      agent.destroy().catch(() => undefined);
    }
  };
}
