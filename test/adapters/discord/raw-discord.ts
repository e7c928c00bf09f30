import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

export interface RawDiscord {
  readonly apiRoot: string;
  readonly requests: readonly {
    readonly method: string;
    readonly url: string;
    readonly body: string;
    readonly headers: IncomingMessage['headers'];
  }[];
  readonly sockets: readonly WebSocket[];
  /** Connections that wait for an upgrade which is never answered. */
  readonly halfOpen: number;
  close(): Promise<void>;
}

export interface RawOptions {
  /** Answers everything but `GET /gateway/bot`. Default: an empty object. */
  readonly serve?: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Sessions that may still be begun. Default 1,000. */
  readonly remaining?: number;
  readonly resetAfterMs?: number;
  /** `mute`: takes the connection and never answers the upgrade. Default: says HELLO and then what `onMessage` says. */
  readonly gateway?: 'mute' | ((socket: WebSocket, message: { readonly op: number }) => void);
}

const serveNothing = (_request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
};

export const ready = (guilds: readonly object[] = []): object => ({
  op: 0,
  t: 'READY',
  s: 1,
  d: {
    v: 10,
    user: { id: '100000000000000001', username: 'bot', discriminator: '0', bot: true },
    guilds,
    session_id: 'raw-session',
    resume_gateway_url: 'ws://127.0.0.1:9/',
    application: { id: '100000000000000002', flags: 0 },
  },
});

/** Just enough of Discord to answer in ways that no Discord does. */
export async function startRawDiscord(options: RawOptions = {}): Promise<RawDiscord> {
  const requests: RawDiscord['requests'][number][] = [];
  const sockets: WebSocket[] = [];
  const halfOpen = new Set<Duplex>();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url?.endsWith('/gateway/bot') !== true) {
      const serve = options.serve ?? serveNothing;
      serve(request, response);
      return;
    }
    const session_start_limit = {
      total: 1_000,
      remaining: options.remaining ?? 1_000,
      reset_after: options.resetAfterMs ?? 60_000,
      max_concurrency: 1,
    };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ url: `ws://127.0.0.1:${port}/gateway`, shards: 1, session_start_limit }));
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, body, headers });
      answer(request, response);
    });
  });
  const wss = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined);
    if (options.gateway === 'mute') {
      halfOpen.add(socket.resume());
      socket.on('end', () => socket.destroy());
      socket.on('close', () => halfOpen.delete(socket));
      return;
    }
    wss.handleUpgrade(request, socket, head, (opened) => {
      sockets.push(opened);
      opened.on('error', () => undefined);
      opened.on('message', (data) => {
        if (typeof options.gateway === 'function') options.gateway(opened, JSON.parse(String(data)));
        else if (JSON.parse(String(data)).op === 2) opened.send(JSON.stringify(ready()));
      });
      opened.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 45_000 } }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    apiRoot: `http://127.0.0.1:${port}/api`,
    requests,
    sockets,
    get halfOpen() {
      return halfOpen.size;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of halfOpen) socket.destroy();
        for (const socket of wss.clients) socket.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
