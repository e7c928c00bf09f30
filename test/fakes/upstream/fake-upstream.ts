import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One thing the server does with a request, in order. */
export type Act =
  | {
      readonly do: 'head';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    }
  | { readonly do: 'write'; readonly bytes: string | Uint8Array }
  /** Waits for `release`. */
  | { readonly do: 'hold' }
  /** Writes as much as the client takes, until it has gone. */
  | { readonly do: 'flood' }
  | { readonly do: 'end' }
  /** Ends the connection; `reset` without a farewell. */
  | { readonly do: 'cut' | 'reset' }
  /** Onto the connection as it is, in place of an HTTP answer. */
  | { readonly do: 'raw'; readonly bytes: string };

export type Script = readonly Act[];

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that follows scripts, one a request, and answers `200 ok` where it has none left. */
export interface FakeUpstream {
  readonly port: number;
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
  readonly requests: readonly SeenRequest[];
  /** Connections that were ever opened. */
  connections(): number;
  /** Bytes of bodies that were handed to the connection. */
  bytesWritten(): number;
  script(...scripts: readonly Script[]): void;
  /** Lets everything that is held go on. */
  release(): void;
  /** Resolves when so many requests are held at once. */
  held(count?: number): Promise<void>;
  /** Resolves when so many requests were closed by the client before their end. */
  dropped(count?: number): Promise<void>;
  /** Resolves when so many requests have come, all of them whole. */
  asked(count: number): Promise<void>;
  close(): Promise<void>;
}

export function answer(
  status: number,
  bytes: string | Uint8Array = '',
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): Script {
  return [{ do: 'head', status, headers }, { do: 'write', bytes }, { do: 'end' }];
}

export const stall: Script = [{ do: 'hold' }];
export const reset: Script = [{ do: 'reset' }];

/** Something that is waited for: resolves once it holds. */
interface Awaited {
  readonly holds: () => boolean;
  readonly resolve: () => void;
}

export async function createFakeUpstream(...scripts: readonly Script[]): Promise<FakeUpstream> {
  const queue: Script[] = [...scripts];
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let releases: (() => void)[] = [];
  let awaited: readonly Awaited[] = [];
  let droppedCount = 0;
  let connectionCount = 0;
  let writtenBytes = 0;

  function changed(): void {
    const met = awaited.filter(({ holds }) => holds());
    awaited = awaited.filter(({ holds }) => !holds());
    for (const { resolve } of met) resolve();
  }
  const when = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      awaited = [...awaited, { holds, resolve }];
      changed();
    });

  const hold = (): Promise<void> =>
    new Promise((resolve) => {
      releases.push(resolve);
      changed();
    });

  async function flood(response: ServerResponse): Promise<void> {
    const piece = Buffer.alloc(16_384, 'x');
    while (!response.destroyed) {
      writtenBytes += piece.byteLength;
      if (response.write(piece)) await new Promise((resolve) => setImmediate(resolve));
      else await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
  }

  async function perform(act: Act, response: ServerResponse): Promise<void> {
    switch (act.do) {
      case 'head':
        for (const [name, value] of Object.entries(act.headers ?? {})) response.setHeader(name, value);
        response.writeHead(act.status);
        response.flushHeaders();
        return;
      case 'write':
        writtenBytes += act.bytes.length;
        response.write(act.bytes);
        return;
      case 'hold':
        return await hold();
      case 'flood':
        return await flood(response);
      case 'end':
        response.end();
        return;
      case 'cut':
        response.socket?.destroy();
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'raw':
        response.socket?.end(act.bytes);
        return;
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const script = queue.shift() ?? answer(200, 'ok');
    let isCutByUs = false;
    response.once('close', () => {
      if (response.writableEnded || isCutByUs) return;
      droppedCount += 1;
      changed();
    });
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    requests.push({
      method: request.method ?? '',
      target: request.url ?? '',
      headers: request.headers,
      body,
    });
    changed();
    for (const act of script) {
      if (response.destroyed) return;
      isCutByUs = act.do === 'cut' || act.do === 'reset' || act.do === 'raw';
      await perform(act, response);
    }
  }

  const server = createServer((request, response) => {
    // A client that goes away in the middle of its request is one that dropped it.
    serve(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    connectionCount += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    port,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    connections: () => connectionCount,
    bytesWritten: () => writtenBytes,
    script: (...more) => void queue.push(...more),
    release() {
      const waiting = releases;
      releases = [];
      for (const go of waiting) go();
    },
    held: (count = 1) => when(() => releases.length >= count),
    dropped: (count = 1) => when(() => droppedCount >= count),
    asked: (count) => when(() => requests.length >= count),
    async close() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
