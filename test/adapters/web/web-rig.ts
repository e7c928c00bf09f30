import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { createWebChannel, type WebChannel } from '../../../adapters/web/channel.ts';
import type { WebChannelOptions } from '../../../adapters/web/options.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { Ids } from '../../../core/ports/ids.ts';
import { projectRoot } from '../../architecture/source-files.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { createMemoryTranscripts, type MemoryTranscripts } from './memory-transcripts.ts';

export const assetsFolder = join(projectRoot, 'adapters', 'web', 'assets');
export const cookieKey = 'a key that signs cookies, long enough';

export interface WebRig extends WebChannel {
  readonly transcripts: MemoryTranscripts;
  readonly logger: MemoryLogger;
  /** As `fetch` would be called by the listener, without a socket. */
  call(path: string, init?: CallInit): Promise<Response>;
}

export interface CallInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly json?: unknown;
  /** Default 127.0.0.1:8787. */
  readonly host?: string;
}

export function createWebRig(
  options: Partial<WebChannelOptions> & { clock?: Clock; ids?: Ids } = {},
): WebRig {
  const transcripts = createMemoryTranscripts();
  const logger = createMemoryLogger();
  const web = createWebChannel({
    transcripts,
    clock: createFakeClock(),
    ids: createSequentialIds(),
    logger,
    assetsFolder,
    cookieKey,
    boundToLoopback: true,
    ...options,
  });
  return {
    ...web,
    transcripts,
    logger,
    call: async (path, init = {}) => {
      const host = init.host ?? '127.0.0.1:8787';
      const method = init.method ?? (init.json === undefined && init.body === undefined ? 'GET' : 'POST');
      const headers = {
        host,
        ...(method === 'GET' ? {} : { origin: `http://${host}`, 'content-type': 'application/json' }),
        ...init.headers,
      };
      const body = init.json === undefined ? init.body : JSON.stringify(init.json);
      const request = new Request(`http://${host}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      return web.mounts[0]!.fetch(request);
    },
  };
}

/** One browser: keeps its cookie, speaks as the page does. */
export interface Browser {
  readonly cookie: string;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  post(path: string, json: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  account(): Promise<string>;
  say(text: string, extra?: object): Promise<Response>;
  conversation(): Promise<ConversationAnswer>;
}

export interface ConversationAnswer {
  readonly account: string;
  readonly model: string;
  readonly banner: string | null;
  readonly isRunning: boolean;
  readonly canLogOut: boolean;
  readonly hasSchedule: boolean;
  readonly commands: readonly { name: string; summary: string }[];
  readonly messages: readonly MessageAnswer[];
}

export interface MessageAnswer {
  readonly id: string;
  readonly from: 'person' | 'bot';
  readonly revision: number;
  readonly text?: string;
  readonly accepted?: boolean;
  readonly html?: string;
  readonly final?: boolean;
  readonly private?: boolean;
  readonly vote?: 'good' | 'bad' | null;
  readonly canVote?: boolean;
  readonly actions?: readonly (readonly { actionId: string; label: string }[])[];
  readonly notes?: unknown;
  readonly pictures?: readonly { url: string; alt: string; width: number; height: number }[];
}

export function cookieOf(response: Response): string {
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

let counter = 0;

/** An id as the page makes them. */
export function clientId(): string {
  counter += 1;
  return `0m1x2y3z4-${String(counter).padStart(5, '0')}-aaaaaaa`;
}

/** Opens the page and keeps the session. */
export async function openBrowser(rig: Pick<WebRig, 'call'>, host?: string): Promise<Browser> {
  const page = await rig.call('/', host === undefined ? {} : { host });
  return browserWith(rig, cookieOf(page), host);
}

export function browserWith(rig: Pick<WebRig, 'call'>, cookie: string, host?: string): Browser {
  const at = host === undefined ? {} : { host };
  const browser: Browser = {
    cookie,
    get: (path, headers = {}) => rig.call(path, { ...at, headers: { cookie, ...headers } }),
    post: (path, json, headers = {}) => rig.call(path, { ...at, json, headers: { cookie, ...headers } }),
    account: async () => (await browser.conversation()).account,
    say: (text, extra = {}) => browser.post('/api/messages', { id: clientId(), text, ...extra }),
    async conversation() {
      const response = await browser.get('/api/conversation');
      return response.json() as Promise<ConversationAnswer>;
    },
  };
  return browser;
}

/** A listener on loopback as `config/` opens it. */
export async function listen(
  web: WebChannel,
): Promise<{ server: Server; origin: string; close(): Promise<void> }> {
  const mount = web.mounts[0]!;
  const server = createServer((request, response) => {
    void getRequestListener((incoming) => mount.fetch(incoming))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    server,
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
