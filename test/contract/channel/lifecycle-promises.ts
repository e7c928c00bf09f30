import { expect } from 'vitest';
import type { Receipt } from '../../../core/domain/receipt.ts';
import { type ContractRunner, rejection } from './contract-runner.ts';

export function lifecyclePromises({ promise, promiseUnstarted }: ContractRunner): void {
  promiseUnstarted('bad credentials reject start', { credentials: 'bad' }, async ({ channel }, inbox) => {
    const error = await rejection(() => channel.start(inbox.sink), 'auth_failed');
    expect(error.retryable).toBe(false);
    expect(channel.health().state).not.toBe('ready');
    await channel.stop();
  });

  promiseUnstarted('stop is safe twice and before start', { credentials: 'good' }, async ({ channel }) => {
    await channel.stop();
    await channel.stop();
    expect(channel.health().state).toBe('stopped');
  });

  promise('no event after stop', async ({ channel, person, inbox }) => {
    await person.say('before');
    await inbox.nth('message_received');
    await Promise.all([channel.stop(), channel.stop()]);
    const before = inbox.events.length;
    await person.say('after').catch(() => undefined);
    await person.seeAll().catch(() => undefined);
    await channel.stop();
    expect(inbox.events.length).toBe(before);
  });

  promiseUnstarted('health follows the lifecycle', { credentials: 'good' }, async ({ channel }, inbox) => {
    expect(channel.health().state).toBe('stopped');
    await channel.start(inbox.sink);
    expect(channel.health().state).toBe('ready');
    await channel.stop();
    expect(channel.health().state).toBe('stopped');
  });

  promise('an event answered unavailable comes again', async ({ person, inbox }) => {
    const refused: Receipt[] = ['unavailable', 'unavailable'];
    inbox.answerNext(...refused);
    await person.say('please keep this');
    const third = await inbox.nth('message_received', 2);
    const ids = inbox.events.map((event) => event.eventId);
    expect(ids).toEqual([third.eventId, third.eventId, third.eventId]);
    expect(third.text).toBe('please keep this');
    await person.say('and this');
    const next = await inbox.until(
      () => inbox.events.find((event) => event.type === 'message_received' && event.text === 'and this'),
      'the next message',
    );
    expect(next.eventId).not.toBe(third.eventId);
  });

  promise('a sink that breaks its word is survived', async ({ channel, person, inbox }) => {
    inbox.answerNext('reject', 'throw');
    await person.say('twice broken');
    const third = await inbox.nth('message_received', 2);
    expect(third.text).toBe('twice broken');
    expect(new Set(inbox.events.map((event) => event.eventId)).size).toBe(1);
    await person.say('still there?');
    await inbox.until(
      () => inbox.events.some((event) => event.type === 'message_received' && event.text === 'still there?'),
      'the message after the broken ones',
    );
    expect(channel.health().state).not.toBe('stopped');
  });
}
