import { expect } from 'vitest';
import { type MessageRef, sameMessage } from '../../../core/domain/message-ref.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';
import { type ContractRunner, must, rejection } from './contract-runner.ts';
import type { RecordingSink } from './recording-sink.ts';

const textsOf = (inbox: RecordingSink): string[] =>
  inbox.events.flatMap((event) => (event.type === 'message_received' ? [event.text] : []));

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

  promise(
    'an event during stop is delivered and acknowledged, or neither',
    async ({ channel, person, inbox, faults }) => {
      const isAcknowledged = must(faults?.isAcknowledged, 'faults.isAcknowledged');
      const isDelivered = (ref: MessageRef): boolean =>
        inbox.events.some((event) => event.type === 'message_received' && sameMessage(event.ref, ref));
      const held = inbox.holdNext();
      const said = person.say('in the middle');
      await inbox.nth('message_received');
      const stopping = channel.stop();
      const saidLate = person.say('while it stops').catch(() => undefined);
      held.release('stored');
      await stopping;
      expect(await isAcknowledged(await said)).toBe(true);
      const late = await saidLate;
      if (late !== undefined) expect(await isAcknowledged(late)).toBe(isDelivered(late));
      expect(textsOf(inbox).filter((text) => text === 'in the middle').length).toBe(1);
      expect(channel.health().state).toBe('stopped');
    },
  );

  promiseUnstarted('health follows the lifecycle', { credentials: 'good' }, async ({ channel }, inbox) => {
    expect(channel.health().state).toBe('stopped');
    await channel.start(inbox.sink);
    expect(channel.health().state).toBe('ready');
    await channel.stop();
    expect(channel.health().state).toBe('stopped');
  });

  promise(
    'health tells when the platform is away and when it is back',
    async ({ channel, person, inbox, faults }) => {
      const state = () => channel.health().state;
      const patience = { timeout: 15_000, interval: 5 };
      expect(channel.health()).toMatchObject({ state: 'ready' });
      await must(faults?.refuseConnections, 'faults.refuseConnections')();
      await expect.poll(state, patience).toBe('degraded');
      expect(channel.health().detail ?? '').toMatch(/\w+ \w+/);
      await must(faults?.heal, 'faults.heal')();
      // Words are the proof; a connection on which nothing is said may be taken for well only later.
      await person.say('are you back?');
      expect((await inbox.nth('message_received', 0, 15_000)).text).toBe('are you back?');
      await expect.poll(state, patience).toBe('ready');
      expect(channel.health().detail).toBeUndefined();
    },
  );

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

  promise(
    'a slow sink holds up its own conversation only',
    async ({ person, inbox, elsewhere, conversation }) => {
      const other = must(elsewhere, 'elsewhere');
      const held = inbox.holdNext();
      const acts: Promise<unknown>[] = [person.say('slow')];
      await inbox.nth('message_received');
      acts.push(person.say('behind it'), other.say('somewhere else'));
      await inbox.until(() => textsOf(inbox).includes('somewhere else'), 'the other conversation');
      held.release('stored');
      await inbox.until(() => textsOf(inbox).includes('behind it'), 'what waited');
      await Promise.all(acts);
      expect(textsOf(inbox).toSorted()).toEqual(['behind it', 'slow', 'somewhere else']);
      const elsewhereEvent = inbox.events.find(
        (event) => event.type === 'message_received' && event.text === 'somewhere else',
      );
      expect(elsewhereEvent).not.toMatchObject({ conversation });
    },
  );
}
