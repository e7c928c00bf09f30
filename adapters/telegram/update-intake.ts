import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import type { Receipt } from '../../core/domain/receipt.ts';
import type { Sink } from '../../core/ports/channel.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Inbound } from './inbound.ts';
import { chatIdOf, parseUpdate, updateIdOf } from './wire.ts';

export interface UpdateIntake {
  /**
   * Puts updates before the sink: those of one chat one after another, chats beside each other. Resolves with true
   * when every one of them may be confirmed. After a refusal to store, later updates of that chat wait for redelivery.
   */
  deliver(updates: readonly unknown[]): Promise<boolean>;
  /** No event reaches the sink from now on; resolves when those on their way have their receipts. */
  close(): Promise<void>;
}

export interface UpdateIntakeParts {
  readonly sink: Sink;
  /** May reject: then the update has to come again. */
  readonly toInbound: (update: unknown) => Inbound | Promise<Inbound>;
  /** Best effort, never rejects. */
  readonly answerCallback: (callbackQueryId: string) => void;
  readonly logger: Logger;
}

export function createUpdateIntake(parts: UpdateIntakeParts): UpdateIntake {
  const { logger } = parts;
  /** The last delivery of each chat. */
  const tails = new Map<string, Promise<unknown>>();
  let isClosed = false;

  async function receiptFor(event: InboundEvent): Promise<Receipt> {
    try {
      return await parts.sink(event);
    } catch (error) {
      logger.error('telegram_sink_failed', { eventId: event.eventId, error });
      return 'unavailable';
    }
  }

  async function read(update: unknown): Promise<Inbound | undefined> {
    try {
      return await parts.toInbound(update);
    } catch (error) {
      logger.error('telegram_update_not_read', { updateId: updateIdOf(update), error });
      return undefined;
    }
  }

  async function finish(inbound: Inbound): Promise<void> {
    if (inbound.answerCallback !== undefined) parts.answerCallback(inbound.answerCallback);
    try {
      await inbound.afterwards?.();
    } catch (error) {
      logger.warn('telegram_update_not_finished', { error });
    }
  }

  async function deliverOne(update: unknown): Promise<boolean> {
    if (isClosed) return false;
    const inbound = await read(update);
    if (inbound === undefined) return false;
    for (const event of inbound.events) {
      if (isClosed) return false;
      if ((await receiptFor(event)) === 'unavailable') {
        logger.warn('telegram_update_not_stored', { updateId: updateIdOf(update) });
        return false;
      }
    }
    await finish(inbound);
    return true;
  }

  async function deliverInOrder(
    updates: readonly unknown[],
    before: Promise<unknown> | undefined,
  ): Promise<boolean> {
    await before;
    for (const update of updates) if (!(await deliverOne(update))) return false;
    return true;
  }

  function enqueue(chat: string, updates: readonly unknown[]): Promise<boolean> {
    const running = deliverInOrder(updates, tails.get(chat));
    tails.set(chat, running);
    return running.finally(() => {
      if (tails.get(chat) === running) tails.delete(chat);
    });
  }

  return {
    async deliver(updates) {
      const byChat = Map.groupBy(updates, (update) => {
        const parsed = parseUpdate(update);
        return parsed === undefined ? '' : chatIdOf(parsed);
      });
      const outcomes = await Promise.all([...byChat].map(([chat, own]) => enqueue(chat, own)));
      return outcomes.every(Boolean);
    },
    async close() {
      isClosed = true;
      await Promise.allSettled([...tails.values()]);
    },
  };
}
