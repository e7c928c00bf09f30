import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { longestBodyMs } from '../adapters/proxy/body-pace.ts';
import type { NodeMount } from '../adapters/proxy/node-mount.ts';
import { AppError, toAppError } from '../core/domain/app-error.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { HttpMount } from '../core/ports/http-mount.ts';
import type { Logger } from '../core/ports/logger.ts';
import { limitBody } from './http-body-limit.ts';
import { isLoopbackHost } from './loopback-host.ts';

export interface HttpListenerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** A larger request body is answered with 413, in bytes. */
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface HttpListener {
  /** Serves this from now on. Of several that fit, the one with the longest path does. */
  mount(mount: HttpMount): void;
  /** The same for what is served raw; goes before all others. Bodies are its own to bound, in size and in time. */
  mountRaw(mount: NodeMount): void;
  /**
   * Resolves with the address taken: `http://127.0.0.1:8787`. Rejects with `conflict` when the port is taken and with
   * `config_invalid` when there is no such address here.
   */
  listen(): Promise<string>;
  /** Takes no more requests, waits for those under way up to `deadlineMs`, then cuts them. Safe to call twice and before `listen`. */
  close(deadlineMs: number): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 10_000;
/** From its headers to the end of its body, of all that is not served raw. */
const REQUEST_TIMEOUT_MS = 30_000;
/** What is served raw bounds its bodies itself; this one is for what that leaves. */
const RAW_REQUEST_TIMEOUT_MS = longestBodyMs + 60_000;
/** Longer than clients keep a connection that nobody uses, so that none is closed under a request that is on its way. */
const KEEP_ALIVE_MS = 20_000;

/** One listener for everything that adapters mount. */
export function createHttpListener(options: HttpListenerOptions): HttpListener {
  const { host, port, maxBodyBytes, clock, logger } = options;
  let mounts: readonly HttpMount[] = [];
  let rawMounts: readonly NodeMount[] = [];
  let server: Server | undefined;

  async function serve(request: Request, { incoming }: HttpBindings): Promise<Response> {
    const { pathname } = new URL(request.url);
    const found = mounts.find(({ path }) => isBelow(pathname, path));
    if (found === undefined) return Response.json({ message: 'There is nothing here.' }, { status: 404 });
    if (found.proof === 'control_token' && !isFromHere(incoming)) {
      return Response.json({ message: 'Only this machine may do that.' }, { status: 403 });
    }
    try {
      return await limitBody(request, maxBodyBytes, (limited) => found.fetch(limited));
    } catch (error) {
      logger.error('http_request_failed', { error, path: found.path, method: request.method });
      return Response.json(
        { message: 'Something went wrong. The log of the bot says what.' },
        { status: 500 },
      );
    }
  }

  const listener = getRequestListener((request, bindings) => serve(request, httpOnly(bindings)), {
    overrideGlobalObjects: false,
    errorHandler: () =>
      Response.json({ message: 'That is not a request that can be answered.' }, { status: 400 }),
  });

  /** One that is not there in time is answered as Node answers it, and cut off. How long the answer takes is not bounded. */
  function boundArrival(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { socket } = incoming;
    const timer = clock.after(REQUEST_TIMEOUT_MS, () => {
      if (incoming.complete) return;
      if (outgoing.headersSent) socket.destroy();
      else socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', () => socket.destroy());
    });
    outgoing.on('close', () => timer.cancel());
  }

  function handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const raw = rawMounts.find(({ path }) => isBelow(pathOf(incoming), path));
    if (raw === undefined) {
      boundArrival(incoming, outgoing);
      void listener(incoming, outgoing);
    } else raw.handle(incoming, outgoing, isFromHere(incoming));
  }

  return {
    mount(mount) {
      mounts = [...mounts, mount].sort((a, b) => b.path.length - a.path.length);
    },
    mountRaw(mount) {
      rawMounts = [...rawMounts, mount].sort((a, b) => b.path.length - a.path.length);
    },
    async listen() {
      const opened = createServer(
        {
          headersTimeout: HEADERS_TIMEOUT_MS,
          requestTimeout: RAW_REQUEST_TIMEOUT_MS,
          keepAliveTimeout: KEEP_ALIVE_MS,
        },
        handle,
      );
      server = opened;
      await new Promise<void>((resolve, reject) => {
        opened.once('error', (error) => reject(listenError(error, host, port)));
        opened.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
      });
      opened.on('error', (error) => logger.error('http_listener_failed', { error }));
      return addressOf(opened.address(), host);
    },
    async close(deadlineMs) {
      const closing = server;
      if (closing === undefined || !closing.listening) return;
      const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
      closing.closeIdleConnections();
      const timer = clock.after(deadlineMs, () => closing.closeAllConnections());
      await closed;
      timer.cancel();
    },
  };
}

function httpOnly(bindings: unknown): HttpBindings {
  if (isHttpBindings(bindings)) return bindings;
  throw new AppError('internal', 'The listener speaks HTTP/1.1 only.');
}

function isHttpBindings(bindings: unknown): bindings is HttpBindings {
  return typeof bindings === 'object' && bindings !== null && 'incoming' in bindings;
}

function isBelow(pathname: string, path: string): boolean {
  return path === '/' || pathname === path || pathname.startsWith(`${path}/`);
}

function isLoopbackPeer(address: string | undefined): boolean {
  return address !== undefined && isLoopbackHost(address.replace(/^::ffff:/, ''));
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/** Set by those that speak for others. */
const spokenFor: ReadonlySet<string> = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
]);
const spokenForBegins = ['x-forwarded-', 'x-original-', 'cf-'] as const;

/** Proxies ask in HTTP/1.0 where nobody told them otherwise, as nginx does by default; programs of today do not. */
function isForwarded({ httpVersion, headers }: IncomingMessage): boolean {
  if (httpVersion === '1.0') return true;
  for (const name in headers) {
    if (spokenFor.has(name) || spokenForBegins.some((begin) => name.startsWith(begin))) return true;
  }
  return false;
}

/**
 * True for a program on this machine that speaks to us directly. A proxy on this machine speaks for others: it names
 * them or itself in a header, or asks for a host that is not ours; a browser does, where a page of somebody else's makes it ask.
 */
function isFromHere(incoming: IncomingMessage): boolean {
  const { socket, headers } = incoming;
  const { remoteAddress, localAddress } = socket;
  if (!isLoopbackPeer(remoteAddress) && remoteAddress !== localAddress) return false;
  if (isForwarded(incoming)) return false;
  const hostname = hostnameOf(headers.host);
  return (
    hostname !== undefined &&
    (isLoopbackHost(hostname) || hostname.replace(/^\[|\]$/g, '') === localAddress?.replace(/^::ffff:/, ''))
  );
}

/** Without the port; of IPv6 addresses with their brackets. */
function hostnameOf(host: string | undefined): string | undefined {
  return host === undefined ? undefined : /^(\[[^\]]*\]|[^:]*)(?::\d+)?$/.exec(host)?.[1]?.toLowerCase();
}

function addressOf(bound: AddressInfo | string | null, host: string): string {
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

function listenError(thrown: unknown, host: string, port: number): AppError {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  switch (code) {
    case 'EADDRINUSE':
      return new AppError(
        'conflict',
        `Port ${port} on ${host} is taken by another program. Set METACLAW_PORT to another port, or to 0 for any free one.`,
        { cause: thrown, details: { port } },
      );
    case 'EACCES':
      return new AppError(
        'config_invalid',
        `Port ${port} may not be used by this account. Set METACLAW_PORT to 1024 or higher.`,
        {
          cause: thrown,
        },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new AppError(
        'config_invalid',
        `This machine has no address ${host}. Set http.host to one that it has, such as 127.0.0.1.`,
        {
          cause: thrown,
        },
      );
    default:
      return toAppError(thrown);
  }
}
