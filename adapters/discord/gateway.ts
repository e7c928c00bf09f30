import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { ChannelHealth } from '../../core/ports/channel.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { DiscordClient } from './client.ts';
import {
  type DiscordConnection,
  GatewayClosed,
  type GatewayHandlers,
  type GatewayPacket,
} from './gateway-connection.ts';
import { CLOSED_INTENTS, toGatewayError } from './gateway-errors.ts';

export interface GatewayParts {
  readonly connect: DiscordClient['connect'];
  /** Must not throw. */
  readonly onPacket: (packet: GatewayPacket) => void;
  readonly onHealth: (health: ChannelHealth) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** First wait before the gateway is opened anew; doubled up to 60 s. */
  readonly backoffBaseMs: number;
  /** Never to be seen in an error. */
  readonly secrets: readonly string[];
}

/** Keeps Discord's events coming. */
export interface GatewaySupervisor {
  /**
   * Resolves when events can arrive; rejects with an `AppError` when the gateway cannot be opened, after which it may
   * be called again.
   */
  start(): Promise<void>;
  /** No packet is handed on any more; resolves when every connection has ended. Safe to call twice, and before `start`. */
  stop(): Promise<void>;
}

const MAX_BACKOFF_MS = 60_000;
/** For what only a person can mend. */
const SLOW_RETRY_MS = 60_000;
const HEALTHY_AFTER_MS = 10 * 60_000;

const WITHOUT_CONTENT =
  'Discord does not let the bot read messages that are not meant for it: mentions, direct messages, commands, buttons and reactions work, going on in a thread without a mention does not. Switch on "Message Content Intent" on the page "Bot" at discord.com/developers and start again.';
const BROKEN = 'The connection to Discord broke; a new one is being opened.';

const clockTime = (at: number): string => `${new Date(at).toISOString().slice(11, 16)} UTC`;

/**
 * One gateway at a time, all its shards. Lost sessions are for the SDK to resume; what it gives up is opened anew here, at
 * once and then after 1, 2, 4 … 60 s. Where Discord does not grant the words of messages, it goes on without.
 */
export function createGatewaySupervisor(parts: GatewayParts): GatewaySupervisor {
  const { clock, logger } = parts;
  const stopping = new AbortController();
  const lost = new Set<number>();
  let connection: DiscordConnection | undefined;
  let messageContent = true;
  let starting: Promise<void> | undefined;
  let renewing: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  let lostAt: number | undefined;
  let openedMs = 0;
  let failures = 0;

  function tellHealth(): void {
    lostAt = undefined;
    parts.onHealth(messageContent ? { state: 'ready' } : { state: 'degraded', detail: WITHOUT_CONTENT });
  }

  function degrade(message: string): void {
    lostAt ??= clock.now();
    const detail = `${message} Nothing has arrived from Discord since ${clockTime(lostAt)}.`;
    parts.onHealth({ state: 'degraded', detail });
  }

  function degradeByShards(): void {
    if (connection === undefined) return;
    if (lost.size === 0) tellHealth();
    else degrade(BROKEN);
  }

  /** Opens the gateway, a second time without the words of messages where Discord closes it because of them. */
  async function open(): Promise<void> {
    lost.clear();
    let endedEarly: Error | undefined;
    const handlers: GatewayHandlers = {
      onPacket: parts.onPacket,
      onLost(shardId) {
        lost.add(shardId);
        degradeByShards();
      },
      onBack(shardId) {
        lost.delete(shardId);
        degradeByShards();
      },
      onEnded(error) {
        if (connection === undefined) endedEarly = error;
        else onEnded(error);
      },
    };
    const { signal } = stopping;
    try {
      const opened = await parts.connect(handlers, { messageContent, signal });
      if (signal.aborted || endedEarly !== undefined) {
        await opened.close();
        throw endedEarly ?? new AppError('aborted', 'Discord was stopped while it connected.');
      }
      connection = opened;
    } catch (thrown) {
      if (!(thrown instanceof GatewayClosed) || thrown.closeCode !== CLOSED_INTENTS || !messageContent) {
        throw toGatewayError(thrown, { now: clock.now(), secrets: parts.secrets });
      }
      logger.warn('discord_message_content_refused');
      messageContent = false;
      return open();
    }
    openedMs = clock.monotonicMs();
    logger.info('discord_connected', { messageContent });
    degradeByShards();
  }

  function onEnded(error: Error): void {
    const ended = connection;
    connection = undefined;
    if (stopping.signal.aborted) return;
    const known = toGatewayError(error, { now: clock.now(), secrets: parts.secrets });
    logger.error('discord_gateway_ended', { code: known.code, error: known });
    degrade(known.code === 'auth_failed' || known.code === 'config_invalid' ? known.message : BROKEN);
    const isAboutIntents = error instanceof GatewayClosed && error.closeCode === CLOSED_INTENTS;
    renewing ??= renew(ended, isAboutIntents ? undefined : known).finally(() => {
      renewing = undefined;
    });
  }

  function waitMsAfter(error: AppError | undefined): number {
    const backoffMs =
      failures === 0 ? 0 : Math.min(MAX_BACKOFF_MS, parts.backoffBaseMs * 2 ** Math.min(failures - 1, 16));
    failures += 1;
    const isForPeople = error !== undefined && !error.retryable;
    return Math.max(backoffMs, error?.retryAfterMs ?? 0, isForPeople ? SLOW_RETRY_MS : 0);
  }

  async function renew(ended: DiscordConnection | undefined, why: AppError | undefined): Promise<void> {
    if (clock.monotonicMs() - openedMs >= HEALTHY_AFTER_MS) failures = 0;
    let error = why;
    await ended?.close().catch((thrown: unknown) => {
      logger.warn('discord_close_failed', { error: toAppError(thrown) });
    });
    while (connection === undefined && !stopping.signal.aborted) {
      try {
        await clock.sleep(waitMsAfter(error), stopping.signal);
        await open();
      } catch (thrown) {
        if (stopping.signal.aborted) return;
        error = toAppError(thrown);
        logger.warn('discord_connect_failed', { code: error.code, failures, error });
        degrade(error.message);
      }
    }
  }

  async function end(): Promise<void> {
    stopping.abort();
    const ended = connection;
    connection = undefined;
    await Promise.allSettled([starting, renewing, ended?.close()]);
  }

  return {
    start() {
      starting = open();
      return starting;
    },
    stop() {
      stopped ??= end();
      return stopped;
    },
  };
}
