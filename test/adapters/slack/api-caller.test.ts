import { describe, expect, test } from 'vitest';
import { createLimiter } from '../../../adapters/limiter/limiter.ts';
import { createApiCaller, HURRIED_MS } from '../../../adapters/slack/api-caller.ts';
import { createSlackClient, type SlackClient } from '../../../adapters/slack/client.ts';
import { methodLimits, RESPONSE_URL, slackLimits, slackMethodRates } from '../../../adapters/slack/limits.ts';
import { resolveSlackOptions } from '../../../adapters/slack/options.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import type { LimitedCall, LimiterPort } from '../../../core/ports/limiter.ts';
import { type FakeSlack, startFakeSlack } from '../../fakes/slack/fake-slack.ts';
import { methodScopes } from '../../fakes/slack/method-scopes.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const tokens = { botToken: 'xoxb-1-secret', appToken: 'xapp-1-secret', signingSecret: 'signing' };
const refused = (error: string): Error => Object.assign(new Error(error), { data: { ok: false, error } });
const broken = Object.assign(new Error('A request error'), { original: new Error('reset xoxb-1-secret') });

/** Over a client and a limiter that do as the test says. */
function setUp(call: SlackClient['call'], respondTo: SlackClient['respondTo'] = () => Promise.resolve()) {
  const limited: LimitedCall[] = [];
  const limiter: LimiterPort = {
    run(given, job) {
      limited.push(given);
      return job();
    },
    queue: () => ({ waiting: 0, bound: 1 }),
    stop: () => Promise.resolve(),
  };
  let aborted = 0;
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const client: SlackClient = {
    call,
    respondTo,
    upload: () => Promise.resolve(),
    openSocket: () => Promise.reject(new Error('no sockets here')),
    isSigned: () => false,
    abortCalls() {
      aborted += 1;
    },
  };
  const caller = createApiCaller({ client, options: tokens, limiter, clock, logger });
  return { caller, limited, clock, logger, aborted: () => aborted };
}

const at = { destination: 'C1' };

describe('slack api caller', () => {
  test('every call goes through the limiter, with its method, its place and its spacing', async () => {
    const { caller, limited } = setUp(() => Promise.resolve({ ok: true, ts: '1.1' }));
    expect(
      await caller.call('chat.postMessage', { channel: 'C1', text: 'x' }, { ...at, minIntervalMs: 1_000 }),
    ).toEqual({ ok: true, ts: '1.1' });
    await caller.call('users.info', { user: 'U1' }, { destination: 'people', waitsOnRateLimit: false });
    await caller.respondTo('https://hooks.slack.com/x', { text: 'x' }, at);
    expect(limited).toMatchObject([
      { method: 'chat.postMessage', destination: 'C1', minIntervalMs: 1_000, waitsOnRateLimit: true },
      { method: 'users.info', destination: 'people', minIntervalMs: 0, waitsOnRateLimit: false },
      { method: RESPONSE_URL, destination: 'C1' },
    ]);
  });

  test.each([
    ['chat.postMessage', 'delivery_unknown'],
    ['chat.postEphemeral', 'delivery_unknown'],
    ['chat.startStream', 'delivery_unknown'],
    ['chat.appendStream', 'delivery_unknown'],
    ['chat.stopStream', 'network'],
    ['chat.update', 'network'],
    ['views.open', 'network'],
  ] as const)('a %s whose fate is unknown is %s', async (method, code) => {
    const { caller } = setUp(() => Promise.reject(broken));
    const args = { channel: 'C1', ts: '1.1', thread_ts: '1.1', user: 'U1', text: 'x', name: 'eyes' };
    const more = { timestamp: '1.1', trigger_id: '1', view: { type: 'modal', blocks: [] } };
    const call = caller.call(method, { ...args, ...more } as never, at);
    await expect(call).rejects.toMatchObject({ code, details: { method } });
    await call.catch((error: unknown) => expect(String(error)).not.toContain('secret'));
  });

  test('what is a send can be said otherwise', async () => {
    const { caller } = setUp(
      () => Promise.reject(broken),
      () => Promise.reject(broken),
    );
    const update = { channel: 'C1', ts: '1.1', text: 'x' };
    await expect(caller.call('chat.update', update, { ...at, isSend: true })).rejects.toMatchObject({
      code: 'delivery_unknown',
    });
    await expect(caller.respondTo('https://x', {}, at)).rejects.toMatchObject({ code: 'delivery_unknown' });
    await expect(caller.respondTo('https://x', {}, { ...at, isSend: false })).rejects.toMatchObject({
      code: 'network',
    });
  });

  test('a refusal can be as good as success', async () => {
    const { caller } = setUp(() => Promise.reject(refused('user_not_found')));
    const accepts = ({ error }: { error: string }): boolean => error === 'user_not_found';
    expect(await caller.call('users.info', { user: 'U1' }, { ...at, accepts })).toBeUndefined();
    await expect(caller.call('users.info', { user: 'U1' }, at)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('in a hurry nothing waits for a rate limit, and what hangs is cut after a while, once', async () => {
    const { caller, limited, clock, aborted } = setUp(() => Promise.resolve({}));
    await caller.call('users.info', { user: 'U1' }, at);
    expect(limited[0]?.hurry?.aborted).toBe(false);
    caller.hurry();
    caller.hurry();
    expect(limited[0]?.hurry?.aborted).toBe(true);
    await clock.advance(HURRIED_MS - 1);
    expect(aborted()).toBe(0);
    await clock.advance(1);
    expect(aborted()).toBe(1);
    await caller.call('users.info', { user: 'U1' }, at);
    expect(limited[1]?.hurry?.aborted).toBe(true);
  });
});

describe('slack’s limits', () => {
  test('every method that we call has a rate or says where Slack gives none, and an address', () => {
    const known = new Set([...Object.keys(methodScopes), RESPONSE_URL]);
    expect(Object.keys(methodLimits).filter((method) => !known.has(method))).toEqual([]);
    for (const [method, { perMinute, doc }] of Object.entries(methodLimits)) {
      expect(doc).toMatch(/^https:\/\/docs\.slack\.dev\//);
      expect(slackMethodRates[method]).toBe(perMinute);
    }
    expect(slackLimits).toMatchObject({ pauses: 'method', perMinute: { 'chat.update': 50 } });
  });
});

/** Over the real limiter, the real SDK and the fake. */
async function withFake(
  run: (slack: FakeSlack, caller: ReturnType<typeof createApiCaller>, limiter: LimiterPort) => Promise<void>,
): Promise<void> {
  const slack = await startFakeSlack();
  const clock = createSystemClock();
  const logger = createMemoryLogger();
  const limiter = createLimiter(clock, { ...slackLimits, maxPerSecond: 1_000 });
  const { botToken, appToken, apiRoot } = slack;
  const options = resolveSlackOptions({ botToken, appToken, apiRoot, callTimeoutMs: 500 });
  const client = createSlackClient(options, { fetch: globalThis.fetch, clock, logger });
  const caller = createApiCaller({ client, options, limiter, clock, logger });
  try {
    await run(slack, caller, limiter);
    expect(slack.violations).toEqual([]);
    expect(JSON.stringify(logger.entries)).not.toContain(slack.botToken);
  } finally {
    await limiter.stop();
    await slack.close();
  }
}

const textsOf = (slack: FakeSlack): unknown[] =>
  slack.callsOf('chat.postMessage').map((args) => args['text']);

describe('slack api caller over the fake', () => {
  test('too many requests in the middle keeps the order and loses nothing', () =>
    withFake(async (slack, caller) => {
      const channel = slack.channel().id;
      slack.failNext('chat.postMessage', { kind: 'rate_limit', retryAfterSeconds: 1 });
      const texts = ['one', 'two', 'three'];
      await Promise.all(
        texts.map((text) => caller.call('chat.postMessage', { channel, text }, { destination: channel })),
      );
      expect(textsOf(slack)).toEqual(['one', 'one', 'two', 'three']);
    }));

  test('a call that does not wait gets the refusal', () =>
    withFake(async (slack, caller) => {
      const channel = slack.channel().id;
      slack.failNext('chat.postMessage', { kind: 'rate_limit', retryAfterSeconds: 30 });
      const options = { destination: channel, waitsOnRateLimit: false };
      await expect(caller.call('chat.postMessage', { channel, text: 'x' }, options)).rejects.toMatchObject({
        code: 'rate_limited',
        retryAfterMs: 30_000,
      });
    }));

  test('a hurry cuts a wait for a rate limit', () =>
    withFake(async (slack, caller) => {
      const channel = slack.channel().id;
      slack.failAlways('chat.postMessage', { kind: 'rate_limit', retryAfterSeconds: 20 });
      const call = caller.call('chat.postMessage', { channel, text: 'x' }, { destination: channel });
      call.catch(() => undefined);
      await slack.until(() => slack.callsOf('chat.postMessage').length === 1, 'the call');
      caller.hurry();
      await expect(call).rejects.toMatchObject({ code: 'rate_limited' });
    }));

  test.each([
    ['hang', 'delivery_unknown', 'timeout'],
    ['cut_after', 'delivery_unknown', 'network'],
    ['garbage', 'delivery_unknown', 'peer_failed'],
  ] as const)('%s: a send is %s, another call %s, each after one request', (kind, ofSend, ofOther) =>
    withFake(async (slack, caller) => {
      const channel = slack.channel().id;
      slack.failAlways('chat.postMessage', { kind });
      slack.failAlways('auth.test', { kind });
      await expect(
        caller.call('chat.postMessage', { channel, text: 'x' }, { destination: channel }),
      ).rejects.toMatchObject({ code: ofSend });
      await expect(caller.call('auth.test', {}, { destination: 'bot' })).rejects.toMatchObject({
        code: ofOther,
      });
      expect(slack.calls.map((call) => call.method)).toEqual(['chat.postMessage', 'auth.test']);
    }),
  );

  test('a missing scope is named', () =>
    withFake(async (slack, caller) => {
      const extra = { needed: 'users:read', provided: 'chat:write' };
      slack.failNext('users.info', { kind: 'refuse', error: 'missing_scope', extra });
      await expect(
        caller.call('users.info', { user: 'U1' }, { destination: 'people' }),
      ).rejects.toMatchObject({
        code: 'not_allowed',
        message: expect.stringContaining('users:read'),
      });
    }));
});
