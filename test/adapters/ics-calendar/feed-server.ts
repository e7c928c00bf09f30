import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server of feeds on this machine. */
export interface FeedServer {
  readonly port: number;
  /** What came, oldest first. */
  readonly requests: readonly IncomingMessage[];
  answer(by: Answer): void;
  /** Resolves when the next request has come. */
  next(): Promise<void>;
  close(): Promise<void>;
}

export async function startFeedServer(): Promise<FeedServer> {
  const requests: IncomingMessage[] = [];
  let answer: Answer = (_, response) => void response.writeHead(500).end();
  let onNext: (() => void) | undefined;
  const server = createServer((request, response) => {
    requests.push(request);
    onNext?.();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const isTcp = (address: AddressInfo | string | null): address is AddressInfo =>
    typeof address === 'object' && address !== null;
  const address = server.address();
  if (!isTcp(address)) throw new Error('no port');
  return {
    port: address.port,
    requests,
    answer(by) {
      answer = by;
    },
    next: () =>
      new Promise((resolve) => {
        onNext = resolve;
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
