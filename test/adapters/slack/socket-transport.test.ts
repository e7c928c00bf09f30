import { describe, expect, test } from 'vitest';
import { type TransportRig, withTransport } from './transport-rig.ts';

const texts = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `message ${String(from + index).padStart(3, '0')}`);

/** Everything arrived, once, and Slack knows it; in this order where one person spoke in one place. */
async function expectAll({ until, slack, stored }: TransportRig, expected: readonly string[]): Promise<void> {
  await until(() => stored.length >= expected.length, `${expected.length} messages`);
  await until(
    () => slack.sockets.unacknowledged === 0 && slack.sockets.waiting === 0,
    'all acknowledgements',
  );
  expect([...stored].sort()).toEqual([...expected].sort());
  expect(slack.sockets.dropped).toEqual([]);
}

describe('slack over sockets', () => {
  test('messages arrive in their order and are acknowledged', () =>
    withTransport({}, async (rig) => {
      await rig.supervisor.start();
      const ann = rig.slack.person();
      for (const text of texts(50)) ann.say(text);
      await expectAll(rig, texts(50));
      expect(rig.stored).toEqual(texts(50));
      expect(rig.offered).toEqual(rig.stored);
      expect(rig.slack.sockets.strayAcknowledgements).toEqual([]);
    }));

  test.each(['warning', 'refresh_requested'] as const)(
    'a `disconnect` of reason %s costs no event and doubles none, whenever it comes',
    (reason) =>
      withTransport({}, async (rig) => {
        const { slack, supervisor, until } = rig;
        await supervisor.start();
        const ann = slack.person();
        const all = texts(90);
        for (const text of all.slice(0, 30)) ann.say(text);
        slack.disconnect(reason);
        for (const text of all.slice(30, 60)) ann.say(text);
        await until(
          () => slack.sockets.total === 2 && slack.sockets.open === 1,
          'one socket in place of the other',
        );
        for (const text of all.slice(60)) ann.say(text);
        await expectAll(rig, all);
        expect(slack.sockets.highest).toBeLessThanOrEqual(2);
        expect(rig.healths.at(-1)).toEqual({ state: 'ready' });
      }),
  );

  test('after a `warning` the channel is ready all the time', () =>
    withTransport({}, async ({ slack, supervisor, until, healths }) => {
      await supervisor.start();
      slack.disconnect('warning');
      await until(() => slack.sockets.total === 2 && slack.sockets.open === 1, 'the change');
      expect(healths.every((health) => health.state === 'ready')).toBe(true);
      expect(slack.sockets.highest).toBe(2);
    }));

  test.each(['close', 'cut'] as const)('sockets that Slack ends by %s are replaced', (how) =>
    withTransport({}, async (rig) => {
      const { slack, supervisor, until } = rig;
      await supervisor.start();
      const ann = slack.person();
      const all = texts(40);
      for (let round = 0; round < 4; round += 1) {
        for (const text of all.slice(round * 10, round * 10 + 5)) ann.say(text);
        slack.sockets.drop(how);
        for (const text of all.slice(round * 10 + 5, round * 10 + 10)) ann.say(text);
        await until(
          () => slack.sockets.total === round + 2 && rig.healths.at(-1)?.state === 'ready',
          `socket ${round + 2}`,
        );
        await expectAll(rig, all.slice(0, round * 10 + 10));
      }
      await expectAll(rig, all);
      expect(slack.sockets.highest).toBeLessThanOrEqual(2);
    }),
  );

  test('what cannot be stored is not acknowledged, comes again, and is stored then', () =>
    withTransport({}, async (rig) => {
      const { slack, supervisor, until, offered, logger } = rig;
      await supervisor.start();
      rig.receipt = 'unavailable';
      slack.person().say('hello');
      await until(() => offered.length === 1, 'the first try');
      await until(() => logger.of('slack_event_not_stored').length === 1, 'the refusal');
      expect(slack.sockets.acknowledgements).toEqual([]);
      rig.receipt = 'stored';
      slack.sockets.expireAcks();
      await expectAll(rig, ['hello']);
      expect(offered).toEqual(['hello', 'hello']);
      expect(logger.of('slack_redelivered')[0]?.fields).toMatchObject({
        retryNum: 1,
        retryReason: 'timeout',
      });
    }));

  test('a repetition of what is stored is acknowledged again', () =>
    withTransport({}, async (rig) => {
      const { slack, supervisor, until, stored } = rig;
      await supervisor.start();
      slack.person().say('hello');
      await expectAll(rig, ['hello']);
      slack.redeliver();
      await until(() => slack.sockets.acknowledgements.length === 2, 'the second acknowledgement');
      expect(stored).toEqual(['hello']);
    }));

  test('a connection that answers nothing any more is noticed, replaced and left', () =>
    withTransport({ pingTimeoutMs: 300 }, async (rig) => {
      const { slack, supervisor, until } = rig;
      await supervisor.start();
      slack.sockets.freeze();
      slack.person().say('hello?');
      await until(() => slack.sockets.total === 2, 'another socket');
      slack.sockets.expireAcks();
      await expectAll(rig, ['hello?']);
      expect(slack.sockets.highest).toBeLessThanOrEqual(2);
    }));

  test('a bad token, a missing hello and too many sockets make the start reject and leave no socket', async () => {
    await withTransport({ appToken: 'xapp-1-wrong' }, async ({ supervisor, slack }) => {
      await expect(supervisor.start()).rejects.toMatchObject({ code: 'auth_failed' });
      expect(slack.sockets.total).toBe(0);
    });
    await withTransport({ openTimeoutMs: 200 }, async ({ supervisor, slack, until }) => {
      slack.sockets.greet(false);
      await expect(supervisor.start()).rejects.toMatchObject({ code: 'timeout' });
      await until(() => slack.sockets.open === 0, 'no socket');
      slack.sockets.greet(true);
      await supervisor.start();
    });
    await withTransport({ maxSockets: 0 }, async ({ supervisor, slack, until }) => {
      await expect(supervisor.start()).rejects.toMatchObject({
        code: 'conflict',
        details: { reason: 'too_many_websockets' },
      });
      await until(() => slack.sockets.open === 0, 'no socket');
    });
  });

  test('an API that hangs while a socket is opened is left in time', () =>
    withTransport({ openTimeoutMs: 200 }, async ({ supervisor, slack }) => {
      slack.failNext('apps.connections.open', { kind: 'hang' });
      await expect(supervisor.start()).rejects.toMatchObject({ code: 'timeout' });
      expect(slack.sockets.total).toBe(0);
      await supervisor.start();
    }));

  test('where there is room for one socket only, the old one serves until it ends', () =>
    withTransport({ maxSockets: 1 }, async (rig) => {
      const { slack, supervisor, until, logger } = rig;
      await supervisor.start();
      slack.disconnect('warning');
      await until(() => slack.sockets.total >= 2 && slack.sockets.open === 1, 'a refused socket');
      await until(() => logger.of('slack_socket_failed').length >= 1, 'the refusal');
      slack.person().say('still here');
      await expectAll(rig, ['still here']);
      slack.sockets.drop('close');
      await until(() => rig.healths.at(-1)?.state === 'degraded', 'the loss');
      await until(() => rig.healths.at(-1)?.state === 'ready', 'the next socket');
      expect(slack.sockets.highest).toBe(2);
    }));

  test('Slack goes and comes back: degraded, then ready, and nothing is lost', () =>
    withTransport({}, async (rig) => {
      const { slack, supervisor, until, healths } = rig;
      await supervisor.start();
      await slack.goDown();
      await until(() => healths.at(-1)?.detail?.includes('cannot be reached') === true, 'the trouble');
      slack.person().say('anybody?');
      await slack.comeBack();
      await until(() => healths.at(-1)?.state === 'ready', 'the return');
      await expectAll(rig, ['anybody?']);
      expect(slack.sockets.open).toBe(1);
    }));

  test('a token that is revoked while it runs is told', () =>
    withTransport({}, async ({ slack, supervisor, until, healths, logger }) => {
      await supervisor.start();
      slack.uninstall();
      slack.sockets.drop('close');
      await until(() => logger.of('slack_socket_refused').length === 1, 'the refusal');
      expect(healths.at(-1)).toMatchObject({
        state: 'degraded',
        detail: expect.stringMatching(/install|token/),
      });
    }));

  test('stopping ends the socket with a goodbye; what comes meanwhile is not taken and stays with Slack', () =>
    withTransport({}, async (rig) => {
      const { slack, supervisor, delivery, until } = rig;
      await supervisor.start();
      slack.person().say('before');
      await expectAll(rig, ['before']);
      await delivery.close();
      slack.person().say('after');
      await supervisor.stop();
      await supervisor.stop();
      await until(() => slack.sockets.open === 0, 'no socket');
      expect(rig.stored).toEqual(['before']);
      expect(slack.sockets.acknowledgements).toHaveLength(1);
      await until(() => slack.sockets.waiting === 1, 'the other message to wait for the next start');
    }));

  test('stopping is not held up by a peer that does not answer the goodbye', () =>
    withTransport({}, async ({ slack, supervisor }) => {
      await supervisor.start();
      slack.sockets.freeze();
      await supervisor.stop();
    }));

  test('a command is acknowledged', () =>
    withTransport({}, async ({ slack, supervisor, until, logger }) => {
      await supervisor.start();
      const ann = slack.person();
      const result = await ann.command('help');
      expect(result.isAcknowledged).toBe(true);
      await until(() => slack.sockets.unacknowledged === 0, 'the acknowledgement');
      expect(logger.of('slack_delivery_failed')).toEqual([]);
    }));
});
