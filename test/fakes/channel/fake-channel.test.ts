import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { createFakeChannel } from './fake-channel.ts';
import { paragraph } from './plain-text.ts';

const message = (text: string) => ({ body: paragraph(text), sendKey: text });
const unknown = new AppError('delivery_unknown', 'The connection broke.');

describe('fake channel', () => {
  test('keeps every version of a message', async () => {
    const channel = createFakeChannel();
    const ref = await channel.send(channel.person.conversation, message('a'));
    await channel.edit(ref, message('ab'));
    expect(channel.message(ref)?.versions.map((version) => [version.via, version.text])).toEqual([
      ['send', 'a'],
      ['edit', 'ab'],
    ]);
    expect(channel.texts()).toEqual(['ab']);
    expect(channel.calls.map((call) => call.method)).toEqual(['send', 'edit']);
  });

  test('fails on command: before showing, after showing, or not until released', async () => {
    const channel = createFakeChannel();
    const place = channel.person.conversation;
    const network = new AppError('network', 'No network.', { retryable: true });
    channel.failNext('send', { kind: 'reject', error: network });
    channel.failNext('send', { kind: 'deliver_then_reject', error: unknown });
    channel.failNext('send', { kind: 'hang' });
    await expect(channel.send(place, message('a'))).rejects.toBe(network);
    await expect(channel.send(place, message('b'))).rejects.toBe(unknown);
    const hanging = channel.send(place, message('c'));
    await channel.waitFor(() => channel.hanging('send') === 1, 'the send to hang');
    expect(channel.texts()).toEqual(['b']);
    expect(channel.release('send')).toBe(1);
    await hanging;
    expect(channel.texts()).toEqual(['b', 'c']);
    channel.failAlways('edit', { kind: 'reject', error: network });
    const ref = channel.messages()[0]!.ref;
    await expect(channel.edit(ref, message('d'))).rejects.toBe(network);
    channel.heal();
    await channel.edit(ref, message('d'));
  });

  test('what hangs when the channel stops has an unknown fate', async () => {
    const channel = createFakeChannel();
    channel.failNext('send', { kind: 'hang' });
    const hanging = channel.send(channel.person.conversation, message('a')).catch((error: unknown) => error);
    await channel.waitFor(() => channel.hanging() === 1);
    await channel.stop();
    expect(await hanging).toMatchObject({ code: 'delivery_unknown' });
  });

  test('events that were not stored wait for redelivery', async () => {
    const channel = createFakeChannel();
    let receipt: 'unavailable' | 'stored' = 'unavailable';
    const seen: string[] = [];
    await channel.start(async (event) => {
      seen.push(event.eventId);
      return receipt;
    });
    const { event } = await channel.person.says('hello');
    expect(channel.undelivered).toEqual([event]);
    receipt = 'stored';
    expect(await channel.redeliver()).toEqual([{ event, receipt: 'stored' }]);
    expect(channel.undelivered).toEqual([]);
    expect(seen).toEqual([event.eventId, event.eventId]);
  });

  test('other people and other places', async () => {
    const channel = createFakeChannel();
    await channel.start(async () => 'stored');
    const bob = channel.personAs({
      id: 'bob',
      audience: 'group',
      channelId: 'g',
      threadId: 't',
      space: 's2',
    });
    const { event } = await bob.says('hi', { addressing: 'ambient' });
    expect(event).toMatchObject({
      spaceId: 'fake:s2',
      conversation: { audience: 'group', threadId: 't' },
      author: { personId: 'fake:bob' },
      addressing: 'ambient',
    });
    await channel.send(bob.conversation, message('to g'));
    await channel.send(channel.person.conversation, message('to me'));
    expect(channel.texts(bob.conversation)).toEqual(['to g']);
  });

  test('send keys, where the flag is true', async () => {
    const channel = createFakeChannel({ capabilities: { hasSendKeys: true } });
    channel.failNext('send', { kind: 'deliver_then_reject', error: unknown });
    const place = channel.person.conversation;
    await expect(channel.send(place, message('a'))).rejects.toBe(unknown);
    const ref = await channel.send(place, message('a'));
    expect(channel.messages().map((shown) => shown.ref)).toEqual([ref]);
  });

  test('a wait that is in vain says what was shown', async () => {
    const channel = createFakeChannel();
    await channel.send(channel.person.conversation, message('something else'));
    await expect(channel.waitFor(() => false, 'a reply', 1)).rejects.toThrow(
      /a reply; shown: \["something else"\]/,
    );
  });
});
