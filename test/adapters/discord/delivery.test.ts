import { describe, expect, test } from 'vitest';
import { createDelivery } from '../../../adapters/discord/delivery.ts';
import type { GatewayPacket } from '../../../adapters/discord/gateway-connection.ts';
import type { DiscordInbound, PendingInteraction } from '../../../adapters/discord/inbound-facts.ts';
import { eventId, spaceId } from '../../../core/domain/ids.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const eventOf = (name: string, channelId: string): InboundEvent => ({
  type: 'signals_cleared',
  eventId: eventId('discord', name),
  platform: 'discord',
  spaceId: spaceId('discord', '1'),
  occurredAt: 1,
  target: { platform: 'discord', channelId, messageId: '1' },
});

const pendingOf = (interactionId: string): PendingInteraction => ({
  ownAnswer: 'private',
  handle: {
    ...{ kind: 'command', channelId: '1', userId: '2', applicationId: '3', token: 'x', issuedAt: 0 },
    interactionId,
  },
});

const packet = (t: string): GatewayPacket => ({ t, s: 1, d: null, sessionId: 'x', shardId: 0 });

function setUp() {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const counted: string[] = [];
  const offered: string[] = [];
  const begun: string[] = [];
  const taken: [string, string][] = [];
  const notices: string[] = [];
  const inbounds: DiscordInbound[] = [];
  /** What the sink answers; a function may hold it back or throw. */
  const rig = { answer: (_name: string): Receipt | Promise<Receipt> => 'stored' };
  const delivery = createDelivery({
    clock,
    logger,
    metrics: { count: (name) => void counted.push(name), snapshot: () => ({}) },
    read() {
      const inbound = inbounds.shift();
      if (inbound === undefined) throw new Error('private words');
      return inbound;
    },
    interactions: {
      begin: ({ handle }) => void begun.push(handle.interactionId),
      taken: async ({ handle }, what) => void taken.push([handle.interactionId, what]),
    },
    onNotice: ({ what }) => void notices.push(what),
    async sink({ eventId: id }) {
      const name = id.slice('discord:'.length);
      offered.push(name);
      return await rig.answer(name);
    },
  });
  const take = (inbound: DiscordInbound): void => {
    inbounds.push(inbound);
    delivery.take(packet('MESSAGE_CREATE'));
  };
  const tell = (name: string, channel = '1', pending?: PendingInteraction): void =>
    take({ events: [eventOf(name, channel)], ...(pending === undefined ? {} : { pending }) });
  return { clock, logger, counted, offered, begun, taken, notices, delivery, take, tell, rig };
}

describe('events', () => {
  test('of one channel are put before the sink one after another, channels beside each other', async () => {
    const { clock, offered, tell, rig } = setUp();
    const held = Promise.withResolvers<Receipt>();
    rig.answer = (name) => (name === 'a1' ? held.promise : 'stored');
    for (const name of ['a1', 'a2', 'a3']) tell(name, 'a');
    tell('b1', 'b');
    tell('b2', 'b');
    await clock.advance(0);
    expect(offered).toEqual(['a1', 'b1', 'b2']);
    held.resolve('duplicate');
    await clock.advance(0);
    expect(offered).toEqual(['a1', 'b1', 'b2', 'a2', 'a3']);
  });

  test('that could not be stored are put before it again, in their place, ever more slowly', async () => {
    const { clock, offered, tell, rig, delivery, logger } = setUp();
    let isFull = true;
    rig.answer = () => (isFull ? 'unavailable' : 'stored');
    tell('a1', 'a');
    tell('a2', 'a');
    await clock.advance(250 + 500 + 1_000 + 2_000);
    expect(offered).toEqual(['a1', 'a1', 'a1', 'a1', 'a1']);
    expect(delivery.problem()).toMatch(/cannot be stored at the moment: 2 of it waits/);
    await clock.advance(60_000);
    const before = offered.length;
    await clock.advance(10_000);
    // By now the next one is tried too, to tell a bad event from a store that is full.
    expect(offered.slice(before)).toEqual(['a1', 'a2']);
    isFull = false;
    await clock.advance(10_000);
    expect(offered.slice(-2)).toEqual(['a1', 'a2']);
    expect(delivery.problem()).toBeUndefined();
    expect(logger.of('discord_event_not_stored').length).toBeGreaterThan(4);
  });

  test('of a sink that throws count as not stored', async () => {
    const { clock, offered, tell, rig } = setUp();
    let rounds = 0;
    rig.answer = () => {
      rounds += 1;
      if (rounds === 1) throw new Error('oh');
      return 'stored';
    };
    tell('a1');
    await clock.advance(300);
    expect(offered).toEqual(['a1', 'a1']);
  });

  test('that are never stored while others are give way to those behind them, aloud', async () => {
    const { clock, offered, tell, rig, delivery, counted, logger } = setUp();
    rig.answer = (name) => (name === 'bad' ? 'unavailable' : 'stored');
    for (const name of ['bad', 'a2', 'a3', 'a4', 'a5']) tell(name, 'a');
    await clock.advance(20_000);
    expect(new Set(offered)).toEqual(new Set(['bad']));
    await clock.advance(70_000);
    expect(offered.filter((name) => name !== 'bad')).toEqual(['a2', 'a3', 'a4', 'a5']);
    expect(logger.of('discord_event_lost').map(({ fields }) => fields)).toEqual([
      { eventId: 'discord:bad', type: 'signals_cleared', why: 'never_stored' },
    ]);
    expect(counted).toEqual(['lost_events_total']);
    expect(delivery.problem()).toMatch(/^1 of the things/);
    const tries = offered.length;
    await clock.advance(600_000);
    expect(offered).toHaveLength(tries);
  });

  test('of another channel show that it is the event: the rest of its own follows at once', async () => {
    const { clock, offered, tell, rig } = setUp();
    rig.answer = (name) => (name === 'bad' ? 'unavailable' : 'stored');
    tell('bad', 'a');
    for (let second = 0; second < 60; second += 1) {
      tell(`b${second}`, 'b');
      await clock.advance(1_000);
    }
    const tries = offered.filter((name) => name === 'bad').length;
    expect(tries).toBe(10);
    tell('a2', 'a');
    await clock.advance(0);
    expect(offered.at(-1)).toBe('a2');
  });

  test('are all kept in their order for nearly an hour in which nothing is stored, and then given up one by one', async () => {
    const { clock, offered, tell, rig, counted } = setUp();
    let isFull = true;
    rig.answer = () => (isFull ? 'unavailable' : 'stored');
    // What was stored before the store was full says nothing of now.
    isFull = false;
    tell('early', 'b');
    await clock.advance(0);
    isFull = true;
    for (const name of ['a1', 'a2', 'a3']) tell(name, 'a');
    await clock.advance(59 * 60_000);
    expect(counted).toEqual([]);
    await clock.advance(2 * 60_000);
    expect(counted).toEqual(['lost_events_total']);
    isFull = false;
    const before = offered.length;
    await clock.advance(20_000);
    expect(offered.slice(before)).toEqual(['a2', 'a3']);
  });

  test.each(['refused', 'duplicate'] as const)('that are %s are not put before it again', async (receipt) => {
    const { clock, offered, tell, rig } = setUp();
    rig.answer = () => receipt;
    tell('a1');
    await clock.advance(60_000);
    expect(offered).toEqual(['a1']);
  });

  test('beyond a thousand of one channel are lost aloud; the oldest stay, and other channels go on', async () => {
    const { clock, offered, tell, rig, delivery, counted, logger } = setUp();
    let isFull = true;
    rig.answer = (name) => (isFull && name.startsWith('a') ? 'unavailable' : 'stored');
    for (let index = 0; index < 1_003; index += 1) tell(`a${index}`, 'a');
    tell('b', 'b');
    await clock.advance(0);
    expect(counted.filter((name) => name === 'lost_events_total')).toHaveLength(3);
    expect(logger.of('discord_event_lost').map(({ fields }) => fields['why'])).toEqual([
      'full',
      'full',
      'full',
    ]);
    expect(offered).toContain('b');
    isFull = false;
    await clock.advance(20_000);
    expect(offered.slice(-1)).toEqual(['a999']);
    expect(delivery.problem()).toMatch(/^3 of the things/);
    await clock.advance(60 * 60_000);
    expect(delivery.problem()).toBeUndefined();
  });

  test('of one packet keep their order', async () => {
    const { clock, offered, take } = setUp();
    take({ events: ['x', 'y', 'z'].map((name) => eventOf(name, '1')) });
    await clock.advance(0);
    expect(offered).toEqual(['x', 'y', 'z']);
  });
});

describe('what people wait for', () => {
  test('is begun at once, and what became of it is told once', async () => {
    const { clock, begun, taken, tell } = setUp();
    tell('a1', 'a', pendingOf('i1'));
    expect(begun).toEqual(['i1']);
    await clock.advance(0);
    expect(taken).toEqual([['i1', 'stored']]);
  });

  test('is not stored later: whoever waits is told instead', async () => {
    const { clock, offered, taken, tell, rig } = setUp();
    rig.answer = () => 'unavailable';
    tell('a1', 'a', pendingOf('i1'));
    await clock.advance(60_000);
    expect(offered).toEqual(['a1']);
    expect(taken).toEqual([['i1', 'unavailable']]);
  });

  test('does not wait behind what could not be stored', async () => {
    const { clock, offered, taken, tell, rig } = setUp();
    rig.answer = (name) => (name === 'a1' ? 'unavailable' : 'stored');
    tell('a1', 'a');
    await clock.advance(10);
    tell('a2', 'a', pendingOf('i2'));
    tell('a3', 'a');
    await clock.advance(10);
    expect(offered).toEqual(['a1', 'a2']);
    expect(taken).toEqual([['i2', 'stored']]);
  });

  test('and says nothing to core is told that it was not taken', async () => {
    const { clock, begun, taken, take, offered } = setUp();
    take({ events: [], ignored: 'unknown_menu', pending: pendingOf('i1') });
    await clock.advance(0);
    expect(begun).toEqual(['i1']);
    expect(taken).toEqual([['i1', 'refused']]);
    expect(offered).toEqual([]);
  });
});

describe('odd packets', () => {
  test('that cannot be read are told of and stop nothing', async () => {
    const { clock, delivery, offered, tell, notices, take, logger } = setUp();
    delivery.take(packet('MESSAGE_CREATE'));
    take({ events: [], notice: { kind: 'unreadable', what: 'message', problem: 'author' } });
    take({ events: [], ignored: 'own_message' });
    tell('a1');
    await clock.advance(0);
    expect(notices).toEqual(['message']);
    expect(offered).toEqual(['a1']);
    expect(logger.of('discord_delivery_failed')).toHaveLength(1);
    expect(logger.of('discord_ignored')[0]?.fields).toEqual({ kind: 'MESSAGE_CREATE', why: 'own_message' });
  });
});

describe('the end', () => {
  test('puts what waits before the sink once more, and nothing after', async () => {
    const { clock, offered, tell, rig, delivery, counted } = setUp();
    let isFull = true;
    rig.answer = (name) => (isFull || name === 'a2' ? 'unavailable' : 'stored');
    for (const name of ['a1', 'a2', 'a3']) tell(name, 'a');
    await clock.advance(10);
    isFull = false;
    await delivery.close();
    expect(offered).toEqual(['a1', 'a1', 'a2', 'a3']);
    expect(counted).toEqual(['lost_events_total']);
    tell('a4', 'a');
    await clock.advance(60_000);
    await delivery.close();
    expect(offered).toHaveLength(4);
  });

  test('waits for what is under way, and for the rest three seconds at most', async () => {
    const { clock, offered, tell, rig, delivery } = setUp();
    const slow = Promise.withResolvers<Receipt>();
    rig.answer = () => slow.promise;
    tell('a1', 'a');
    tell('a2', 'a');
    await clock.advance(0);
    let isOver = false;
    const closing = delivery.close().then(() => {
      isOver = true;
    });
    await clock.advance(3_000);
    expect(isOver).toBe(false);
    slow.resolve('stored');
    await closing;
    expect(offered).toEqual(['a1']);
  });
});
