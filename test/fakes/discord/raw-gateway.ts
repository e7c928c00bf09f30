import { once } from 'node:events';
import { createInflate, inflateSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { FakeDiscord } from './fake-discord.ts';

const packetSchema = z.object({
  op: z.number(),
  t: z.string().optional(),
  s: z.number().optional(),
  d: z.unknown(),
});
export type GatewayPacket = z.infer<typeof packetSchema>;

/** One bare connection, for what the SDK never does. */
export interface RawGateway {
  send(packet: object | string): void;
  /** The next packet that has not been asked for. */
  next(): Promise<GatewayPacket>;
  /** The code with which the platform closed. */
  readonly closed: Promise<number>;
  end(): void;
}

export interface RawOptions {
  readonly path?: '/gateway' | '/resume';
  readonly query?: string;
  readonly decode?: 'text' | 'inflate' | 'zlib-stream';
}

export async function rawGateway(
  discord: FakeDiscord,
  { path = '/gateway', query = 'v=10&encoding=json', decode = 'text' }: RawOptions = {},
): Promise<RawGateway> {
  const { host } = new URL(discord.restRoot);
  const socket = new WebSocket(`ws://${host}${path}?${query}`);
  const waiting: GatewayPacket[] = [];
  const takers: ((packet: GatewayPacket) => void)[] = [];
  const take = (text: string): void => {
    const packet = packetSchema.parse(JSON.parse(text));
    const taker = takers.shift();
    if (taker === undefined) waiting.push(packet);
    else taker(packet);
  };
  const inflate = createInflate();
  inflate.on('data', (chunk: Buffer) => take(String(chunk)));
  socket.on('message', (data: Buffer, isBinary) => {
    if (decode === 'zlib-stream') inflate.write(data);
    else take(isBinary ? String(inflateSync(data)) : String(data));
  });
  const closed = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'open');
  return {
    send: (packet) => socket.send(typeof packet === 'string' ? packet : JSON.stringify(packet)),
    next: () =>
      new Promise((resolve) => {
        const first = waiting.shift();
        if (first === undefined) takers.push(resolve);
        else resolve(first);
      }),
    closed,
    end: () => socket.terminate(),
  };
}

export const identify = (discord: FakeDiscord, changes: object = {}): object => ({
  op: 2,
  d: {
    token: discord.token,
    properties: { os: 'linux', browser: 'test', device: 'test' },
    intents: 1 << 0,
    shard: [0, 1],
    ...changes,
  },
});
