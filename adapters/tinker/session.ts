import { toAppError } from '../../core/domain/app-error.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { sdkVersion } from './engine-config.ts';
import { jsonOf } from './http.ts';
import { badReply, isObject } from './json-codec.ts';
import type { Transport } from './transport.ts';

/** One stay at the engine, kept alive by heartbeats. Models and passing samplers live no longer than it. */
export interface Session {
  readonly id: string;
  isLost(): boolean;
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
}

const heartbeatTimeoutMs = 10_000;
const warnAfterMs = 120_000;
const goodbyeMs = 5_000;

export function createSessions(options: SessionsOptions): Sessions {
  const { transport, clock, logger } = options;
  const closing = new AbortController();
  let opening: Promise<Session> | undefined;

  function keepAlive(id: string, onLost: () => void): void {
    let timer: Timer | undefined;
    let lastBeatAt = clock.monotonicMs();
    let hasWarned = false;

    async function beat(): Promise<void> {
      try {
        const reply = await transport.once(
          {
            method: 'POST',
            path: 'session_heartbeat',
            what: 'session_heartbeat',
            json: { session_id: id, type: 'session_heartbeat' },
            timeoutMs: heartbeatTimeoutMs,
          },
          closing.signal,
        );
        if (reply.status === 404 || reply.status === 410) {
          logger.warn('engine_session_lost', { host: transport.host });
          onLost();
          return;
        }
        if (reply.status < 300) {
          lastBeatAt = clock.monotonicMs();
          hasWarned = false;
        }
      } catch (thrown) {
        if (closing.signal.aborted) return;
        logger.debug('engine_heartbeat_failed', { error: toAppError(thrown) });
      }
      const silentMs = clock.monotonicMs() - lastBeatAt;
      if (silentMs >= warnAfterMs && !hasWarned) {
        hasWarned = true;
        logger.warn('engine_does_not_hear_us', { host: transport.host, silentMs });
      }
      timer = clock.after(options.heartbeatMs, () => void beat());
    }

    timer = clock.after(options.heartbeatMs, () => void beat());
    closing.signal.addEventListener('abort', () => timer?.cancel(), { once: true });
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
    const body = jsonOf(reply);
    if (!isObject(body) || typeof body['session_id'] !== 'string') throw badReply('the session has no id');
    for (const level of ['info', 'warning', 'error'] as const) {
      const message = body[`${level}_message`];
      if (typeof message === 'string' && message !== '') logger.info('engine_message', { level, message });
    }
    const id = body['session_id'];
    let [isLost, models, samplers] = [false, 0, 0];
    const session: Session = {
      id,
      isLost: () => isLost,
      nextModelSeq: () => models++,
      nextSamplerSeq: () => samplers++,
    };
    keepAlive(id, () => {
      isLost = true;
      opening = undefined;
    });
    return session;
  }

  return {
    async current(signal) {
      signal.throwIfAborted();
      opening ??= open();
      const mine = opening;
      mine.catch(() => {
        if (opening === mine) opening = undefined;
      });
      return mine;
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
