import { describe, expect, test } from 'vitest';
import { createEventsMount } from '../../../adapters/slack/events-mount.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createMetrics } from '../../../adapters/system/metrics.ts';
import { type TransportRig, withTransport } from './transport-rig.ts';

/** As Slack calls a bot that runs in HTTP mode. */
function connect({ client, delivery, logger, slack }: TransportRig) {
  const metrics = createMetrics();
  const clock = createSystemClock();
  const { isSigned } = client;
  const mount = createEventsMount({ isSigned, delivery: () => delivery, logger, metrics, clock });
  slack.routeEvents((request) => Promise.resolve(mount.fetch(request)));
  return metrics;
}

describe('slack over HTTP', () => {
  test('the address is verified, messages arrive once and in order, 200 each', () =>
    withTransport({}, async (rig) => {
      connect(rig);
      expect(await rig.slack.http.verifyUrl()).toEqual({ status: 200, isEchoed: true });
      const ann = rig.slack.person();
      const texts = Array.from({ length: 30 }, (_, index) => `message ${index}`);
      for (const text of texts) ann.say(text);
      await rig.until(() => rig.slack.http.statuses.length === 30, 'thirty answers');
      expect(rig.stored).toEqual(texts);
      expect(new Set(rig.slack.http.statuses)).toEqual(new Set([200]));
    }));

  test('forged and stale requests are refused and counted, and reach nobody', () =>
    withTransport({}, async (rig) => {
      const metrics = connect(rig);
      rig.slack.person().say('hello');
      await rig.until(() => rig.slack.http.statuses.length === 1, 'the message');
      expect((await rig.slack.http.forge()).status).toBe(401);
      expect((await rig.slack.http.stale()).status).toBe(401);
      expect(rig.offered).toEqual(['hello']);
      expect(Object.values(metrics.snapshot())).toEqual([2]);
      expect(JSON.stringify(rig.logger.entries)).not.toContain('hello');
    }));

  test('what cannot be stored is 503, comes again, and is stored then', () =>
    withTransport({}, async (rig) => {
      connect(rig);
      rig.receipt = 'unavailable';
      const ann = rig.slack.person();
      ann.say('hello');
      await rig.until(() => rig.offered.length === 1, 'the first try');
      rig.receipt = 'stored';
      await rig.until(() => rig.stored.length === 1, 'another try');
      await rig.until(() => rig.slack.http.statuses.at(-1) === 200, 'the acknowledgement');
      expect(rig.slack.http.statuses[0]).toBe(503);
      expect(rig.slack.http.dropped).toEqual([]);
      expect(rig.logger.of('slack_redelivered')[0]?.fields).toMatchObject({
        retryNum: 1,
        retryReason: 'http_error',
      });
      rig.slack.redeliver();
      await rig.until(() => rig.offered.at(-1) === 'hello' && rig.offered.length >= 3, 'the repetition');
      expect(rig.stored).toEqual(['hello']);
    }));

  test('commands are acknowledged, also when they cannot be stored', () =>
    withTransport({}, async (rig) => {
      connect(rig);
      const ann = rig.slack.person();
      expect(await ann.command('help')).toMatchObject({ isAcknowledged: true });
      rig.receipt = 'unavailable';
      expect(await ann.command('status')).toMatchObject({
        isAcknowledged: true,
        response: { response_type: 'ephemeral' },
      });
    }));
});
