import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { ChannelHealth } from '../../core/ports/channel.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { SlackAnswer, SlackDelivery } from './delivery.ts';
import { toSlackError } from './errors.ts';
import type { SlackEnvelope, SlackSocket, SlackSocketHandlers } from './socket-connection.ts';

export interface SocketParts {
  /** One connection; ends its opening when the signal fires. */
  readonly open: (handlers: SlackSocketHandlers, signal: AbortSignal) => Promise<SlackSocket>;
  /** Never rejects. */
  readonly deliver: (delivery: SlackDelivery) => Promise<SlackAnswer>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** First wait after a second failure in a row; doubled up to 30 s. */
  readonly backoffBaseMs: number;
  /** Never to be seen in an error. */
  readonly secrets: readonly string[];
  readonly onHealth: (health: ChannelHealth) => void;
}

/** Keeps Slack's events coming over a socket. */
export interface SocketSupervisor {
  /**
   * Resolves when events can arrive; rejects with an `AppError` when the first connection cannot be made, after
   * which it may be called again.
   */
  start(): Promise<void>;
  /** Nothing is delivered any more; resolves when every connection has ended. Safe to call twice, and before `start`. */
  stop(): Promise<void>;
}

const MAX_BACKOFF_MS = 30_000;
/** For what only a person can mend. */
const SLOW_RETRY_MS = 60_000;
const HEALTHY_AFTER_MS = 60_000;
/** How long a connection that is on its way out may still acknowledge. */
const DRAIN_MS = 3_000;
/** Slack allows ten for an app; one to come and one to go are enough. */
const MAX_SOCKETS = 2;

const BROKEN = 'The connection to Slack broke; a new one is being opened.';

interface Link {
  socket: SlackSocket | undefined;
  openedMs: number;
  /** Slack has announced its end, or it has ended. */
  isLeaving: boolean;
  /** What Slack said when it announced the end. */
  reason: string | undefined;
  readonly underWay: Set<Promise<void>>;
}

const isForPeople = (error: AppError): boolean =>
  error.code === 'auth_failed' || error.code === 'not_allowed';

const clockTime = (at: number): string => `${new Date(at).toISOString().slice(11, 16)} UTC`;

/**
 * One connection at a time. When Slack announces its end, the next one is opened first and the old one ends after; when
 * it breaks, the next one is opened at once, then after 1, 2, 4 … 30 s. A healthy minute starts that afresh.
 */
export function createSocketSupervisor(parts: SocketParts): SocketSupervisor {
  const { clock, logger } = parts;
  const stopping = new AbortController();
  /** Every connection that has not ended, those that are opening included. */
  const links = new Set<Link>();
  let current: Link | undefined;
  let starting: Promise<void> | undefined;
  let renewing: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  let failures = 0;
  let atLeastMs = 0;
  let lostAt: number | undefined;

  function degrade(message: string): void {
    lostAt ??= clock.now();
    parts.onHealth({
      state: 'degraded',
      detail: `${message} Nothing has arrived from Slack since ${clockTime(lostAt)}.`,
    });
  }

  function leave(link: Link): void {
    const isHealthy = link === current && clock.monotonicMs() - link.openedMs >= HEALTHY_AFTER_MS;
    // Once for each: while it serves on, what fails meanwhile is counted.
    if (isHealthy && !link.isLeaving) failures = 0;
    link.isLeaving = true;
  }

  async function answer(link: Link, envelope: SlackEnvelope): Promise<void> {
    const given = await parts.deliver(envelope);
    if (!given.isAcknowledged) return;
    await envelope.ack(given.payload).catch((error: unknown) => {
      // Slack delivers it again, and it is known by then.
      logger.info('slack_not_acknowledged', { isLeaving: link.isLeaving, error });
    });
  }

  function handlersOf(link: Link): SlackSocketHandlers {
    return {
      onEnvelope(envelope) {
        if (stopping.signal.aborted) return;
        const work = answer(link, envelope).finally(() => link.underWay.delete(work));
        link.underWay.add(work);
      },
      onNotice(reason) {
        logger.info('slack_socket_ending', { reason });
        leave(link);
        link.reason = reason;
        if (reason === 'link_disabled') atLeastMs = SLOW_RETRY_MS;
        if (link === current) renew();
      },
      onClosed() {
        links.delete(link);
        leave(link);
        if (link !== current) return;
        current = undefined;
        if (stopping.signal.aborted) return;
        logger.warn('slack_socket_lost', { reason: link.reason });
        degrade(
          link.reason === 'link_disabled'
            ? 'Socket Mode is switched off in the settings of the Slack app: switch it on there.'
            : BROKEN,
        );
        renew();
      },
    };
  }

  async function openLink(): Promise<Link> {
    const link: Link = {
      socket: undefined,
      openedMs: 0,
      isLeaving: false,
      reason: undefined,
      underWay: new Set(),
    };
    links.add(link);
    try {
      link.socket = await parts.open(handlersOf(link), stopping.signal);
    } catch (thrown) {
      links.delete(link);
      throw toSlackError(thrown, { method: 'apps.connections.open', isSend: false, secrets: parts.secrets });
    }
    if (stopping.signal.aborted) {
      await link.socket.close();
      throw new AppError('aborted', 'Slack was stopped while it connected.');
    }
    link.openedMs = clock.monotonicMs();
    logger.info('slack_socket_opened', { sockets: links.size });
    return link;
  }

  /** Lets what is under way be acknowledged, for a while. */
  async function retire(link: Link): Promise<void> {
    const drained = Promise.withResolvers<void>();
    const timer = clock.after(DRAIN_MS, drained.resolve);
    void Promise.all([...link.underWay]).then(() => drained.resolve());
    await drained.promise;
    timer.cancel();
    await link.socket?.close();
  }

  function adopt(link: Link): void {
    const before = current;
    if (!links.has(link)) {
      if (before === undefined) degrade(BROKEN);
      return;
    }
    current = link;
    lostAt = undefined;
    parts.onHealth({ state: 'ready' });
    if (before !== undefined) void retire(before);
  }

  const isRenewalDue = (): boolean =>
    !stopping.signal.aborted && (current === undefined || current.isLeaving);

  function nextWaitMs(): number {
    const backoffMs =
      failures === 0 ? 0 : Math.min(MAX_BACKOFF_MS, parts.backoffBaseMs * 2 ** (failures - 1));
    const waitMs = Math.max(backoffMs, atLeastMs);
    failures = Math.min(failures + 1, 16);
    atLeastMs = 0;
    return waitMs;
  }

  async function makeRoom(): Promise<void> {
    for (const link of links) {
      if (links.size < MAX_SOCKETS) return;
      if (link !== current) await link.socket?.close();
    }
  }

  function failed(thrown: unknown): void {
    const error = toAppError(thrown);
    const fields = { code: error.code, failures, error };
    if (isForPeople(error)) logger.error('slack_socket_refused', fields);
    else logger.warn('slack_socket_failed', fields);
    atLeastMs = isForPeople(error) ? SLOW_RETRY_MS : (error.retryAfterMs ?? 0);
    if (current === undefined) degrade(error.message);
  }

  async function renewOnce(): Promise<void> {
    const waitMs = nextWaitMs();
    if (waitMs > 0) await clock.sleep(waitMs, stopping.signal);
    await makeRoom();
    if (stopping.signal.aborted) return;
    adopt(await openLink());
  }

  async function renewUntilDone(): Promise<void> {
    while (isRenewalDue()) {
      await renewOnce().catch((thrown: unknown) => {
        if (!stopping.signal.aborted) failed(thrown);
      });
    }
  }

  function renew(): void {
    renewing ??= renewUntilDone().finally(() => {
      renewing = undefined;
      if (isRenewalDue()) renew();
    });
  }

  async function begin(): Promise<void> {
    adopt(await openLink());
    if (isRenewalDue()) renew();
  }

  async function end(): Promise<void> {
    stopping.abort();
    await Promise.allSettled([starting, renewing]);
    await Promise.all([...links].map(retire));
  }

  return {
    start() {
      starting = begin();
      return starting;
    },
    stop() {
      stopped ??= end();
      return stopped;
    },
  };
}
