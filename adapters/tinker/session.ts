import { toAppError } from '../../core/domain/app-error.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { eitherSignal } from './either-signal.ts';
import { sdkVersion } from './engine-config.ts';
import { aborted, quote } from './errors.ts';
import { type HttpReply, isOfEngine, jsonOf } from './http.ts';
import { badReply, isObject } from './json-codec.ts';
import type { Transport } from './transport.ts';
import { unlessAborted } from './unless-aborted.ts';

/** One stay at the engine, kept alive by heartbeats. Models and passing samplers live no longer than it. */
export interface Session {
  readonly id: string;
  isLost(): boolean;
  /** Asks the engine now whether it still knows this session, as it knew something else of it not. Never rejects. */
  check(signal: AbortSignal): Promise<void>;
  /** From 0. */
  nextModelSeq(): number;
  nextSamplerSeq(): number;
}

export interface Sessions {
  /** The session of this moment; a new one where there is none or the last was lost. */
  current(signal: AbortSignal): Promise<Session>;
  /** Ends heartbeats, and the session where engines want to be told. Never rejects. */
  close(): Promise<void>;
}

export interface SessionsOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly requestMs: number;
  readonly heartbeatMs: number;
  readonly tags: readonly string[];
  readonly projectId: string | undefined;
  readonly finishesSessions: boolean;
  /** Without a first sign of life the session would never be given up, and its models keep their places for good. */
  readonly beatsAtOnce: boolean;
  readonly crashesOnUnknown: boolean;
}

const heartbeatTimeoutMs = 10_000;
const warnAfterMs = 120_000;
const goodbyeMs = 5_000;
/** One failure of the engine may have any reason, so many after one another have the session's. */
const crashesWhereLost = 3;
const crashDelayMs = 1_000;

export function createSessions(options: SessionsOptions): Sessions {
  const { transport, clock, logger } = options;
  const closing = new AbortController();
  let opening: Promise<Session> | undefined;

  function heartbeat(id: string, signal: AbortSignal): Promise<HttpReply> {
    const what = 'session_heartbeat';
    const json = { session_id: id, type: what };
    return transport.once({ method: 'POST', path: what, what, json, timeoutMs: heartbeatTimeoutMs }, signal);
  }

  const isUnknown = ({ status }: Pick<HttpReply, 'status'>): boolean => status === 404 || status === 410;

  /** Whether the engine says that it does not know the session, in its own way. Rejects where nothing more can be asked. */
  async function isForgotten(id: string, signal: AbortSignal): Promise<boolean> {
    for (let crashes = 1; ; crashes += 1) {
      const reply = await heartbeat(id, signal);
      if (isUnknown(reply)) return true;
      if (reply.status !== 500 || !options.crashesOnUnknown) return false;
      if (crashes === crashesWhereLost) return true;
      await clock.sleep(crashDelayMs, signal);
    }
  }

  /** Gives back what ends it. */
  function keepAlive(id: string, onLost: () => void): () => void {
    let timer: Timer | undefined;
    let isOver = false;
    let lastBeatAt = clock.monotonicMs();
    let hasWarned = false;

    async function beat(): Promise<void> {
      try {
        const reply = await heartbeat(id, closing.signal);
        if (isUnknown(reply)) return onLost();
        if (reply.status < 300 && isOfEngine(reply)) {
          lastBeatAt = clock.monotonicMs();
          hasWarned = false;
        }
      } catch (thrown) {
        logger.debug('engine_heartbeat_failed', { error: toAppError(thrown) });
      }
      if (isOver) return;
      const silentMs = clock.monotonicMs() - lastBeatAt;
      if (silentMs >= warnAfterMs && !hasWarned) {
        hasWarned = true;
        logger.warn('engine_does_not_hear_us', { host: transport.host, silentMs });
      }
      timer = clock.after(options.heartbeatMs, () => void beat());
    }

    if (options.beatsAtOnce) void beat();
    else timer = clock.after(options.heartbeatMs, () => void beat());
    const end = (): void => {
      isOver = true;
      timer?.cancel();
      closing.signal.removeEventListener('abort', end);
    };
    closing.signal.addEventListener('abort', end, { once: true });
    return end;
  }

  async function open(): Promise<Session> {
    const what = 'create_session';
    const reply = await transport.call(
      {
        method: 'POST',
        path: what,
        what,
        json: {
          tags: options.tags,
          user_metadata: {},
          sdk_version: sdkVersion,
          ...(options.projectId === undefined ? {} : { project_id: options.projectId }),
          type: what,
        },
        timeoutMs: options.requestMs,
      },
      // A session too many ends by itself when nobody keeps it alive.
      { mayRepeat: true },
      closing.signal,
    );
    if (closing.signal.aborted) throw aborted();
    const body = jsonOf(reply);
    if (!isObject(body) || typeof body['session_id'] !== 'string') throw badReply('the session has no id');
    for (const level of ['info', 'warning', 'error'] as const) {
      const message = body[`${level}_message`];
      if (typeof message !== 'string' || message === '') continue;
      logger.info('engine_message', { level, message: quote(message, transport.contextOf(what).secrets) });
    }
    const id = body['session_id'];
    let [isLost, models, samplers] = [false, 0, 0];
    const lose = (): void => {
      if (isLost) return;
      isLost = true;
      opening = undefined;
      endHeartbeats();
      logger.warn('engine_session_lost', { host: transport.host });
    };
    const endHeartbeats = keepAlive(id, lose);
    return {
      id,
      isLost: () => isLost,
      nextModelSeq: () => models++,
      nextSamplerSeq: () => samplers++,
      async check(signal) {
        const either = eitherSignal(signal, closing.signal);
        try {
          if (await isForgotten(id, either.signal)) lose();
        } catch (thrown) {
          logger.debug('engine_session_not_checked', { error: toAppError(thrown) });
        } finally {
          either.release();
        }
      },
    };
  }

  return {
    async current(signal) {
      if (signal.aborted) throw aborted();
      opening ??= open();
      const mine = opening;
      mine.catch(() => {
        if (opening === mine) opening = undefined;
      });
      return unlessAborted(mine, signal);
    },
    async close() {
      closing.abort();
      const last = await opening?.catch(() => undefined);
      if (last === undefined || last.isLost() || !options.finishesSessions) return;
      const what = 'sessions/finish';
      await transport
        .once(
          {
            method: 'POST',
            path: `sessions/${encodeURIComponent(last.id)}/finish`,
            what,
            json: { reason: { type: 'success' }, detail: '' },
            timeoutMs: goodbyeMs,
          },
          new AbortController().signal,
        )
        .catch((thrown) => logger.debug('engine_session_not_finished', { error: toAppError(thrown) }));
    },
  };
}
