import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anthropicError } from '../../../../adapters/proxy/dialects/anthropic-error.ts';
import { openAiError } from '../../../../adapters/proxy/dialects/openai-error.ts';
import type { JsonEndpoint } from '../../../../adapters/proxy/json-endpoint.ts';
import { sendAnswer, sendFailure } from '../../../../adapters/proxy/respond.ts';
import { callOf } from './json-call.ts';

export interface JsonServer {
  /** `http://127.0.0.1:…` */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves endpoints that need no body over HTTP, to whoever asks. */
export async function serveJson(endpoints: readonly JsonEndpoint[]): Promise<JsonServer> {
  const server = createServer((incoming, outgoing) => {
    const path = (incoming.url ?? '').split('?')[0] ?? '';
    const exact = endpoints.find((endpoint) => endpoint.path === path);
    const wild = endpoints.find(({ path: own }) => own.endsWith('*') && path.startsWith(own.slice(0, -1)));
    const endpoint = exact ?? wild;
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    );
    const write = 'anthropic-version' in headers ? anthropicError : openAiError;
    if (endpoint === undefined) throw new Error(`${path} is not served`);
    const rest = exact === undefined ? decodeURIComponent(path.slice(endpoint.path.length - 1)) : '';
    endpoint.run(callOf({ headers, rest })).then(
      (answer) => sendAnswer(outgoing, answer),
      (thrown: unknown) => sendFailure(outgoing, thrown, write),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
