import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import type { Receipt } from '../../core/domain/receipt.ts';
import type { Sink } from '../../core/ports/channel.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { GatewayPacket } from './gateway-connection.ts';
import type { DiscordInbound, DiscordNotice, PendingInteraction } from './inbound-facts.ts';
import type { Interactions } from './interactions.ts';
import { PLATFORM } from './options.ts';

export interface Delivery {
  /**
   * Puts what a packet says before the sink: that of one channel one after another, channels beside each other. What the
   * sink could not store is put before it again, in its place, for an hour at most; where others are stored meanwhile, so
   * that it is the event and not the store, for about a minute. What a person waits for is not put before it again, they
   * are told instead. Never throws.
   */
  take(packet: GatewayPacket): void;
  /** A sentence where events wait that could not be stored, or were lost. */
  problem(): string | undefined;
  /** No event reaches the sink once it resolves, which is soon: until then what waits is put before the sink. */
  close(): Promise<void>;
}

export interface DeliveryParts {
  readonly sink: Sink;
  /** Maps a packet; called at once and in the order of the packets. */
  readonly read: (packet: GatewayPacket) => DiscordInbound;
  readonly interactions: Pick<Interactions, 'begin' | 'taken'>;
  readonly onNotice: (notice: DiscordNotice) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Discord delivers once: what waits here is nowhere else. */
const MAX_WAITING_EACH = 1_000;
const MAX_WAITING = 20_000;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 10_000;
/** From here on an event may be what keeps the others waiting. */
const SUSPECT_AFTER = 10;
/** So often it is not stored between others that are. */
const MAX_BESIDE_OTHERS = 3;
const MAX_AGE_MS = 60 * 60_000;
const DRAIN_MS = 3_000;
/** How long a loss is worth telling of. */
const TOLD_FOR_MS = 60 * 60_000;

interface Item {
  readonly event: InboundEvent;
  readonly pending: PendingInteraction | undefined;
}

interface Lane {
  /** In their order; the first is the one that is put before the sink. */
  readonly items: Item[];
  /** Its first item was not stored and waits to be put before the sink again. */
  isStuck: boolean;
}

const channelOf = (event: InboundEvent): string => {
  if ('conversation' in event) return event.conversation.channelId;
  return 'target' in event ? event.target.channelId : '';
};

/** Discord neither acknowledges events nor repeats them: until they are stored they are in this process's memory. */
export function createDelivery(parts: DeliveryParts): Delivery {
  const { clock, logger, metrics } = parts;
  const lanes = new Map<string, Lane>();
  const running = new Set<Promise<void>>();
  const closing = new AbortController();
  const drained = new AbortController();
  let waiting = 0;
  let stuck = 0;
  let lost = 0;
  let lostMs = 0;
  /** How many events the sink has stored: while that grows, storing works. */
  let stored = 0;

  async function receiptFor(event: InboundEvent): Promise<Receipt> {
    try {
      return await parts.sink(event);
    } catch (error) {
      logger.error('discord_sink_failed', { eventId: event.eventId, error });
      return 'unavailable';
    }
  }

  async function offerOnce({ event, pending }: Item): Promise<Receipt> {
    const receipt = await receiptFor(event);
    if (receipt === 'stored' && event.type !== 'completion_requested') stored += 1;
    if (receipt === 'unavailable') {
      logger.warn('discord_event_not_stored', { eventId: event.eventId, type: event.type });
    }
    if (pending !== undefined) track(parts.interactions.taken(pending, receipt));
    return receipt;
  }

  /** Finds out whether others can be stored where none has come by itself. */
  async function tryNext(lane: Lane): Promise<void> {
    const next = lane.items[1];
    if (next === undefined) return;
    const receipt = await offerOnce(next);
    if (receipt === 'unavailable' && next.pending === undefined) return;
    lane.items.splice(1, 1);
    waiting -= 1;
  }

  /** Until it is stored, refused, given up, or the channel stops. */
  async function offer(item: Item, lane: Lane): Promise<void> {
    const beganMs = clock.monotonicMs();
    let storedBefore = stored;
    let besideOthers = 0;
    let retryMs = FIRST_RETRY_MS;
    for (let attempts = 1; ; attempts += 1) {
      const receipt = drained.signal.aborted ? undefined : await offerOnce(item);
      if (receipt !== undefined && (receipt !== 'unavailable' || item.pending !== undefined)) return;
      if (closing.signal.aborted) break;
      if (attempts >= SUSPECT_AFTER && stored === storedBefore) await tryNext(lane);
      if (stored > storedBefore) besideOthers += 1;
      storedBefore = stored;
      const isSuspect = attempts >= SUSPECT_AFTER && besideOthers >= MAX_BESIDE_OTHERS;
      if (isSuspect || clock.monotonicMs() - beganMs >= MAX_AGE_MS) return lose(item, 'never_stored');
      lane.isStuck = true;
      stuck += 1;
      await clock.sleep(retryMs, closing.signal).catch(() => undefined);
      stuck -= 1;
      lane.isStuck = false;
      retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
    }
    lose(item, 'stopped');
  }

  function lose({ event, pending }: Item, why: 'full' | 'never_stored' | 'stopped'): void {
    lost += 1;
    lostMs = clock.monotonicMs();
    metrics.count('lost_events_total', PLATFORM);
    logger.error('discord_event_lost', { eventId: event.eventId, type: event.type, why });
    if (pending !== undefined) track(parts.interactions.taken(pending, 'unavailable'));
  }

  async function run(channel: string, lane: Lane): Promise<void> {
    for (let item = lane.items[0]; item !== undefined; item = lane.items[0]) {
      await offer(item, lane);
      lane.items.shift();
      waiting -= 1;
    }
    lanes.delete(channel);
  }

  function track(work: Promise<void>): void {
    const settled = work.catch((error: unknown) => logger.error('discord_delivery_failed', { error }));
    running.add(settled);
    void settled.then(() => running.delete(settled));
  }

  function enqueue(item: Item): void {
    const channel = channelOf(item.event);
    const known = lanes.get(channel);
    if (item.pending !== undefined && known?.isStuck === true) {
      // Whoever waits for an answer is told at once that it cannot be stored, as it will turn out.
      track(offerOnce(item).then(() => undefined));
    } else if (waiting >= MAX_WAITING || (known?.items.length ?? 0) >= MAX_WAITING_EACH) {
      lose(item, 'full');
    } else if (known !== undefined) {
      waiting += 1;
      known.items.push(item);
    } else {
      waiting += 1;
      const lane: Lane = { items: [item], isStuck: false };
      lanes.set(channel, lane);
      track(run(channel, lane));
    }
  }

  function accept(kind: string, { events, notice, ignored, pending }: DiscordInbound): void {
    if (notice !== undefined) parts.onNotice(notice);
    if (ignored !== undefined) logger.debug('discord_ignored', { kind, why: ignored });
    if (pending !== undefined) {
      parts.interactions.begin(pending);
      if (events.length === 0) track(parts.interactions.taken(pending, 'refused'));
    }
    for (const event of events) enqueue({ event, pending });
  }

  return {
    take(packet) {
      if (closing.signal.aborted) return;
      try {
        accept(packet.t, parts.read(packet));
      } catch (error) {
        logger.error('discord_delivery_failed', { kind: packet.t, error });
      }
    },
    problem() {
      if (stuck > 0) {
        return `What people say in Discord cannot be stored at the moment: ${waiting} of it waits.`;
      }
      if (lost === 0 || clock.monotonicMs() - lostMs >= TOLD_FOR_MS) return undefined;
      return `${lost} of the things that Discord told could not be stored and are lost.`;
    },
    async close() {
      closing.abort();
      const timer = clock.after(DRAIN_MS, () => drained.abort());
      await Promise.all([...running]);
      timer.cancel();
    },
  };
}
