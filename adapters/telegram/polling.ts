import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { ChannelHealth } from '../../core/ports/channel.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { ALLOWED_UPDATES } from './allowed-updates.ts';
import type { ApiCaller } from './api-caller.ts';
import { isWebhookConflict } from './errors.ts';
import type { UpdateIntake } from './update-intake.ts';
import { parseUpdates, updateIdOf } from './wire.ts';

const MAX_BATCH = 100;
const MAX_BACKOFF_MS = 30_000;
const HEALTHY_AFTER_MS = 60_000;
const CONFIRM_TIMEOUT_MS = 5_000;
/** An empty answer that comes sooner than this was no long poll: some servers have none. */
const HASTY_ANSWER_MS = 200;

export interface PollingParts {
  readonly caller: ApiCaller;
  readonly intake: UpdateIntake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollTimeoutSeconds: number;
  readonly backoffBaseMs: number;
  readonly onHealth: (health: ChannelHealth) => void;
}

export interface Polling {
  /** Ends the poll, waits for the receipts of the batch in hand, and confirms what was stored. */
  stop(): Promise<void>;
}

/**
 * Polls until stopped, whatever happens. The offset moves only after every update of a batch got a good receipt;
 * otherwise the batch is asked for again after a pause that doubles up to 30 s and starts afresh after a healthy minute.
 */
export function startPolling(parts: PollingParts): Polling {
  const { caller, clock, logger } = parts;
  const stopping = new AbortController();
  let offset: number | undefined;
  let confirmed: number | undefined;
  let failures = 0;
  let healthySinceMs: number | undefined;

  async function poll(): Promise<readonly unknown[] | 'webhook_active'> {
    let isWebhookActive = false;
    const asked = offset;
    const answer = await caller.call(
      'getUpdates',
      {
        ...(asked === undefined ? {} : { offset: asked }),
        limit: MAX_BATCH,
        timeout: parts.pollTimeoutSeconds,
        allowed_updates: ALLOWED_UPDATES,
      },
      {
        timeoutMs: (parts.pollTimeoutSeconds + 15) * 1_000,
        signal: stopping.signal,
        accepts: (refusal) => {
          isWebhookActive = isWebhookConflict(refusal);
          return isWebhookActive;
        },
      },
    );
    if (isWebhookActive) return 'webhook_active';
    confirmed = asked;
    const updates = parseUpdates(answer);
    if (updates === undefined)
      throw new AppError('peer_failed', 'Telegram answered a poll with something else.');
    return updates;
  }

  /** A poll that ends well was well from its beginning. */
  function healthy(askedMs: number): void {
    healthySinceMs ??= askedMs;
    parts.onHealth({ state: 'ready' });
  }

  async function backOff(detail: string, atLeastMs = 0): Promise<void> {
    const nowMs = clock.monotonicMs();
    if (healthySinceMs !== undefined && nowMs - healthySinceMs >= HEALTHY_AFTER_MS) failures = 0;
    healthySinceMs = undefined;
    const waitMs = Math.max(atLeastMs, Math.min(MAX_BACKOFF_MS, parts.backoffBaseMs * 2 ** failures));
    failures = Math.min(failures + 1, 16);
    parts.onHealth({ state: 'degraded', detail });
    await clock.sleep(waitMs, stopping.signal);
  }

  async function takeBatch(updates: readonly unknown[], askedMs: number): Promise<void> {
    if (updates.length === 0) {
      healthy(askedMs);
      return;
    }
    if (!(await parts.intake.deliver(updates))) {
      await backOff('Messages from Telegram cannot be stored at the moment; Telegram keeps them.');
      return;
    }
    const ids = updates.map(updateIdOf).filter((id) => id !== undefined);
    if (ids.length > 0) offset = Math.max(...ids) + 1;
    healthy(askedMs);
  }

  async function round(): Promise<void> {
    const askedMs = clock.monotonicMs();
    const updates = await poll();
    if (updates === 'webhook_active') {
      logger.warn('telegram_webhook_removed');
      await caller.call('deleteWebhook', {}, { signal: stopping.signal });
      return;
    }
    await takeBatch(updates, askedMs);
    if (updates.length === 0 && clock.monotonicMs() - askedMs < HASTY_ANSWER_MS) {
      await clock.sleep(parts.backoffBaseMs, stopping.signal);
    }
  }

  async function recover(thrown: unknown): Promise<void> {
    const error = toAppError(thrown);
    const fields = { code: error.code, failures, error };
    if (error.code === 'auth_failed') logger.error('telegram_polling_refused', fields);
    else logger.warn('telegram_polling_failed', fields);
    await backOff(error.message, error.retryAfterMs);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await round();
      } catch (thrown) {
        // Both only reject here when we are being stopped.
        if (!stopping.signal.aborted) await recover(thrown).catch(() => undefined);
      }
    }
  }

  /** Without this, Telegram would deliver the last batch again after the next start. */
  async function confirm(): Promise<void> {
    if (offset === undefined || offset === confirmed) return;
    const payload = { offset, limit: 1, timeout: 0, allowed_updates: ALLOWED_UPDATES };
    const call = { timeoutMs: CONFIRM_TIMEOUT_MS };
    await caller.call('getUpdates', payload, call).catch((error: unknown) => {
      logger.info('telegram_offset_not_confirmed', { error });
    });
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
      await confirm();
    },
  };
}
