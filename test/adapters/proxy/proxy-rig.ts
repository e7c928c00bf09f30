import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ProxyOptions } from '../../../adapters/proxy/options.ts';
import { createProxyMount } from '../../../adapters/proxy/proxy-mount.ts';
import { createMetrics } from '../../../adapters/system/metrics.ts';
import { type CountedAccess, createCountedAccess } from '../../fakes/proxy/counted-access.ts';
import { createMemoryDesk, type MemoryDesk } from '../../fakes/proxy/memory-desk.ts';
import { createPlayedUpstream, type PlayedUpstream } from '../../fakes/proxy/played-upstream.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

export interface ProxyRig {
  /** `http://127.0.0.1:…` */
  readonly address: string;
  readonly proxy: ReturnType<typeof createProxyMount>;
  readonly access: CountedAccess;
  readonly desk: MemoryDesk;
  readonly upstream: PlayedUpstream;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly metrics: ProxyOptions['metrics'];
  /** Every answer that was begun, as the server holds it. */
  readonly answers: readonly ServerResponse[];
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** The same for a test that looks at no answer. */
  send(path: string, body: unknown, headers?: Readonly<Record<string, string>>): void;
}

export interface ProxyRigOptions
  extends Partial<
    Pick<ProxyOptions, 'endpoints' | 'maxBodyBytes' | 'maxBodiesBytes' | 'clientStallMs' | 'ownModels'>
  > {
  readonly access?: CountedAccess;
  readonly desk?: MemoryDesk;
  readonly upstream?: PlayedUpstream;
  readonly isFromHere?: (incoming: IncomingMessage) => boolean;
  readonly server?: ServerOptions;
}

const noOwnModels: ProxyOptions['ownModels'] = {
  answererOf() {
    throw new Error('nobody asks for our models here');
  },
};

/** The proxy's mount behind a server of its own, over fakes of what it asks. */
export async function openProxy(options: ProxyRigOptions = {}): Promise<ProxyRig> {
  const access = options.access ?? createCountedAccess();
  const desk = options.desk ?? createMemoryDesk();
  const upstream = options.upstream ?? createPlayedUpstream();
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const metrics = createMetrics();
  const answers: ServerResponse[] = [];
  const proxy = createProxyMount({
    access,
    desk,
    upstream,
    ownModels: options.ownModels ?? noOwnModels,
    endpoints: options.endpoints ?? [],
    maxBodyBytes: options.maxBodyBytes ?? 100_000,
    maxBodiesBytes: options.maxBodiesBytes ?? 10_000_000,
    clientStallMs: options.clientStallMs ?? 60_000,
    maxOutputTokens: 4_096,
    clock,
    ids: createSequentialIds(),
    logger,
    metrics,
  });
  const server = createServer(options.server ?? {}, (incoming, outgoing) => {
    answers.push(outgoing);
    proxy.handle(incoming, outgoing, options.isFromHere?.(incoming) ?? true);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${port}`;
  const post: ProxyRig['post'] = (path, body, headers = {}) =>
    fetch(`${address}${path}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  return {
    address,
    proxy,
    access,
    desk,
    upstream,
    clock,
    logger,
    metrics,
    answers,
    post,
    send: (...given) => void post(...given).catch(() => {}),
  };
}

export const hello = { model: 'some-model', messages: [{ role: 'user', content: 'Hello' }] } as const;

export const answered = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'some-model-1',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi there' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
});

/** A client that writes what it likes and reads when it likes. */
export interface RawClient {
  write(bytes: string): void;
  /** What came so far. */
  text(): string;
  /** Resolves with what came so far once it holds this, or fails where the connection ended without. */
  until(words: string): Promise<string>;
  /** Resolves with all that came when the connection is over, however it ended. */
  closed(): Promise<string>;
  pause(): void;
  resume(): void;
  /** Leaves without a farewell. */
  leave(): void;
}

export function rawClient(address: string): RawClient {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  const pieces: string[] = [];
  const text = (): string => pieces.join('');
  let isClosed = false;
  let waiting: (() => void)[] = [];
  const changed = (): void => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  socket.on('data', (chunk: Buffer) => {
    pieces.push(chunk.toString('latin1'));
    changed();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
    changed();
  });
  onTestFinished(() => void socket.destroy());
  const next = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  return {
    write: (bytes) => void socket.write(bytes),
    text,
    async until(words) {
      let looked = '';
      let seen = 0;
      for (;;) {
        // Much may come: what was looked at is not looked at again, but for the beginning of the words.
        looked = looked.slice(-words.length) + pieces.slice(seen).join('');
        seen = pieces.length;
        if (looked.includes(words)) return text();
        if (isClosed) throw new Error(`the connection ended after: ${text().slice(-1_000)}`);
        await next();
      }
    },
    async closed() {
      while (!isClosed) await next();
      return text();
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    leave: () => void socket.resetAndDestroy(),
  };
}

/** A request as it goes over the wire. */
export function wire(path: string, body: string, headers: readonly string[] = [], version = '1.1'): string {
  const all = [
    `POST ${path} HTTP/${version}`,
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  return `${all.join('\r\n')}\r\n\r\n${body}`;
}
