import { describe, expect, test } from 'vitest';
import {
  ANSWER_WITHIN_MS,
  channelIn,
  createDelivery,
  type DeliveryParts,
} from '../../../adapters/slack/delivery.ts';
import type { SlackInbound, SlackNotice } from '../../../adapters/slack/inbound-facts.ts';
import { eventId, spaceId } from '../../../core/domain/ids.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

/** Any event does: delivery looks into none. */
const event = (id: string): InboundEvent => ({
  type: 'signals_cleared',
  eventId: eventId('slack', id),
  platform: 'slack',
  spaceId: spaceId('slack', 'T1'),
  occurredAt: 1,
  target: { platform: 'slack', channelId: 'C1', messageId: '1.1' },
});

const message = (channel: string, id: string) => ({
  type: 'event_callback',
  event_id: `Ev${id}`,
  event: { type: 'message', channel, ts: '1.1', text: id },
});
const slash = { command: '/metaclaw', channel_id: 'C1', text: 'x' };
const press = { type: 'block_actions', channel: { id: 'C1' }, actions: [] };
const submission = {
  type: 'view_submission',
  user: { id: 'U1' },
  view: {
    id: 'V1',
    hash: '1.h',
    callback_id: 'feedback.reason',
    private_metadata: '',
    state: { values: { words: { words: { type: 'plain_text_input', value: 'wrong' } } } },
  },
};

function setUp(overrides: Partial<DeliveryParts> = {}) {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const given: string[] = [];
  const notices: SlackNotice[] = [];
  const pending = new Map<string, (receipt: Receipt) => void>();
  const textOf = (body: unknown): string => /"text":"([^"]*)"/.exec(JSON.stringify(body))?.[1] ?? 'none';
  const delivery = createDelivery({
    clock,
    logger,
    onNotice: (notice) => notices.push(notice),
    read: (body) => Promise.resolve({ events: [event(textOf(body))] }),
    sink(next) {
      given.push(next.eventId);
      return new Promise((resolve) => pending.set(next.eventId, resolve));
    },
    ...overrides,
  });
  const settle = (): Promise<void> => clock.advance(0);
  const give = async (id: string, receipt: Receipt): Promise<void> => {
    pending.get(`slack:${id}`)?.(receipt);
    await settle();
  };
  return { clock, logger, given, notices, delivery, settle, give };
}

const receiving = (receipt: Receipt): Partial<DeliveryParts> => ({ sink: () => Promise.resolve(receipt) });

describe('slack delivery', () => {
  test.each<[Receipt, boolean]>([
    ['stored', true],
    ['duplicate', true],
    ['refused', true],
    ['unavailable', false],
  ])('an event that is %s is acknowledged: %s', async (receipt, isAcknowledged) => {
    const { delivery } = setUp(receiving(receipt));
    expect(await delivery.deliver({ body: message('C1', 'a') })).toEqual({ isAcknowledged });
  });

  test('a sink that throws is no acknowledgement and no end', async () => {
    let calls = 0;
    const { delivery, logger } = setUp({
      sink() {
        calls += 1;
        return calls === 1 ? Promise.reject(new Error('broken')) : Promise.resolve('stored');
      },
    });
    expect(await delivery.deliver({ body: message('C1', 'a') })).toEqual({ isAcknowledged: false });
    expect(await delivery.deliver({ body: message('C1', 'a') })).toEqual({ isAcknowledged: true });
    expect(logger.of('slack_sink_failed')).toHaveLength(1);
  });

  test('reading that throws is no acknowledgement and no end', async () => {
    const { delivery, logger } = setUp({ read: () => Promise.reject(new Error('broken')) });
    expect(await delivery.deliver({ body: message('C1', 'a') })).toEqual({ isAcknowledged: false });
    expect(await delivery.deliver({ body: 17 })).toEqual({ isAcknowledged: false });
    expect(logger.of('slack_delivery_failed')).toHaveLength(2);
  });

  test('one channel goes in order, also when looking people up takes longer for the first; channels go beside each other', async () => {
    const reading = Promise.withResolvers<SlackInbound>();
    let reads = 0;
    const { delivery, given, settle, give } = setUp({
      read(body) {
        reads += 1;
        const id = JSON.stringify(body).includes('"a"')
          ? 'a'
          : JSON.stringify(body).includes('"b"')
            ? 'b'
            : 'c';
        return id === 'a' ? reading.promise : Promise.resolve({ events: [event(id)] });
      },
    });
    const first = delivery.deliver({ body: message('C1', 'a') });
    const second = delivery.deliver({ body: message('C1', 'b') });
    const elsewhere = delivery.deliver({ body: message('C2', 'c') });
    await settle();
    expect(given).toEqual(['slack:c']);
    expect(reads).toBe(3);
    await give('c', 'stored');
    expect(await elsewhere).toEqual({ isAcknowledged: true });
    reading.resolve({ events: [event('a')] });
    await settle();
    expect(given).toEqual(['slack:c', 'slack:a']);
    await give('a', 'stored');
    expect(given).toEqual(['slack:c', 'slack:a', 'slack:b']);
    await give('b', 'stored');
    expect(await Promise.all([first, second])).toEqual([{ isAcknowledged: true }, { isAcknowledged: true }]);
  });

  test('looking up five strangers in one channel takes as long as looking up one', async () => {
    const clock = createFakeClock();
    const { delivery, given } = setUp({
      clock,
      async read(body) {
        await clock.sleep(1_500);
        return { events: [event(/"text":"(.)"/.exec(JSON.stringify(body))?.[1] ?? '')] };
      },
      sink(next) {
        given.push(next.eventId);
        return Promise.resolve('stored');
      },
    });
    const all = ['a', 'b', 'c', 'd', 'e'].map((id) => delivery.deliver({ body: message('C1', id) }));
    await clock.advance(1_500);
    expect(given).toEqual(['slack:a', 'slack:b', 'slack:c', 'slack:d', 'slack:e']);
    expect(await Promise.all(all)).toEqual(all.map(() => ({ isAcknowledged: true })));
  });

  test('what cannot be read keeps its place: what follows does not overtake what went before', async () => {
    const { delivery, given, settle, give } = setUp({
      read: (body) =>
        JSON.stringify(body).includes('"b"')
          ? Promise.reject(new Error('broken'))
          : Promise.resolve({ events: [event(JSON.stringify(body).includes('"a"') ? 'a' : 'c')] }),
    });
    const all = ['a', 'b', 'c'].map((id) => delivery.deliver({ body: message('C1', id) }));
    await settle();
    expect(given).toEqual(['slack:a']);
    await give('a', 'stored');
    expect(given).toEqual(['slack:a', 'slack:c']);
    await give('c', 'stored');
    expect((await Promise.all(all)).map(({ isAcknowledged }) => isAcknowledged)).toEqual([true, false, true]);
  });

  test('an event is waited for however long it takes, unless it is hurried', async () => {
    const { clock, delivery, give, settle } = setUp();
    const patient = delivery.deliver({ body: message('C1', 'a') });
    const hurried = delivery.deliver({ body: message('C2', 'b'), isHurried: true });
    await clock.advance(ANSWER_WITHIN_MS);
    expect(await hurried).toEqual({ isAcknowledged: false });
    await clock.advance(60_000);
    await give('a', 'stored');
    await give('b', 'stored');
    await settle();
    expect(await patient).toEqual({ isAcknowledged: true });
    expect(clock.waiting()).toBe(0);
  });

  test('what people wait for is answered in time whatever the sink does', async () => {
    const { clock, delivery, settle } = setUp();
    const answers = [slash, press, submission].map((body) => delivery.deliver({ body }));
    await settle();
    await clock.advance(ANSWER_WITHIN_MS);
    const [ofSlash, ofPress, ofSubmission] = await Promise.all(answers);
    expect(ofSlash).toMatchObject({ isAcknowledged: true, payload: { response_type: 'ephemeral' } });
    expect(ofPress).toEqual({ isAcknowledged: true });
    expect(ofSubmission).toMatchObject({
      isAcknowledged: true,
      payload: { response_action: 'errors', errors: { words: expect.stringContaining('once more') } },
    });
  });

  test.each([
    ['a command', slash, { response_type: 'ephemeral', text: expect.stringContaining('once more') }],
    ['a press', press, undefined],
    [
      'a form',
      submission,
      { response_action: 'errors', errors: { words: expect.stringContaining('once more') } },
    ],
  ])('%s that cannot be stored is acknowledged, and says so where it can', async (_what, body, payload) => {
    const { delivery } = setUp(receiving('unavailable'));
    expect(await delivery.deliver({ body })).toEqual({
      isAcknowledged: true,
      ...(payload === undefined ? {} : { payload }),
    });
  });

  test.each([
    ['a command', slash],
    ['a press', press],
    ['a form', submission],
  ])('%s that is stored is acknowledged with nothing', async (_what, body) => {
    const { delivery, clock } = setUp(receiving('stored'));
    expect(await delivery.deliver({ body })).toEqual({ isAcknowledged: true });
    expect(clock.waiting()).toBe(0);
  });

  test('what comes to nothing is acknowledged; a notice is passed on; repetitions are told', async () => {
    const { delivery, notices, logger } = setUp({
      read: () => Promise.resolve({ events: [], notice: { kind: 'uninstalled' }, ignored: 'own_message' }),
    });
    const answer = await delivery.deliver({
      body: message('C1', 'a'),
      retryNum: 2,
      retryReason: 'http_timeout',
    });
    expect(answer).toEqual({ isAcknowledged: true });
    expect(notices).toEqual([{ kind: 'uninstalled' }]);
    expect(logger.of('slack_ignored')[0]?.fields).toMatchObject({ why: 'own_message' });
    expect(logger.of('slack_redelivered')[0]?.fields).toMatchObject({
      type: 'event_callback',
      retryNum: 2,
      retryReason: 'http_timeout',
    });
    await delivery.deliver({ body: message('C1', 'a'), retryNum: 0 });
    expect(logger.of('slack_redelivered')).toHaveLength(1);
  });

  test('the first of several events that cannot be stored holds back the rest', async () => {
    const seen: string[] = [];
    const { delivery } = setUp({
      read: () => Promise.resolve({ events: [event('a'), event('b')] }),
      sink(next) {
        seen.push(next.eventId);
        return Promise.resolve('unavailable');
      },
    });
    expect(await delivery.deliver({ body: message('C1', 'a') })).toEqual({ isAcknowledged: false });
    expect(seen).toEqual(['slack:a']);
  });

  test('after closing nothing reaches the sink; what was on its way has its receipt first', async () => {
    const { delivery, given, give, settle } = setUp();
    const first = delivery.deliver({ body: message('C1', 'a') });
    const second = delivery.deliver({ body: message('C1', 'b') });
    await settle();
    let isClosed = false;
    const closing = delivery.close().then(() => {
      isClosed = true;
    });
    await settle();
    expect(isClosed).toBe(false);
    await give('a', 'stored');
    await closing;
    expect(await first).toEqual({ isAcknowledged: true });
    expect(await second).toEqual({ isAcknowledged: false });
    expect(await delivery.deliver({ body: message('C1', 'c') })).toEqual({ isAcknowledged: false });
    expect(given).toEqual(['slack:a']);
  });

  test.each([
    [message('C1', 'a'), 'C1'],
    [{ event: { type: 'reaction_added', item: { type: 'message', channel: 'C2', ts: '1.1' } } }, 'C2'],
    [press, 'C1'],
    [slash, 'C1'],
    [{ event: { type: 'channel_rename', channel: { id: 'C3', name: 'x' } } }, 'C3'],
    [{}, ''],
    [null, ''],
    ['text', ''],
  ])('%j is about %j', (body, channel) => {
    expect(channelIn(body)).toBe(channel);
  });
});
