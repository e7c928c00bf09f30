import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { AppError, toAppError } from '../core/domain/app-error.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { HttpMount } from '../core/ports/http-mount.ts';
import type { Logger } from '../core/ports/logger.ts';
import { isLoopbackHost } from './check-settings.ts';
import { limitBody } from './http-body-limit.ts';

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
  /**
   * Resolves with the address taken: `http://127.0.0.1:8787`. Rejects with `conflict` when the port is taken and with
   * `config_invalid` when there is no such address here.
   */
  listen(): Promise<string>;
  /** Takes no more requests, waits for those under way up to `deadlineMs`, then cuts them. Safe to call twice and before `listen`. */
  close(deadlineMs: number): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 5_000;

/** One listener for everything that adapters mount. */
export function createHttpListener(options: HttpListenerOptions): HttpListener {
  const { host, port, maxBodyBytes, clock, logger } = options;
  let mounts: readonly HttpMount[] = [];
  let server: Server | undefined;

  async function serve(request: Request, { incoming }: HttpBindings): Promise<Response> {
    const { pathname } = new URL(request.url);
    const found = mounts.find(({ path }) => isBelow(pathname, path));
    if (found === undefined) return Response.json({ message: 'There is nothing here.' }, { status: 404 });
    if (found.proof === 'control_token' && !isFromHere(request, incoming.socket)) {
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

  return {
    mount(mount) {
      mounts = [...mounts, mount].sort((a, b) => b.path.length - a.path.length);
    },
    async listen() {
      const opened = createServer(
        {
          headersTimeout: HEADERS_TIMEOUT_MS,
          requestTimeout: REQUEST_TIMEOUT_MS,
          keepAliveTimeout: KEEP_ALIVE_MS,
        },
        (incoming, outgoing) => void listener(incoming, outgoing),
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

/**
 * True for a program on this machine that speaks to us directly. A proxy on this machine speaks for others: it names
 * them in a header, or asks for a host that is not ours.
 */
function isFromHere(request: Request, socket: Socket): boolean {
  const { remoteAddress, localAddress } = socket;
  if (!isLoopbackPeer(remoteAddress) && remoteAddress !== localAddress) return false;
  if (
    ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'].some((name) =>
      request.headers.has(name),
    )
  ) {
    return false;
  }
  const { hostname } = new URL(request.url);
  return (
    isLoopbackHost(hostname) || hostname.replace(/^\[|\]$/g, '') === localAddress?.replace(/^::ffff:/, '')
  );
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
