import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import type { Receipt } from '../../core/domain/receipt.ts';
import type { Sink } from '../../core/ports/channel.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Inbound, Press } from './inbound.ts';
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

/** Sees to it that no pressed button stays busy. Best effort; neither waits nor throws. */
export interface PressWatch {
  /** Its events go before the sink now. */
  begun(press: Press): void;
  /** Every event has its receipt. */
  over(press: Press, receipts: readonly Receipt[]): void;
}

export interface UpdateIntakeParts {
  readonly sink: Sink;
  /** May reject: then the update has to come again. */
  readonly toInbound: (update: unknown) => Inbound | Promise<Inbound>;
  readonly presses: PressWatch;
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

  async function finish(inbound: Inbound, receipts: readonly Receipt[]): Promise<void> {
    if (inbound.press !== undefined) parts.presses.over(inbound.press, receipts);
    try {
      await inbound.afterwards?.(receipts);
    } catch (error) {
      logger.warn('telegram_update_not_finished', { error });
    }
  }

  async function deliverOne(update: unknown): Promise<boolean> {
    if (isClosed) return false;
    const inbound = await read(update);
    if (inbound === undefined) return false;
    if (inbound.press !== undefined) parts.presses.begun(inbound.press);
    const receipts: Receipt[] = [];
    for (const event of inbound.events) {
      if (isClosed) return false;
      const receipt = await receiptFor(event);
      if (receipt === 'unavailable') {
        logger.warn('telegram_update_not_stored', { updateId: updateIdOf(update) });
        return false;
      }
      receipts.push(receipt);
    }
    await finish(inbound, receipts);
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
