import type { Refusal } from './errors.ts';

/** Which names this page answers under. */
export interface HostRules {
  readonly hasPassword: boolean;
  readonly boundToLoopback: boolean;
  readonly publicUrl: string | undefined;
}

/** The address a request was made to, by its Host header. */
export interface RequestedHost {
  /** With the port, as in a URL. */
  readonly host: string;
  readonly port: string;
  /** True where the browser speaks TLS with the proxy before us. */
  readonly isHttps: boolean;
}

const loopbackName = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const ipLiteral = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;
const hostSyntax = /^(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/;
const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/**
 * Refuses requests made under a name that is not ours. A page of somebody else can point a name of its own at this
 * machine (DNS rebinding), but it cannot change the Host header that the browser sends with it.
 */
export function checkHost(headers: Headers, rules: HostRules): RequestedHost | Refusal {
  const header = headers.get('host') ?? '';
  if (!hostSyntax.test(header) || !URL.canParse(`http://${header}`)) return unknownHost(rules);
  const url = new URL(`http://${header}`);
  const publicUrl = rules.publicUrl === undefined ? undefined : new URL(rules.publicUrl);
  const isPublic = publicUrl !== undefined && publicUrl.hostname === url.hostname;
  const found: RequestedHost = {
    host: url.host,
    port: url.port,
    isHttps: isPublic && publicUrl.protocol === 'https:',
  };
  if (!rules.hasPassword) {
    const isForwarded = forwardingHeaders.some((name) => headers.has(name));
    return loopbackName.test(url.hostname) && !isForwarded ? found : unknownHost(rules);
  }
  if (loopbackName.test(url.hostname) || isPublic) return found;
  return !rules.boundToLoopback && ipLiteral.test(url.hostname) ? found : unknownHost(rules);
}

function unknownHost(rules: HostRules): Refusal {
  return {
    status: 421,
    message: rules.hasPassword
      ? 'This page does not know itself under this address. Set http.publicUrl to the address in your browser, or open the one that was printed at the start.'
      : 'Without a password this page is open on this machine only: open the address that was printed at the start, or set METACLAW_WEB_PASSWORD.',
  };
}

/** Whether another site led the browser here, which then keeps cookies back that are for same-site requests only. */
export function isLinkFromElsewhere(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  return site === 'cross-site' || site === 'same-site';
}

/** Refuses what another site made the browser send. */
export function checkOrigin(
  method: string,
  headers: Headers,
  host: RequestedHost,
  publicUrl: string | undefined,
): Refusal | undefined {
  const site = headers.get('sec-fetch-site');
  const origin = headers.get('origin');
  const isOwnSite = site === 'same-origin' || site === 'none';
  const isOwnOrigin =
    origin !== null &&
    URL.canParse(origin) &&
    (new URL(origin).host === host.host ||
      (publicUrl !== undefined && new URL(origin).origin === new URL(publicUrl).origin));
  const foreign: Refusal = {
    status: 403,
    message: 'This was sent from another page, so it was not accepted.',
  };
  if (site !== null && !isOwnSite) return foreign;
  if (origin !== null && !isOwnOrigin) return foreign;
  // Every browser names one of the two on requests that change something.
  const isReading = method === 'GET' || method === 'HEAD';
  return isReading || origin !== null || site === 'same-origin' ? undefined : foreign;
}
