import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { ApiFault } from './api-fault.ts';
import { type BotState, type CallbackAnswer, createBotMethods } from './bot-methods.ts';
import { createChatStore, type FakeChat, type FakeUser, messageJson } from './chats.ts';
import { checkCall } from './spec-check.ts';
import { createTelegramPerson, type TelegramPerson } from './telegram-person.ts';
import { createUpdateQueue, type FakeUpdate, type UpdateQueue } from './update-queue.ts';
import { readUpload } from './uploads.ts';

/** How a call goes wrong. `cut_before`: nothing was done. `cut_after`: it was done, and nobody is told. */
export type TelegramFault =
  | {
      readonly kind: 'refuse';
      readonly code: number;
      readonly description: string;
      readonly parameters?: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'cut_before' }
  | { readonly kind: 'cut_after' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'garbage' };

export interface FakeCall {
  readonly method: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface FakeTelegramOptions {
  readonly token?: string;
  readonly botUsername?: string;
  /** Privacy mode off. Default false. */
  readonly readsAllGroupMessages?: boolean;
  /** Whether it may be added to groups. Default true. */
  readonly canJoinGroups?: boolean;
}

/** A Bot API server on loopback, as strict as Telegram where this project can notice. */
export interface FakeTelegram {
  readonly apiRoot: string;
  readonly token: string;
  readonly bot: FakeUser;
  readonly updates: UpdateQueue;
  readonly calls: readonly FakeCall[];
  callsOf(method: string): readonly FakeCall['payload'][];
  /** Calls that Telegram's own description does not allow. Tests assert that it stays empty. */
  readonly violations: readonly string[];
  readonly callbackAnswers: readonly CallbackAnswer[];
  readonly chatActions: BotState['chatActions'];
  readonly commands: BotState['commands'];
  person(user?: Partial<FakeUser>): TelegramPerson;
  group(options?: { title?: string; isForum?: boolean; botIsAdmin?: boolean }): FakeChat;
  addTopic(chat: FakeChat): number;
  /** The bot's messages in a chat, in order. */
  botMessages(chat: FakeChat): readonly Record<string, unknown>[];
  lastUpdate(): FakeUpdate | undefined;
  /** Puts anything into the queue that Telegram might. */
  push(kind: string, payload: unknown): void;
  failNext(method: string, fault: TelegramFault): void;
  failAlways(method: string, fault: TelegramFault): void;
  heal(): void;
  /** Takes the server off its port, and puts it back. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  /** Resolves when `probe` is truthy; asked after each call. */
  until<T>(probe: () => T | undefined | false, what: string, deadlineMs?: number): Promise<T>;
  close(): Promise<void>;
}

const payloadSchema = z.record(z.string(), z.unknown());

async function readPayload(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) return await readUpload(type, bytes);
  return bytes.length === 0 ? {} : payloadSchema.parse(JSON.parse(bytes.toString('utf8')));
}

export async function startFakeTelegram(options: FakeTelegramOptions = {}): Promise<FakeTelegram> {
  const token = options.token ?? '7000000001:AAf4kEt0ken-for_tests-0123456789abcdefg';
  const bot: FakeUser = {
    id: 7_000_000_001,
    is_bot: true,
    first_name: 'MetaClaw',
    username: options.botUsername ?? 'metaclaw_test_bot',
  };
  const watchers = new Set<() => void>();
  const notify = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const state: BotState = {
    bot,
    readsAllGroupMessages: options.readsAllGroupMessages ?? false,
    canJoinGroups: options.canJoinGroups ?? true,
    chats: createChatStore(),
    updates: createUpdateQueue(() => notify()),
    openCallbacks: new Set(),
    callbackAnswers: [],
    chatActions: [],
    commands: new Map(),
  };
  const methods = createBotMethods(state);
  const calls: FakeCall[] = [];
  const violations: string[] = [];
  const nextFaults = new Map<string, TelegramFault[]>();
  const constantFaults = new Map<string, TelegramFault>();
  let last: FakeUpdate | undefined;
  let nextUserId = 4_001;
  let nextGroupId = -1_001_000_000_001;

  const delivered = (update: FakeUpdate | undefined): void => {
    last = update ?? last;
  };
  async function handle(method: string, payload: FakeCall['payload'], gone: AbortSignal): Promise<unknown> {
    const run = methods[method];
    if (run === undefined) throw new ApiFault(404, 'Not Found: method not found');
    const wrong = checkCall(method, payload);
    if (wrong.length > 0) {
      violations.push(...wrong);
      throw new ApiFault(400, `Bad Request: ${wrong.join('; ')}`);
    }
    return await run(payload, gone);
  }

  function reply(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  function refuse(response: ServerResponse, fault: ApiFault): void {
    reply(response, fault.code, {
      ok: false,
      error_code: fault.code,
      description: fault.message,
      ...(fault.parameters === undefined ? {} : { parameters: fault.parameters }),
    });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const [, given, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
    const payload = await readPayload(request);
    if (given !== token) {
      refuse(
        response,
        /^\d+:[\w-]{30,}$/.test(given ?? '')
          ? new ApiFault(401, 'Unauthorized')
          : new ApiFault(404, 'Not Found'),
      );
      return;
    }
    calls.push({ method, payload });
    notify();
    const fault = nextFaults.get(method)?.shift() ?? constantFaults.get(method);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'cut_before') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'refuse') throw new ApiFault(fault.code, fault.description, fault.parameters);
    const result = await handle(method, payload, gone.signal);
    if (fault?.kind === 'cut_after') request.socket.destroy();
    else if (fault?.kind === 'garbage') response.end('<html>not what you asked for</html>');
    else reply(response, 200, { ok: true, result });
    notify();
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (error instanceof ApiFault) refuse(response, error);
      else refuse(response, new ApiFault(500, `Internal Server Error: ${String(error)}`));
      notify();
    });
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => void server.listen(port, '127.0.0.1', resolve));
  const goDown = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const portOf = (address: AddressInfo | string | null): number =>
    typeof address === 'object' && address !== null ? address.port : 0;
  await listen(0);
  const port = portOf(server.address());

  return {
    apiRoot: `http://127.0.0.1:${port}`,
    token,
    bot,
    updates: state.updates,
    get calls() {
      return [...calls];
    },
    callsOf: (method) => calls.filter((call) => call.method === method).map((call) => call.payload),
    get violations() {
      return [...violations];
    },
    get callbackAnswers() {
      return [...state.callbackAnswers];
    },
    get chatActions() {
      return [...state.chatActions];
    },
    get commands() {
      return state.commands;
    },
    person(user = {}) {
      nextUserId += 1;
      const full: FakeUser = { id: nextUserId, is_bot: false, first_name: `Person ${nextUserId}`, ...user };
      return createTelegramPerson(state, full, delivered);
    },
    group(group = {}) {
      nextGroupId -= 1;
      const chat = state.chats.add({
        id: nextGroupId,
        type: 'supergroup',
        title: group.title ?? 'A group',
        is_forum: group.isForum ?? false,
      });
      chat.botIsAdmin = group.botIsAdmin ?? false;
      return chat;
    },
    addTopic(chat) {
      const id = state.chats.nextMessageId();
      chat.topics.add(id);
      return id;
    },
    botMessages: (chat) =>
      [...chat.messages.values()]
        .filter((message) => message.from.id === bot.id)
        .map((message) => messageJson(chat, message)),
    lastUpdate: () => last,
    push(kind, payload) {
      delivered(state.updates.push(kind, payload));
    },
    failNext(method, fault) {
      nextFaults.set(method, [...(nextFaults.get(method) ?? []), fault]);
    },
    failAlways(method, fault) {
      constantFaults.set(method, fault);
    },
    heal() {
      nextFaults.clear();
      constantFaults.clear();
    },
    goDown,
    comeBack: () => (server.listening ? Promise.resolve() : listen(port)),
    until(probe, what, deadlineMs = 5_000) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const found = probe();
          if (found === undefined || found === false) return;
          clearTimeout(deadline);
          watchers.delete(look);
          resolve(found);
        };
        const deadline = setTimeout(() => {
          watchers.delete(look);
          reject(
            new Error(
              `waited ${deadlineMs} ms for ${what}; calls: ${calls.map((call) => call.method).join(' ')}`,
            ),
          );
        }, deadlineMs);
        watchers.add(look);
        look();
      });
    },
    async close() {
      state.updates.close();
      if (server.listening) await goDown();
    },
  };
}
