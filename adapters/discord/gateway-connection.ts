import { AppError } from '../../core/domain/app-error.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { faultFields } from './fault-fields.ts';
import type { ShardGuard } from './shard-guard.ts';

/** One dispatch of the gateway, as it came. */
export interface GatewayPacket {
  /** The kind: `MESSAGE_CREATE`. */
  readonly t: string;
  /** Its number in the session; a replay after a resumption has the same. */
  readonly s: number;
  readonly d: unknown;
  readonly sessionId: string;
  readonly shardId: number;
}

/** Called one after another; none may throw. None is called after `DiscordConnection.close`. */
export interface GatewayHandlers {
  onPacket(packet: GatewayPacket): void;
  /** The shard has no session at present; the SDK makes a new one. */
  onLost(shardId: number): void;
  /** The shard has a session again; what was missed has arrived before this where it could be had. */
  onBack(shardId: number): void;
  /** The connection does not come back by itself; a new one may. Called once. */
  onEnded(error: Error): void;
}

export interface DiscordConnection {
  /** Resolves when every socket has ended, after a few seconds at the latest. Safe to call twice. */
  close(): Promise<void>;
}

/** Discord closed the gateway and will not have it opened again as it was. */
export class GatewayClosed extends Error {
  override readonly name = 'GatewayClosed';
  /** https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes */
  readonly closeCode: number;

  constructor(closeCode: number) {
    super(`The gateway closed with ${closeCode}.`);
    this.closeCode = closeCode;
  }
}

/** The slice of the SDK's client that is used. */
export interface GatewaySdk {
  on(event: string, listener: (...args: readonly unknown[]) => void): unknown;
  login(token: string): Promise<unknown>;
  destroy(): Promise<void>;
  readonly ws: { readonly shards: { get(shardId: number): object | undefined } };
}

export interface ConnectionParts {
  readonly sdk: GatewaySdk;
  readonly guard: ShardGuard;
  readonly token: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the opening may go without progress. */
  readonly openTimeoutMs: number;
  /** Ends the opening. */
  readonly signal: AbortSignal;
  /** Fires `failure` when the guard gives a shard up. */
  readonly lost: Promise<number>;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The id of the session that the shard is in, as the SDK keeps it for resuming. */
function sessionIdOf(sdk: GatewaySdk, shardId: number): string {
  const shard = sdk.ws.shards.get(shardId);
  const session: unknown = shard === undefined ? undefined : Reflect.get(shard, 'sessionInfo');
  return isRecord(session) && typeof session['sessionId'] === 'string' ? session['sessionId'] : '';
}

/** The SDK handles every packet for itself as well, and throws at some. */
function guardHandling(sdk: GatewaySdk, logger: Logger): void {
  const original: unknown = Reflect.get(sdk.ws, 'handlePacket');
  if (typeof original !== 'function') throw new Error("The SDK's gateway has no method handlePacket.");
  Reflect.set(sdk.ws, 'handlePacket', (packet: unknown, shard: unknown) => {
    try {
      return Reflect.apply(original, sdk.ws, [packet, shard]);
    } catch (error) {
      const kind = isRecord(packet) ? packet['t'] : undefined;
      logger.info('discord_sdk_choked', { kind, ...faultFields(error) });
      return true;
    }
  });
}

/**
 * Opens the gateway by the SDK's client and hands on what comes. Resolves when every shard has its session and its
 * servers; rejects with what went wrong, when nothing is left open.
 */
export async function openGateway(
  parts: ConnectionParts,
  handlers: GatewayHandlers,
): Promise<DiscordConnection> {
  const { sdk, guard, clock, logger } = parts;
  const ready = Promise.withResolvers<void>();
  let timer: Timer | undefined;
  let isOpening = true;
  let isClosed = false;
  let closing: Promise<void> | undefined;

  function onProgress(): void {
    if (!isOpening) return;
    timer?.cancel();
    timer = clock.after(parts.openTimeoutMs, () =>
      ready.reject(new AppError('timeout', 'Discord did not open its gateway in time.', { retryable: true })),
    );
  }

  function end(error: Error): void {
    if (isClosed) return;
    if (isOpening) ready.reject(error);
    else handlers.onEnded(error);
  }

  function onDispatch(packet: unknown, shardId: number): void {
    if (isClosed || !isRecord(packet) || typeof packet['t'] !== 'string') return;
    onProgress();
    const { t, s, d } = packet;
    const isBack = t === 'READY' || t === 'RESUMED';
    if (isBack) guard.isUp(shardId);
    handlers.onPacket({
      t,
      s: typeof s === 'number' ? s : 0,
      d,
      sessionId: sessionIdOf(sdk, shardId),
      shardId,
    });
    if (isBack) handlers.onBack(shardId);
  }

  const listeners: Readonly<Record<string, (...args: readonly unknown[]) => void>> = {
    raw: (packet, shardId) => onDispatch(packet, Number(shardId)),
    clientReady: () => ready.resolve(),
    shardReconnecting: (shardId) => {
      if (!isClosed) handlers.onLost(Number(shardId));
    },
    shardDisconnect: (event) => {
      end(new GatewayClosed(isRecord(event) && typeof event['code'] === 'number' ? event['code'] : 0));
    },
    shardError: (error, shardId) => logger.warn('discord_shard_error', { shardId, ...faultFields(error) }),
    error: (error) => logger.warn('discord_sdk_failed', faultFields(error)),
    // The SDK's words quote what it got.
    warn: () => logger.info('discord_sdk_warning'),
  };
  for (const [event, listener] of Object.entries(listeners)) {
    sdk.on(event, (...args) => {
      try {
        listener(...args);
      } catch (error) {
        logger.error('discord_listener_failed', { event, ...faultFields(error) });
      }
    });
  }
  guardHandling(sdk, logger);

  async function close(): Promise<void> {
    isClosed = true;
    guard.stop();
    await sdk.destroy();
  }
  const connection: DiscordConnection = {
    close() {
      closing ??= close();
      return closing;
    },
  };

  const abort = (): void => ready.reject(new AppError('aborted', 'Discord was stopped while it connected.'));
  void parts.lost.then(() => end(new AppError('internal', 'A connection to Discord broke down.')));
  parts.signal.addEventListener('abort', abort, { once: true });
  if (parts.signal.aborted) abort();
  onProgress();
  // What the gateway closed with says more than what the SDK makes of it, and comes first.
  sdk.login(parts.token).catch(ready.reject);
  try {
    await ready.promise;
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  } finally {
    isOpening = false;
    timer?.cancel();
    parts.signal.removeEventListener('abort', abort);
  }
}
