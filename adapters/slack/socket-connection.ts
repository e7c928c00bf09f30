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
  /** How many bytes have come in so far. */
  readonly bytesRead: () => number;
  /** Ends the network under the connection at once, also while it is opening. */
  readonly cut: () => void;
}

/** Slack answers a close frame but leaves the TCP connection open. */
export const CLOSE_TIMEOUT_MS = 1_000;
/** The SDK pings every two seconds, so a live peer is never silent this long. */
export const SILENCE_MS = 12_000;
const LOOK_EVERY_MS = 4_000;

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
 * we keep such announcements from it, so that what is under way can still be acknowledged.
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

  /** Half-open connections do not end by themselves. */
  function watch(bytesBefore: number, silentSinceMs: number): void {
    clock.after(LOOK_EVERY_MS, () => {
      if (state === 'closed') return;
      const bytes = parts.bytesRead();
      const sinceMs = bytes === bytesBefore ? silentSinceMs : clock.monotonicMs();
      if (clock.monotonicMs() - sinceMs >= SILENCE_MS) cut();
      else watch(bytes, sinceMs);
    });
  }

  const sdkListeners = client.listeners('ws_message');
  const pass = (...args: unknown[]): void => {
    // The SDK's listener is asynchronous: what it throws would end the process.
    for (const listener of sdkListeners) Promise.resolve(listener(...args)).catch(() => undefined);
  };
  client.removeAllListeners('ws_message');
  client.on('ws_message', (data, isBinary) => {
    const frame = parseFrame(data);
    if (frame === undefined) return;
    if (frame['type'] === 'hello') {
      // At once: the next frame may be here already.
      if (state === 'opening') state = 'open';
      opened.resolve();
      pass(data, isBinary);
    } else if (frame['type'] === 'disconnect') {
      const reason = typeof frame['reason'] === 'string' ? frame['reason'] : 'unknown';
      if (state === 'opening') failOpening(noticeError(reason));
      else if (state === 'open') handlers.onNotice(reason);
    } else if (typeof frame['type'] === 'string' && envelopeTypes.has(frame['type'])) {
      const { payload } = frame;
      const isBare = frame['type'] === 'events_api' && !(isRecord(payload) && isRecord(payload['event']));
      if (isBare) pass(JSON.stringify({ ...frame, type: BARE }), false);
      else pass(data, isBinary);
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
  client.start().catch((thrown: unknown) => {
    lastError ??= thrown;
    if (state === 'opening') cut();
  });
  try {
    await opened.promise;
  } finally {
    deadline.cancel();
  }
  watch(parts.bytesRead(), clock.monotonicMs());

  return {
    async close() {
      if (state === 'open') {
        state = 'closing';
        client.disconnect().catch(() => undefined);
        clock.after(CLOSE_TIMEOUT_MS, cut);
      }
      await closed.promise;
    },
  };
}
