import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { faultFields } from './fault-fields.ts';

export interface ShardGuardParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** First wait before a second attempt to connect; doubled up to 30 s. */
  readonly backoffBaseMs: number;
  /** A shard cannot go on by itself. */
  readonly onLost: (shardId: number) => void;
}

/** Stands between the SDK's shards and the process. */
export interface ShardGuard {
  adopt(shard: object, shardId: number): void;
  /** The shard has a session: the next failure is a first one. */
  isUp(shardId: number): void;
  /** No shard connects from now on. Those that are connected are for their owner to end. */
  stop(): void;
}

const MAX_BACKOFF_MS = 30_000;
/** How long the other side may take to agree to the end of a connection. The SDK would wait for 30 s. */
const CLOSE_WITHIN_MS = 3_000;
/** How long a session is worth resuming; Discord forgets it sooner or later. */
const RESUMABLE_MS = 5 * 60_000;
/** The SDK's `WebSocketShardDestroyRecovery`. */
const RECONNECT = 0;
const RESUME = 1;
const CONNECTING = 0;
const CLOSED = 3;

interface Watched {
  /** Nothing recovers it: it was ended, or Discord does not want it. */
  isFinal: boolean;
  leaving: Promise<unknown> | undefined;
  /** Connections in a row that brought no session. */
  attempts: number;
  lostMs: number | undefined;
}

interface Socket {
  readonly readyState: number;
  terminate(): void;
  on(event: 'error', listener: () => void): unknown;
}

const isSocket = (value: unknown): value is Socket =>
  typeof value === 'object' &&
  value !== null &&
  'readyState' in value &&
  'terminate' in value &&
  typeof value.terminate === 'function' &&
  'on' in value &&
  typeof value.on === 'function';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

type Work = (...args: readonly unknown[]) => Promise<unknown>;

/** Puts `around` in the place of one of the shard's methods; it is handed the method itself. */
function wrap(shard: object, method: string, around: (original: Work, args: readonly unknown[]) => unknown) {
  const original: unknown = Reflect.get(shard, method);
  if (typeof original !== 'function') throw new Error(`The SDK's shard has no method ${method}.`);
  const work: Work = (...args) => Promise.resolve(Reflect.apply(original, shard, args));
  Reflect.set(shard, method, (...args: readonly unknown[]) => around(work, args));
}

/**
 * What @discordjs/ws 1.2.3 does with its shards is not safe in a process that ends on an error that nobody caught, nor
 * does it stop for good. This mends it from outside, at the methods that the shard calls on itself:
 * - a frame, a listener or a reconnection that throws is logged and dropped;
 * - a connection that is given up keeps a listener for its errors, and is cut when it does not end;
 * - one end at a time: a second one would start a second connection beside the first;
 * - after the last end nothing connects, not even what waited for its turn to;
 * - when the network fails, the session is kept and resumed, for a while; and the attempts are spaced.
 */
export function createShardGuard(parts: ShardGuardParts): ShardGuard {
  const { clock, logger } = parts;
  const stopping = new AbortController();
  const watched = new Map<number, Watched>();

  const connectionOf = (shard: object): Socket | undefined => {
    const connection: unknown = Reflect.get(shard, 'connection');
    return isSocket(connection) ? connection : undefined;
  };

  /** Makes sure that the connection ends, and that nothing it still says is thrown at the process. */
  function release(socket: Socket | undefined): Timer | undefined {
    if (socket === undefined || socket.readyState === CLOSED) return undefined;
    socket.on('error', () => undefined);
    if (socket.readyState !== CONNECTING) return clock.after(CLOSE_WITHIN_MS, () => socket.terminate());
    for (const handler of ['onmessage', 'onclose', 'onerror']) Reflect.set(socket, handler, null);
    socket.terminate();
    return undefined;
  }

  /** A network that fails says nothing about the session, which the SDK would throw away. */
  function keepingSession(shard: object, state: Watched, options: unknown): unknown {
    if (!isRecord(options) || options['recover'] !== RECONNECT) return options;
    if (Reflect.get(shard, 'failedToConnectDueToNetworkError') !== true) return options;
    if (state.lostMs === undefined || clock.monotonicMs() - state.lostMs >= RESUMABLE_MS) return options;
    return { ...options, recover: RESUME };
  }

  async function pause(state: Watched): Promise<void> {
    const { attempts } = state;
    state.attempts += 1;
    if (attempts < 2) return;
    const waitMs = Math.min(MAX_BACKOFF_MS, parts.backoffBaseMs * 2 ** Math.min(attempts - 2, 16));
    await clock.sleep(waitMs, stopping.signal).catch(() => undefined);
  }

  const isOver = (state: Watched): boolean => state.isFinal || stopping.signal.aborted;

  function adopt(shard: object, shardId: number): void {
    const state: Watched = { isFinal: false, leaving: undefined, attempts: 0, lostMs: undefined };
    watched.set(shardId, state);

    const failed = (where: string, error: unknown): void => {
      logger.warn('discord_shard_failed', { shardId, where, ...faultFields(error) });
    };

    wrap(shard, 'internalConnect', async (connect) => {
      state.leaving = undefined;
      await pause(state);
      if (isOver(state)) return;
      try {
        await connect();
      } catch (error) {
        failed('connect', error);
        if (!isOver(state)) parts.onLost(shardId);
      }
    });

    wrap(shard, 'destroy', (destroy, [options]) => {
      const isLast = !isRecord(options) || options['recover'] === undefined;
      if (state.leaving !== undefined && (!isLast || state.isFinal)) return state.leaving;
      if (isLast) state.isFinal = true;
      else state.lostMs ??= clock.monotonicMs();
      const timer = release(connectionOf(shard));
      const leaving = destroy(keepingSession(shard, state, options))
        .catch((error: unknown) => {
          failed('destroy', error);
          if (!isOver(state)) parts.onLost(shardId);
        })
        .finally(() => {
          timer?.cancel();
          if (state.leaving === leaving) state.leaving = undefined;
        });
      state.leaving = leaving;
      return leaving;
    });

    for (const method of ['onMessage', 'onClose', 'heartbeat']) {
      wrap(shard, method, async (work, args) => {
        try {
          await work(...args);
        } catch (error) {
          failed(method, error);
        }
      });
    }
  }

  return {
    adopt,
    isUp(shardId) {
      const state = watched.get(shardId);
      if (state === undefined) return;
      state.attempts = 0;
      state.lostMs = undefined;
    },
    stop: () => stopping.abort(),
  };
}
