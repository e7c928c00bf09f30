import { describe, expect, test } from 'vitest';
import { clientOf, errorOf, eventOf, socketOf, withFakeSlack } from './slack-rig.ts';

describe('Socket Mode with the SDK', () => {
  test('says hello, delivers an event to one socket and takes its acknowledgement', () =>
    withFakeSlack({}, async (slack) => {
      const [one, two] = [await socketOf(slack), await socketOf(slack)];
      expect([slack.sockets.open, slack.sockets.highest]).toEqual([2, 2]);
      const ann = slack.person({ real_name: 'Ann' });
      const ts = ann.say('a < b & c');
      await slack.until(() => slack.sockets.acknowledgements.length === 1, 'the acknowledgement');
      const seen = [...one.envelopes, ...two.envelopes];
      expect(seen).toHaveLength(1);
      expect(eventOf(seen[0])).toMatchObject({
        type: 'message',
        channel: ann.dm.id,
        channel_type: 'im',
        user: ann.user.id,
        text: 'a &lt; b &amp; c',
        ts,
        event_ts: ts,
      });
      expect(seen[0]?.body).toMatchObject({ team_id: slack.team.id, type: 'event_callback' });
      await one.stop();
      await two.stop();
      await slack.until(() => slack.sockets.open === 0, 'both sockets to close');
    }));

  test('repeats what is not acknowledged, three times, and gives up', () =>
    withFakeSlack({ retryDelaysMs: [0, 0, 0], ackTimeoutMs: 60_000 }, async (slack) => {
      const socket = await socketOf(slack, { acks: false });
      slack.person().say('hello');
      for (const count of [1, 2, 3, 4]) {
        await socket.has(count);
        slack.sockets.expireAcks();
      }
      await slack.until(() => slack.sockets.dropped.length === 1, 'giving up');
      await socket.stop();
      expect(socket.envelopes.map((envelope) => envelope.retryNum)).toEqual([0, 1, 2, 3]);
      expect(new Set(socket.envelopes.map((envelope) => envelope.body['event_id'])).size).toBe(1);
    }));

  test('an event of a socket that broke goes to another one', () =>
    withFakeSlack({ retryDelaysMs: [0, 0, 0], ackTimeoutMs: 60_000 }, async (slack) => {
      const first = await socketOf(slack, { acks: false });
      slack.person().say('hello');
      await slack.until(() => slack.sockets.unacknowledged === 1, 'the delivery');
      slack.sockets.drop('cut');
      await slack.until(() => slack.sockets.waiting === 1, 'the event to wait');
      const second = await socketOf(slack);
      await slack.until(() => slack.sockets.acknowledgements.length === 1, 'the acknowledgement');
      expect(second.envelopes.map((envelope) => envelope.retryNum)).toEqual([1]);
      await second.stop();
      await first.stop();
    }));

  test('tells sockets to go, and says why', () =>
    withFakeSlack({}, async (slack) => {
      for (const reason of ['refresh_requested', 'link_disabled', 'warning'] as const) {
        const socket = await socketOf(slack);
        slack.disconnect(reason);
        await slack.until(() => slack.sockets.open === 0, `the socket to close after ${reason}`);
        expect(socket.farewells).toEqual([reason]);
      }
    }));

  test('takes no more than ten sockets', () =>
    withFakeSlack({ maxSockets: 2 }, async (slack) => {
      const sockets = [await socketOf(slack), await socketOf(slack)];
      const opened = await clientOf(slack, slack.appToken).apps.connections.open({});
      const extra = new WebSocket(opened.url ?? '');
      const told = await new Promise<string>((resolve) => {
        extra.addEventListener('message', (event) => resolve(String(event.data)), { once: true });
      });
      expect(JSON.parse(told)).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' });
      await slack.until(() => slack.sockets.open === 2, 'the extra socket to close');
      for (const socket of sockets) await socket.stop();
    }));

  test('an address works once', () =>
    withFakeSlack({}, async (slack) => {
      const { url = '' } = await clientOf(slack, slack.appToken).apps.connections.open({});
      const first = new WebSocket(url);
      await slack.until(() => slack.sockets.open === 1, 'the first connection');
      const second = new WebSocket(url);
      await new Promise((resolve) => second.addEventListener('error', resolve, { once: true }));
      expect(slack.sockets.total).toBe(1);
      first.close();
      await slack.until(() => slack.sockets.open === 0, 'the end');
    }));

  test('without Socket Mode in the manifest there is no address', () =>
    withFakeSlack({}, async (slack) => {
      slack.install({ oauth_config: { scopes: { bot: [] } }, settings: { socket_mode_enabled: false } });
      expect(await errorOf(clientOf(slack, slack.appToken).apps.connections.open({}))).toBe(
        'socket_mode_not_enabled',
      );
    }));

  test('a connection without hello gets nothing; what happened meanwhile waits for the next', () =>
    withFakeSlack({}, async (slack) => {
      slack.sockets.greet(false);
      const { url = '' } = await clientOf(slack, slack.appToken).apps.connections.open({});
      const silent = new WebSocket(url);
      await slack.until(() => slack.sockets.open === 1, 'the connection');
      slack.person().say('hello');
      expect(slack.sockets.waiting).toBe(1);
      slack.sockets.greet(true);
      const socket = await socketOf(slack);
      await socket.has(1);
      expect(socket.envelopes[0]?.retryNum).toBe(0);
      silent.close();
      await socket.stop();
    }));

  test('a frozen connection answers no ping, takes no acknowledgement and stays open', () =>
    withFakeSlack({ ackTimeoutMs: 60_000 }, async (slack) => {
      const socket = await socketOf(slack);
      slack.sockets.freeze();
      slack.person().say('hello');
      await socket.has(1);
      expect([slack.sockets.unacknowledged, slack.sockets.open]).toEqual([1, 1]);
      expect(slack.sockets.acknowledgements).toEqual([]);
      slack.sockets.drop('cut');
      await slack.until(() => slack.sockets.open === 0, 'the end');
    }));
});
