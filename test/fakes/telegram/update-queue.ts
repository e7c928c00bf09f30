import { z } from 'zod';
import { ApiFault, badRequest } from './api-fault.ts';
import { updateTypes } from './spec-check.ts';

export interface FakeUpdate {
  readonly update_id: number;
  readonly [kind: string]: unknown;
}

/** Where deliveries go; the answer's status is all that counts. */
export type WebhookRoute = (request: Request) => Promise<Response>;

export interface PollRequest {
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly allowedUpdates?: readonly string[] | undefined;
}

export interface WebhookSettings {
  readonly url: string;
  readonly secretToken?: string | undefined;
  readonly allowedUpdates?: readonly string[] | undefined;
  readonly dropPending?: boolean | undefined;
}

export interface UpdateQueue {
  /** Queues an update if its kind is asked for at this moment. */
  push(kind: string, payload: unknown): FakeUpdate | undefined;
  /** Hands the update out once more, confirmed or not. */
  redeliver(update: FakeUpdate): void;
  poll(request: PollRequest, gone: AbortSignal): Promise<readonly FakeUpdate[]>;
  setWebhook(settings: WebhookSettings): void;
  deleteWebhook(dropPending: boolean): void;
  webhookInfo(): object;
  routeWebhooks(route: WebhookRoute): void;
  readonly allowed: readonly string[];
  readonly pending: number;
  /** Whether this update was neither confirmed nor delivered yet. */
  isPending(updateId: number): boolean;
  readonly isPolled: boolean;
  /** How many deliveries by webhook were made, with their statuses. */
  readonly deliveries: readonly number[];
  close(): void;
}

/** All but these, until a bot asks: https://core.telegram.org/bots/api#getupdates */
const offByDefault = new Set(['message_reaction', 'message_reaction_count', 'chat_member']);
const defaultAllowed = [...updateTypes].filter((type) => type !== 'update_id' && !offByDefault.has(type));

/** Where an update happened: of a message, or of a press under one. */
const chatId = z.object({ chat: z.object({ id: z.number() }) }).transform(({ chat }) => chat.id);
const chatSchema = z.union([chatId, z.object({ message: chatId }).transform(({ message }) => message)]);

interface Entry {
  readonly update: FakeUpdate;
  readonly isRepeat: boolean;
}

interface Waiting {
  readonly wake: () => void;
  readonly fail: (fault: ApiFault) => void;
}

/** `changed` is called when a poll begins to wait and after each delivery. */
export function createUpdateQueue(changed: () => void = () => undefined): UpdateQueue {
  let queue: Entry[] = [];
  let nextId = 500_000_001;
  let allowed: readonly string[] = defaultAllowed;
  let webhook: WebhookSettings | undefined;
  let route: WebhookRoute | undefined;
  let waiting: Waiting | undefined;
  const delivering = new Set<Entry>();
  let isClosed = false;
  let lastError: string | undefined;
  const deliveries: number[] = [];

  function setAllowed(types: readonly string[] | undefined): void {
    if (types === undefined) return;
    const unknown = types.find((type) => !updateTypes.has(type));
    if (unknown !== undefined) throw badRequest(`unallowed update type "${unknown}" specified`);
    allowed = types.length === 0 ? defaultAllowed : [...types];
  }

  async function deliverOne(entry: Entry, settings: WebhookSettings): Promise<boolean> {
    const headers = new Headers({ 'content-type': 'application/json' });
    if (settings.secretToken !== undefined)
      headers.set('X-Telegram-Bot-Api-Secret-Token', settings.secretToken);
    const body = JSON.stringify(entry.update);
    const status =
      route === undefined
        ? 502
        : await route(new Request(settings.url, { method: 'POST', headers, body })).then(
            (response) => response.status,
            () => 500,
          );
    deliveries.push(status);
    const isTaken = status >= 200 && status < 300;
    if (!isTaken) lastError = `Wrong response from the webhook: ${status}`;
    changed();
    return isTaken;
  }

  const chatOf = (entry: Entry): string => {
    const [, payload] = Object.entries(entry.update).find(([kind]) => kind !== 'update_id') ?? [];
    return JSON.stringify(chatSchema.safeParse(payload).data ?? null);
  };

  /** The first of each chat, chats beside each other, as `max_connections` lets Telegram do. */
  function deliverAll(): void {
    if (webhook === undefined || isClosed) return;
    const settings = webhook;
    const busy = new Set([...delivering].map(chatOf));
    for (const entry of queue) {
      const chat = chatOf(entry);
      if (busy.has(chat)) continue;
      busy.add(chat);
      delivering.add(entry);
      void deliverOne(entry, settings).then((isTaken) => {
        delivering.delete(entry);
        if (isTaken) queue = queue.filter((other) => other !== entry);
        setImmediate(deliverAll);
      });
    }
  }

  function announce(): void {
    waiting?.wake();
    deliverAll();
  }

  function confirm(offset: number | undefined): void {
    if (offset === undefined) return;
    if (offset < 0) queue = queue.slice(offset);
    else queue = queue.filter((entry) => entry.isRepeat || entry.update.update_id >= offset);
  }

  function take(limit: number): readonly FakeUpdate[] {
    const taken = queue.slice(0, limit);
    queue = queue.filter((entry) => !(entry.isRepeat && taken.includes(entry)));
    return taken.map((entry) => entry.update);
  }

  function news(timeoutSeconds: number, gone: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        gone.removeEventListener('abort', own.wake);
        if (waiting === own) waiting = undefined;
      };
      const own: Waiting = {
        wake: () => {
          finish();
          resolve();
        },
        fail: (fault) => {
          finish();
          reject(fault);
        },
      };
      const timer = setTimeout(() => own.wake(), timeoutSeconds * 1_000);
      timer.unref();
      gone.addEventListener('abort', own.wake, { once: true });
      waiting = own;
      changed();
    });
  }

  return {
    push(kind, payload) {
      if (!allowed.includes(kind)) return undefined;
      const update: FakeUpdate = { update_id: nextId, [kind]: structuredClone(payload) };
      nextId += 1;
      queue.push({ update, isRepeat: false });
      announce();
      return update;
    },
    redeliver(update) {
      queue.push({ update, isRepeat: true });
      announce();
    },
    async poll(request, gone) {
      if (webhook !== undefined) {
        throw new ApiFault(
          409,
          "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        );
      }
      waiting?.fail(
        new ApiFault(
          409,
          'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
        ),
      );
      setAllowed(request.allowedUpdates);
      confirm(request.offset);
      const limit = Math.min(100, Math.max(1, request.limit ?? 100));
      if (queue.length === 0 && (request.timeoutSeconds ?? 0) > 0)
        await news(request.timeoutSeconds ?? 0, gone);
      return gone.aborted ? [] : take(limit);
    },
    setWebhook(settings) {
      if (settings.url === '') {
        webhook = undefined;
        return;
      }
      if (!settings.url.startsWith('https://')) {
        throw badRequest('bad webhook: An HTTPS URL must be provided for webhook');
      }
      if (settings.secretToken !== undefined && !/^[A-Za-z0-9_-]{1,256}$/.test(settings.secretToken)) {
        throw badRequest('secret token contains unallowed characters');
      }
      setAllowed(settings.allowedUpdates);
      if (settings.dropPending === true) queue = [];
      webhook = settings;
      announce();
    },
    deleteWebhook(dropPending) {
      webhook = undefined;
      if (dropPending) queue = [];
    },
    webhookInfo: () => ({
      url: webhook?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: queue.length,
      ...(lastError === undefined || webhook === undefined
        ? {}
        : { last_error_date: Date.UTC(2026, 0, 2) / 1_000, last_error_message: lastError }),
      // Nobody asked for a list yet.
      ...(allowed === defaultAllowed ? {} : { allowed_updates: allowed }),
    }),
    routeWebhooks(to) {
      route = to;
    },
    get allowed() {
      return allowed;
    },
    get pending() {
      return queue.length;
    },
    isPending: (updateId) => queue.some((entry) => entry.update.update_id === updateId),
    get isPolled() {
      return waiting !== undefined;
    },
    get deliveries() {
      return [...deliveries];
    },
    close() {
      isClosed = true;
      waiting?.wake();
    },
  };
}
