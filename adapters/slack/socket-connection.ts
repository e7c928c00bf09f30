import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';

/** One thing that Slack sent over a socket and wants acknowledged. */
export interface SlackEnvelope {
  /** `events_api`, `slash_commands` or `interactive`. */
  readonly type: string;
  readonly body: unknown;
  readonly retryNum?: number;
  readonly retryReason?: string;
  /** Rejects when the socket is no longer open. */
  ack(payload?: object): Promise<void>;
}

/** May be called before the promise of the opening is seen to resolve. */
export interface SlackSocketHandlers {
  onEnvelope(envelope: SlackEnvelope): void;
  /** Slack will end this socket: `warning`, `refresh_requested`, `link_disabled`, `too_many_websockets`. */
  onNotice(reason: string): void;
  /** The socket has ended, for whatever reason. Called once, and only where Slack had said hello. */
  onClosed(): void;
}

export interface SlackSocket {
  /** Says goodbye and ends. Resolves when nothing of it is left. Safe to call twice. */
  close(): Promise<void>;
}

type Listener = (...args: unknown[]) => unknown;

/** What we need of the SDK's client of one connection. */
export interface SocketClientSlice {
  start(): Promise<unknown>;
  disconnect(): Promise<void>;
  on(event: string, listener: Listener): unknown;
  listeners(event: string): Listener[];
  removeAllListeners(event: string): unknown;
}

export interface ConnectionParts {
  readonly client: SocketClientSlice;
  readonly clock: Clock;
  /** From the first call to Slack's hello. */
  readonly openTimeoutMs: number;
  /** Ends the opening; of no effect later. */
  readonly signal: AbortSignal;
  /** Ends the network under the connection at once, also while it is opening. */
  readonly cut: () => void;
}

/** Slack answers a close frame but leaves the TCP connection open. */
export const CLOSE_TIMEOUT_MS = 1_000;

const envelopeTypes: ReadonlySet<string> = new Set(['events_api', 'slash_commands', 'interactive']);
/** What events without an inner event are called on their way through the SDK, which could not dispatch them otherwise. */
const BARE = 'events_api_bare';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function parseFrame(data: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    return isRecord(frame) ? frame : undefined;
  } catch {
    return undefined;
  }
}

const hasInnerEvent = (payload: unknown): boolean => isRecord(payload) && isRecord(payload['event']);

function noticeError(reason: string): AppError {
  if (reason === 'link_disabled') {
    return new AppError('not_allowed', 'Socket Mode is switched off in the settings of the Slack app.');
  }
  const message =
    reason === 'too_many_websockets'
      ? 'The Slack app has as many connections as it may: stop the other programs that use its app token.'
      : 'Slack ended the connection before it began.';
  return new AppError('conflict', message, { retryable: true, details: { reason } });
}

/**
 * One connection over a client of the SDK that is used for nothing else. The SDK hangs up when Slack announces an end;
 * we keep such announcements from it, so that what is under way can still be acknowledged. It notices a peer that no
 * longer answers its pings within ten seconds.
 */
export async function openConnection(
  parts: ConnectionParts,
  handlers: SlackSocketHandlers,
): Promise<SlackSocket> {
  const { client, clock } = parts;
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let state: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  let lastError: unknown;

  function finish(): void {
    if (state === 'closed') return;
    const wasOpen = state !== 'opening';
    state = 'closed';
    opened.reject(lastError ?? new AppError('network', 'Slack closed the connection while it opened.'));
    closed.resolve();
    if (wasOpen) handlers.onClosed();
  }

  function cut(): void {
    parts.cut();
    finish();
  }

  function failOpening(error: AppError): void {
    lastError = error;
    cut();
  }

  const sdkListeners = client.listeners('ws_message');
  const pass = (...args: unknown[]): void => {
    // The SDK's listener is asynchronous: what it throws would end the process.
    for (const listener of sdkListeners) Promise.resolve(listener(...args)).catch(() => undefined);
  };
  function onAnnouncedEnd(reason: string): void {
    if (state === 'opening') failOpening(noticeError(reason));
    else if (state === 'open') handlers.onNotice(reason);
  }

  client.removeAllListeners('ws_message');
  client.on('ws_message', (data) => {
    const frame = parseFrame(data);
    const type = frame?.['type'];
    if (frame === undefined || typeof type !== 'string') return;
    if (type === 'disconnect') onAnnouncedEnd(String(frame['reason']));
    else if (type === 'hello') {
      // At once: the next frame may be here already.
      if (state === 'opening') state = 'open';
      opened.resolve();
      pass(data, false);
    } else if (envelopeTypes.has(type)) {
      const isBare = type === 'events_api' && !hasInnerEvent(frame['payload']);
      pass(isBare ? JSON.stringify({ ...frame, type: BARE }) : data, false);
    }
  });

  client.on('slack_event', (args) => {
    if (state === 'closed' || state === 'opening' || !isRecord(args)) return;
    const { ack, type } = args;
    if (typeof ack !== 'function' || typeof type !== 'string') return;
    handlers.onEnvelope({
      type: type === BARE ? 'events_api' : type,
      body: args['body'],
      ...(typeof args['retry_num'] === 'number' && { retryNum: args['retry_num'] }),
      ...(typeof args['retry_reason'] === 'string' && { retryReason: args['retry_reason'] }),
      async ack(payload) {
        await ack(payload);
      },
    });
  });
  client.on('error', (error) => {
    lastError ??= error;
  });
  client.on('close', finish);

  const deadline = clock.after(parts.openTimeoutMs, () => {
    if (state !== 'opening') return;
    failOpening(new AppError('timeout', 'Slack did not open the connection in time.', { retryable: true }));
  });
  const onAbort = (): void => {
    if (state === 'opening') failOpening(new AppError('aborted', 'The connection to Slack was not opened.'));
  };
  parts.signal.addEventListener('abort', onAbort, { once: true });
  if (parts.signal.aborted) onAbort();
  else
    client.start().catch((thrown: unknown) => {
      lastError ??= thrown;
      if (state === 'opening') cut();
    });
  try {
    await opened.promise;
  } finally {
    deadline.cancel();
    parts.signal.removeEventListener('abort', onAbort);
  }

  return {
    async close() {
      if (state === 'open') {
        state = 'closing';
        client.disconnect().catch(() => undefined);
        const cutting = clock.after(CLOSE_TIMEOUT_MS, cut);
        void closed.promise.then(() => cutting.cancel());
      }
      await closed.promise;
    },
  };
}
