import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import type { Receipt } from '../../core/domain/receipt.ts';
import type { Sink } from '../../core/ports/channel.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { SlackInbound, SlackNotice } from './inbound-facts.ts';
import { bodyTypeOf, readViewSubmission } from './wire.ts';

/** What Slack hands over at once, over a socket or by HTTP. */
export interface SlackDelivery {
  /** The payload itself, without what it was wrapped in. */
  readonly body: unknown;
  /** Which repetition this is, where Slack says so. */
  readonly retryNum?: number;
  readonly retryReason?: string;
  /** The answer to an event is due within `ANSWER_WITHIN_MS` too: late is not acknowledged. Default false. */
  readonly isHurried?: boolean;
}

/** What Slack is told. It delivers events again that are not acknowledged, and nothing else. */
export type SlackAnswer =
  | { readonly isAcknowledged: true; readonly payload?: object }
  | { readonly isAcknowledged: false };

export interface Delivery {
  /**
   * Puts what was delivered before the sink, that of one channel one after another, channels beside each other. Who
   * spoke is looked up for all of it at once. For what people wait for (commands, buttons, forms) resolves within `ANSWER_WITHIN_MS`, whatever the sink does; for
   * events with the receipt. Never rejects.
   */
  deliver(delivery: SlackDelivery): Promise<SlackAnswer>;
  /** No event reaches the sink from now on; resolves when those on their way have their receipts. */
  close(): Promise<void>;
}

export interface DeliveryParts {
  readonly sink: Sink;
  /** Looks up whom it needs and maps the body: `peopleIn`, the directory, `toInbound`. */
  readonly read: (body: unknown) => Promise<SlackInbound>;
  readonly onNotice: (notice: SlackNotice) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Slack shows people a failure after 3 s. */
export const ANSWER_WITHIN_MS = 2_500;

const NOT_STORED = 'This could not be stored just now. Please send it once more.';

const acknowledged: SlackAnswer = { isAcknowledged: true };
const notAcknowledged: SlackAnswer = { isAcknowledged: false };

/** What people wait for; Slack delivers it once. */
const waitedFor: ReadonlySet<string> = new Set([
  'slash_command',
  'block_actions',
  'message_action',
  'view_submission',
  'view_closed',
]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const idIn = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  return isRecord(value) && typeof value['id'] === 'string' ? value['id'] : undefined;
};

/** The channel that a body speaks of, in whichever place it does; `''` for none. */
export function channelIn(body: unknown): string {
  if (!isRecord(body)) return '';
  const event = isRecord(body['event']) ? body['event'] : {};
  const item = isRecord(event['item']) ? event['item'] : {};
  const places = [event['channel'], item['channel'], body['channel'], body['channel_id']];
  return places.map(idIn).find((id) => id !== undefined) ?? '';
}

/** The modal stays open and says so at its first field. */
function keepFormOpen(body: unknown): SlackAnswer {
  const submission = readViewSubmission(body);
  const [block] = submission.ok ? Object.keys(submission.value.view.state.values) : [];
  if (block === undefined) return notAcknowledged;
  return {
    isAcknowledged: true,
    payload: { response_action: 'errors', errors: { [block]: NOT_STORED } },
  };
}

function answerFor(type: string, body: unknown, isStored: boolean): SlackAnswer {
  if (isStored) return acknowledged;
  switch (type) {
    case 'view_submission':
      return keepFormOpen(body);
    case 'slash_command':
      return { isAcknowledged: true, payload: { response_type: 'ephemeral', text: NOT_STORED } };
    default:
      return waitedFor.has(type) ? acknowledged : notAcknowledged;
  }
}

export function createDelivery(parts: DeliveryParts): Delivery {
  const { clock, logger } = parts;
  /** The last delivery of each channel. */
  const tails = new Map<string, Promise<unknown>>();
  let isClosed = false;

  async function receiptFor(event: InboundEvent): Promise<Receipt> {
    try {
      return await parts.sink(event);
    } catch (error) {
      logger.error('slack_sink_failed', { eventId: event.eventId, error });
      return 'unavailable';
    }
  }

  /** True when Slack need not deliver it again. */
  async function take(type: string, inbound: SlackInbound): Promise<boolean> {
    if (isClosed) return false;
    if (inbound.notice !== undefined) parts.onNotice(inbound.notice);
    if (inbound.ignored !== undefined) logger.debug('slack_ignored', { type, why: inbound.ignored });
    for (const event of inbound.events) {
      if (isClosed) return false;
      if ((await receiptFor(event)) === 'unavailable') {
        logger.warn('slack_event_not_stored', { eventId: event.eventId, type });
        return false;
      }
    }
    return true;
  }

  async function takeAfter(before: Promise<unknown> | undefined, type: string, body: unknown) {
    if (isClosed) return false;
    // Looked up at once: whoever speaks next need not wait for that as well.
    const reading = parts.read(body);
    await Promise.allSettled([before, reading]);
    try {
      return await take(type, await reading);
    } catch (error) {
      logger.error('slack_delivery_failed', { type, error });
      return false;
    }
  }

  function enqueue(type: string, body: unknown): Promise<boolean> {
    const channel = channelIn(body);
    const running = takeAfter(tails.get(channel), type, body);
    tails.set(channel, running);
    return running.finally(() => {
      if (tails.get(channel) === running) tails.delete(channel);
    });
  }

  function withinTime(type: string, storing: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = clock.after(ANSWER_WITHIN_MS, () => {
        logger.warn('slack_answered_before_stored', { type });
        resolve(false);
      });
      void storing.then((isStored) => {
        timer.cancel();
        resolve(isStored);
      });
    });
  }

  return {
    async deliver({ body, retryNum, retryReason, isHurried = false }) {
      const type = bodyTypeOf(body) ?? 'unknown';
      if (retryNum !== undefined && retryNum > 0) {
        logger.info('slack_redelivered', { type, retryNum, retryReason });
      }
      const storing = enqueue(type, body);
      const isDue = isHurried || waitedFor.has(type);
      return answerFor(type, body, await (isDue ? withinTime(type, storing) : storing));
    },
    async close() {
      isClosed = true;
      await Promise.all([...tails.values()]);
    },
  };
}
