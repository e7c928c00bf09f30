import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSlackClient } from '../../../adapters/slack/client.ts';
import { ANSWER_WITHIN_MS, createDelivery, type SlackDelivery } from '../../../adapters/slack/delivery.ts';
import { createEventsMount } from '../../../adapters/slack/events-mount.ts';
import { resolveSlackOptions } from '../../../adapters/slack/options.ts';
import { createMetrics } from '../../../adapters/system/metrics.ts';
import { eventId, spaceId } from '../../../core/domain/ids.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';
const startAt = Date.UTC(2026, 0, 5, 12);
const FORM = 'application/x-www-form-urlencoded';
const url = 'https://bot.example.org/hooks/slack';

interface Sent {
  readonly contentType?: string;
  readonly ageMs?: number;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function request(body: string, sent: Sent = {}): Request {
  const timestamp = String(Math.floor((startAt - (sent.ageMs ?? 0)) / 1_000));
  const hash = createHmac('sha256', sent.secret ?? signingSecret)
    .update(`v0:${timestamp}:${body}`)
    .digest('hex');
  return new Request(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': sent.contentType ?? 'application/json',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${hash}`,
      ...sent.headers,
    },
  });
}

const message = JSON.stringify({
  type: 'event_callback',
  event_id: 'Ev1',
  event: { type: 'message', channel: 'C1', ts: '1.1', text: 'private words' },
});
const slash = new URLSearchParams({ command: '/metaclaw', text: 'help & more', channel_id: 'C1' }).toString();

function setUp(receipt: Receipt | 'never' = 'stored', options: { readonly runs?: boolean } = {}) {
  const clock = createFakeClock(startAt);
  const logger = createMemoryLogger();
  const metrics = createMetrics();
  const bodies: unknown[] = [];
  const deliveries: SlackDelivery[] = [];
  const client = createSlackClient(resolveSlackOptions({ botToken: 'xoxb-1', mode: 'http', signingSecret }), {
    clock,
    logger,
    fetch: () => Promise.reject(new Error('nothing is called here')),
  });
  const inner = createDelivery({
    clock,
    logger,
    onNotice: () => undefined,
    read(body) {
      bodies.push(body);
      const target = { platform: 'slack', channelId: 'C1', messageId: '1.1' };
      return Promise.resolve({ events: [sampleEvent(target)] });
    },
    sink: () => (receipt === 'never' ? new Promise(() => undefined) : Promise.resolve(receipt)),
  });
  const delivery = {
    ...inner,
    deliver(delivered: SlackDelivery) {
      deliveries.push(delivered);
      return inner.deliver(delivered);
    },
  };
  const mount = createEventsMount({
    isSigned: client.isSigned,
    delivery: () => (options.runs === false ? undefined : delivery),
    logger,
    metrics,
    clock,
  });
  return { clock, logger, metrics, mount, bodies, deliveries };
}

const sampleEvent = (target: { platform: string; channelId: string; messageId: string }) => ({
  type: 'signals_cleared' as const,
  eventId: eventId('slack', 'x'),
  platform: 'slack',
  spaceId: spaceId('slack', 'T1'),
  occurredAt: 1,
  target,
});

describe('slack events mount', () => {
  test('stands at its path and asks for a signature', () => {
    expect(setUp().mount).toMatchObject({ path: '/hooks/slack', proof: 'signature' });
  });

  test.each<[Receipt, number]>([
    ['stored', 200],
    ['duplicate', 200],
    ['refused', 200],
    ['unavailable', 503],
  ])('an event that is %s is answered with %i', async (receipt, status) => {
    const { mount, bodies } = setUp(receipt);
    expect((await mount.fetch(request(message))).status).toBe(status);
    expect(bodies).toEqual([JSON.parse(message)]);
  });

  test('a receipt that does not come is 503 in time; the repetition is told as such', async () => {
    const { mount, clock, deliveries } = setUp('never');
    const answer = Promise.resolve(
      mount.fetch(
        request(message, { headers: { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' } }),
      ),
    );
    await clock.advance(ANSWER_WITHIN_MS);
    expect((await answer).status).toBe(503);
    expect(deliveries[0]).toMatchObject({ retryNum: 1, retryReason: 'http_timeout', isHurried: true });
  });

  test('while the channel does not run Slack is asked to come again', async () => {
    expect((await setUp('stored', { runs: false }).mount.fetch(request(message))).status).toBe(503);
  });

  test('a command comes as its fields, an interaction as its payload', async () => {
    const { mount, bodies } = setUp();
    expect((await mount.fetch(request(slash, { contentType: FORM }))).status).toBe(200);
    const payload = { type: 'block_actions', channel: { id: 'C1' }, actions: [] };
    const pressed = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    expect((await mount.fetch(request(pressed, { contentType: `${FORM}; charset=utf-8` }))).status).toBe(200);
    expect(bodies).toEqual([{ command: '/metaclaw', text: 'help & more', channel_id: 'C1' }, payload]);
  });

  test('a command that cannot be stored says so with 200', async () => {
    const answer = await setUp('unavailable').mount.fetch(request(slash, { contentType: FORM }));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ response_type: 'ephemeral' });
  });

  test('a command whose receipt does not come is answered with 200 in time, not with 503', async () => {
    const { mount, clock } = setUp('never');
    const answer = Promise.resolve(mount.fetch(request(slash, { contentType: FORM })));
    await clock.advance(ANSWER_WITHIN_MS);
    expect((await answer).status).toBe(200);
  });

  test.each<[string, Sent]>([
    ['a forged signature', { secret: 'a guess' }],
    ['a signature of nobody', { headers: { 'x-slack-signature': '' } }],
    ['another version of signatures', { headers: { 'x-slack-signature': 'v1=00' } }],
    ['a time that is none', { headers: { 'x-slack-request-timestamp': 'soon' } }],
    [
      'another time than the signed one',
      { headers: { 'x-slack-request-timestamp': String(startAt / 1_000 - 1) } },
    ],
    ['an old request', { ageMs: 300_001 }],
    ['a request out of the future', { ageMs: -302_000 }],
  ])('%s is refused, counted and logged without the body', async (_what, sent) => {
    const { mount, bodies, metrics, logger, clock } = setUp();
    expect((await mount.fetch(request(message, sent))).status).toBe(401);
    expect((await mount.fetch(request(slash, { ...sent, contentType: FORM }))).status).toBe(401);
    expect(bodies).toEqual([]);
    expect(Object.values(metrics.snapshot())).toEqual([2]);
    expect(Object.keys(metrics.snapshot())[0]).toMatch(/refused_requests_total.*slack_signature/);
    expect(logger.of('slack_request_forged')).toHaveLength(1);
    await clock.advance(60_000);
    await mount.fetch(request(message, { secret: 'one more guess' }));
    expect(logger.of('slack_request_forged').map(({ fields }) => fields['count'])).toEqual([1, 2]);
    expect(JSON.stringify(logger.entries)).not.toMatch(/private words|help & more/);
  });

  test('a request of almost five minutes ago is not refused', async () => {
    expect((await setUp().mount.fetch(request(message, { ageMs: 299_000 }))).status).toBe(200);
  });

  test('one changed byte anywhere makes a signed request a forged one', async () => {
    const { mount, bodies } = setUp();
    await fc.assert(
      fc.asyncProperty(fc.nat(message.length - 1), async (index) => {
        const signed = request(message);
        const other = `${message.slice(0, index)}${message[index] === 'x' ? 'y' : 'x'}${message.slice(index + 1)}`;
        const changed = new Request(url, { method: 'POST', headers: signed.headers, body: other });
        expect((await mount.fetch(changed)).status).toBe(401);
      }),
      { numRuns: 100 },
    );
    expect(bodies).toEqual([]);
  });

  test('the check of the address is answered only when it is signed', async () => {
    const { mount, bodies } = setUp('stored', { runs: false });
    const challenge = JSON.stringify({
      type: 'url_verification',
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
    });
    const answer = await mount.fetch(request(challenge));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
    });
    expect((await mount.fetch(request(challenge, { secret: 'a guess' }))).status).toBe(401);
    expect(bodies).toEqual([]);
  });

  test('a look at the certificate is answered and delivers nothing', async () => {
    const { mount, bodies, metrics } = setUp();
    const check = new URLSearchParams({ ssl_check: '1', token: 'x', command: '/metaclaw' }).toString();
    expect((await mount.fetch(request(check, { contentType: FORM, secret: 'none' }))).status).toBe(200);
    expect((await mount.fetch(new Request(`${url}?ssl_check=1`))).status).toBe(200);
    const other = new URLSearchParams({ ssl_check: '2', command: '/metaclaw' }).toString();
    expect((await mount.fetch(request(other, { contentType: FORM, secret: 'none' }))).status).toBe(401);
    expect(bodies).toEqual([]);
    expect(Object.values(metrics.snapshot())).toEqual([1]);
  });

  test('what is no request of Slack is refused', async () => {
    const { mount, bodies } = setUp();
    expect((await mount.fetch(new Request(url))).status).toBe(405);
    expect((await mount.fetch(request('{"type":'))).status).toBe(400);
    expect((await mount.fetch(request('payload=%7B', { contentType: FORM }))).status).toBe(400);
    expect(bodies).toEqual([]);
  });

  test('without a signing secret nothing is signed', () => {
    const clock = createFakeClock(startAt);
    const options = resolveSlackOptions({ botToken: 'xoxb-1', appToken: 'xapp-1' });
    const client = createSlackClient(options, { clock, logger: createMemoryLogger(), fetch });
    const hash = createHmac('sha256', '').update('v0:1:x').digest('hex');
    expect(client.isSigned({ body: 'x', signature: `v0=${hash}`, timestamp: '1' })).toBe(false);
  });
});
