import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';
import { message, update } from './updates.ts';

const address = 'https://bot.example.org/hooks/telegram';
const secret = 'a_secret-1';

describe('telegram webhook', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage();
  });
  afterEach(async () => {
    await stage.close();
    expect(stage.server.violations).toEqual([]);
  });

  const post = (body: string, token: string | undefined = secret): Request =>
    new Request(address, {
      method: 'POST',
      body,
      headers: token === undefined ? {} : { 'X-Telegram-Bot-Api-Secret-Token': token },
    });
  const hello = JSON.stringify(update({ message: message('hello') }));

  test('start registers address, secret and the same list of updates', async () => {
    const channel = stage.channel({
      mode: 'webhook',
      webhookSecret: secret,
      publicUrl: 'https://bot.example.org/',
    });
    await channel.start(stage.sink().sink);
    expect(stage.server.callsOf('setWebhook')).toMatchObject([{ url: address, secret_token: secret }]);
    expect(stage.server.updates.allowed).toContain('message_reaction');
    expect(stage.server.callsOf('getUpdates')).toEqual([]);
    expect(channel.mount).toMatchObject({ path: '/hooks/telegram', proof: 'secret_token' });
  });

  test('polling has no mount', () => {
    expect(stage.channel().mount).toBeUndefined();
  });

  test('without a secret of its own it uses one that is the same after every start, and not the token', async () => {
    for (const _ of [1, 2]) {
      const channel = stage.channel({ mode: 'webhook' });
      await channel.start(stage.sink().sink);
      await channel.stop();
    }
    const [first, second] = stage.server.callsOf('setWebhook').map((call) => call['secret_token']);
    expect(first).toBe(second);
    expect(String(first).length).toBeGreaterThan(32);
    expect(stage.server.token).not.toContain(String(first));
  });

  test('only posts with the secret reach the sink', async () => {
    const inbox = stage.sink();
    const channel = stage.channel({ mode: 'webhook', webhookSecret: secret });
    await channel.start(inbox.sink);
    const fetch = async (request: Request): Promise<number> => (await channel.mount!.fetch(request)).status;
    expect(await fetch(post(hello, 'wrong'))).toBe(401);
    expect(await fetch(post(hello, `${secret}x`))).toBe(401);
    expect(await fetch(new Request(address, { method: 'POST', body: hello }))).toBe(401);
    expect(await fetch(new Request(address))).toBe(405);
    expect(await fetch(post('not json'))).toBe(400);
    expect(inbox.events).toEqual([]);
    expect(await fetch(post('{"no":"update"}'))).toBe(200);
    expect(await fetch(post(hello))).toBe(200);
    expect(inbox.events.length).toBe(1);
  });

  test('200 comes after the receipt, 503 when there is none, and before start and after stop', async () => {
    const inbox = stage.sink();
    const channel = stage.channel({ mode: 'webhook', webhookSecret: secret });
    const fetch = async (): Promise<number> => (await channel.mount!.fetch(post(hello))).status;
    expect(await fetch()).toBe(503);
    await channel.start(inbox.sink);
    inbox.answerNext('unavailable', 'throw', 'reject', 'refused', 'duplicate');
    expect([await fetch(), await fetch(), await fetch(), await fetch(), await fetch()]).toEqual([
      503, 503, 503, 200, 200,
    ]);
    await channel.stop();
    const before = inbox.events.length;
    expect(await fetch()).toBe(503);
    expect(inbox.events.length).toBe(before);
  });

  test('Telegram delivers again until it is stored, and keeps what came before the start', async () => {
    const person = stage.server.person();
    const inbox = stage.sink();
    const channel = stage.channel({ mode: 'webhook' });
    inbox.answerNext('unavailable', 'unavailable', 'stored');
    await channel.start(inbox.sink);
    person.say('patience');
    const third = await inbox.nth('message_received', 2);
    expect(third.text).toBe('patience');
    await stage.server.until(() => stage.server.updates.deliveries.length === 3, 'three deliveries');
    expect(stage.server.updates.deliveries).toEqual([503, 503, 200]);
  });

  test('messages of one chat that arrive together reach the sink one after another', async () => {
    const begun: string[] = [];
    const first = Promise.withResolvers<'stored'>();
    const channel = stage.channel({ mode: 'webhook', webhookSecret: secret });
    await channel.start((event) => {
      if ('text' in event) begun.push(event.text);
      return begun.length === 1 ? first.promise : Promise.resolve('stored');
    });
    const one = channel.mount!.fetch(post(JSON.stringify(update({ message: message('one') }, 1))));
    const two = channel.mount!.fetch(post(JSON.stringify(update({ message: message('two') }, 2))));
    await new Promise((resume) => setImmediate(resume));
    expect(begun).toEqual(['one']);
    first.resolve('stored');
    expect([(await one).status, (await two).status]).toEqual([200, 200]);
    expect(begun).toEqual(['one', 'two']);
  });
});
