import { describe, expect, test } from 'vitest';
import { createApiCaller } from '../../../adapters/telegram/api-caller.ts';
import { toInbound } from '../../../adapters/telegram/inbound.ts';
import { resolveTelegramOptions } from '../../../adapters/telegram/options.ts';
import { startPolling } from '../../../adapters/telegram/polling.ts';
import { createUpdateIntake } from '../../../adapters/telegram/update-intake.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';
import type { ChannelHealth, Sink } from '../../../core/ports/channel.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { type ApiCall, createScriptedApi, never, refusal } from './scripted-api.ts';
import { group, inboundContext, message, privateChat, update } from './updates.ts';

type Answer = (call: ApiCall, signal: AbortSignal | undefined) => unknown;

/** A poller whose polls are answered by `polls` in order, then never. */
function scene(polls: readonly (unknown[] | Error | Answer)[], sink: Sink = async () => 'stored') {
  const clock = createFakeClock(0);
  const logger = createMemoryLogger();
  const health: ChannelHealth[] = [];
  const answered: string[] = [];
  let next = 0;
  const api = createScriptedApi((call, signal) => {
    if (call.method !== 'getUpdates') return true;
    if (call.payload['timeout'] === 0) return [];
    const answer = polls[next];
    next += 1;
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(call, signal) : (answer ?? never(signal));
  });
  const options = resolveTelegramOptions({ token: '1:t' });
  const caller = createApiCaller(api, options, clock, logger);
  const intake = createUpdateIntake({
    sink,
    toInbound: (value) => toInbound(value, inboundContext),
    presses: {
      begun: () => undefined,
      over: ({ callbackQueryId }) => void answered.push(callbackQueryId),
    },
    logger,
  });
  const polling = startPolling({
    caller,
    intake,
    clock,
    logger,
    pollTimeoutSeconds: 50,
    backoffBaseMs: 1_000,
    onHealth: (state) => void health.push(state),
  });
  const stop = async (): Promise<void> => {
    await intake.close();
    await polling.stop();
  };
  const offsets = () => api.of('getUpdates').map((payload) => payload['offset']);
  return { api, clock, logger, health, answered, stop, offsets };
}

const says = (text: string, id: number, chat: object = privateChat) =>
  update({ message: message(text, { chat }) }, id);

describe('polling', () => {
  test('asks for exactly the documented kinds of update, and waits fifty seconds', async () => {
    const { api, stop } = scene([]);
    await api.called('getUpdates', 1);
    expect(api.of('getUpdates')).toEqual([
      {
        limit: 100,
        timeout: 50,
        allowed_updates: [
          'message',
          'edited_message',
          'callback_query',
          'message_reaction',
          'message_reaction_count',
          'my_chat_member',
          'stopped_message_generation',
        ],
      },
    ]);
    await stop();
  });

  test.each<Receipt>(['stored', 'duplicate', 'refused'])(
    'moves the offset after a batch that is %s',
    async (receipt) => {
      const { api, offsets, stop } = scene([[says('a', 10), says('b', 11)]], async () => receipt);
      await api.called('getUpdates', 2);
      expect(offsets()).toEqual([undefined, 12]);
      await stop();
    },
  );

  test('does not move before the last receipt of the batch', async () => {
    const receipt = Promise.withResolvers<Receipt>();
    const { api, clock, offsets, stop } = scene([[says('a', 10), says('b', 11, group)]], (event) =>
      'text' in event && event.text === 'b' ? receipt.promise : Promise.resolve('stored'),
    );
    await api.called('getUpdates', 1);
    await clock.advance(1_000);
    expect(offsets()).toEqual([undefined]);
    receipt.resolve('stored');
    await api.called('getUpdates', 2);
    expect(offsets()).toEqual([undefined, 12]);
    await stop();
  });

  test('an update that could not be stored is asked for again after a pause, and so is what came with it', async () => {
    const seen: string[] = [];
    const answers: Receipt[] = ['stored', 'unavailable'];
    const batch = [says('a', 10), says('b', 11), says('c', 12)];
    const { api, clock, health, offsets, stop } = scene([batch, batch], async (event) => {
      if ('text' in event) seen.push(event.text);
      return answers.shift() ?? 'stored';
    });
    await api.called('getUpdates', 1);
    await clock.advance(999);
    // Order within the chat: c waits for b.
    expect(seen).toEqual(['a', 'b']);
    expect(health.at(-1)?.state).toBe('degraded');
    expect(offsets()).toEqual([undefined]);
    await clock.advance(1);
    await api.called('getUpdates', 3);
    expect(seen).toEqual(['a', 'b', 'a', 'b', 'c']);
    expect(offsets()).toEqual([undefined, undefined, 13]);
    expect(health.at(-1)).toEqual({ state: 'ready' });
    await stop();
  });

  test('chats do not wait for each other, messages of one chat do', async () => {
    const begun: string[] = [];
    const slow = Promise.withResolvers<Receipt>();
    const { api, clock, stop } = scene(
      [[says('slow', 1), says('behind', 2), says('other', 3, group)]],
      (event) => {
        if ('text' in event) begun.push(event.text);
        return 'text' in event && event.text === 'slow' ? slow.promise : Promise.resolve('stored');
      },
    );
    await api.called('getUpdates', 1);
    await clock.advance(0);
    expect(begun.toSorted()).toEqual(['other', 'slow']);
    slow.resolve('stored');
    await api.called('getUpdates', 2);
    expect(begun.at(-1)).toBe('behind');
    await stop();
  });

  test('updates that mean nothing to us are confirmed like any other', async () => {
    const { api, offsets, stop } = scene([[update({ poll: {} }, 10), { update_id: 11, message: 5 }, 'junk']]);
    await api.called('getUpdates', 2);
    expect(offsets()).toEqual([undefined, 12]);
    await stop();
  });

  test('a second poller: a clear word, pauses that double up to thirty seconds, and no end to trying', async () => {
    const conflict = refusal(
      409,
      'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    );
    const { api, clock, health, stop } = scene(Array.from({ length: 8 }, () => conflict));
    for (const [index, seconds] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      await api.called('getUpdates', index + 1);
      await clock.advance(seconds * 1_000 - 1);
      expect(api.of('getUpdates').length).toBe(index + 1);
      await clock.advance(1);
      expect(api.of('getUpdates').length).toBe(index + 2);
    }
    expect(health.at(-1)?.state).toBe('degraded');
    expect(health.at(-1)?.detail).toContain('Another program uses this Telegram token');
    await stop();
  });

  test('the pauses start afresh after a healthy minute, not before', async () => {
    const cut = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    // A long poll that ends without news.
    const afterMs =
      (ms: number): Answer =>
      async () => {
        await longPoll(ms);
        return [];
      };
    const { api, clock, stop } = scene([
      cut,
      cut,
      afterMs(1_000),
      cut,
      afterMs(50_000),
      afterMs(50_000),
      cut,
    ]);
    const longPoll = (ms: number): Promise<void> => clock.sleep(ms);
    const pauseBefore = async (calls: number): Promise<number> => {
      let waitedMs = 0;
      while (api.of('getUpdates').length < calls) {
        await clock.advance(100);
        waitedMs += 100;
      }
      return waitedMs;
    };
    await api.called('getUpdates', 1);
    expect(await pauseBefore(2)).toBe(1_000);
    expect(await pauseBefore(3)).toBe(2_000);
    // One second of health is no recovery: the next failure still counts from where it was.
    expect(await pauseBefore(4)).toBe(1_000);
    expect(await pauseBefore(5)).toBe(4_000);
    expect(await pauseBefore(6)).toBe(50_000);
    expect(await pauseBefore(7)).toBe(50_000);
    expect(await pauseBefore(8)).toBe(1_000);
    await stop();
  });

  test('a webhook in the way is removed, without dropping what waits', async () => {
    const active = refusal(
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
    const { api, stop } = scene([active]);
    await api.called('getUpdates', 2);
    expect(api.calls.map((call) => call.method)).toEqual(['getUpdates', 'deleteWebhook', 'getUpdates']);
    expect(api.of('deleteWebhook')).toEqual([{}]);
    await stop();
  });

  test('a token that is withdrawn later is said loudly, and trying goes on', async () => {
    const { api, clock, health, logger, stop } = scene([refusal(401, 'Unauthorized')]);
    await api.called('getUpdates', 1);
    await clock.advance(1_000);
    await api.called('getUpdates', 2);
    expect(logger.of('telegram_polling_refused').map((entry) => entry.level)).toEqual(['error']);
    expect(health.at(-1)?.detail).toContain('TELEGRAM_BOT_TOKEN');
    await stop();
  });

  test('"too many requests" is obeyed to the second', async () => {
    const { api, clock, stop } = scene([
      refusal(429, 'Too Many Requests: retry after 17', { retry_after: 17 }),
    ]);
    await api.called('getUpdates', 1);
    await clock.advance(16_999);
    expect(api.of('getUpdates').length).toBe(1);
    await clock.advance(1);
    expect(api.of('getUpdates').length).toBe(2);
    await stop();
  });

  test('garbage and a hanging server are survived', async () => {
    const { api, clock, health, stop } = scene([() => ({ not: 'an array' }), (_, signal) => never(signal)]);
    await api.called('getUpdates', 1);
    await clock.advance(1_000);
    await api.called('getUpdates', 2);
    expect(health.at(-1)?.state).toBe('degraded');
    // The poll's own deadline, then the pause.
    await clock.advance(65_000 + 2_000);
    await api.called('getUpdates', 3);
    await stop();
  });

  test('a server without long polling is not asked in a hot loop', async () => {
    const { api, clock, stop } = scene([[], [], []]);
    await api.called('getUpdates', 1);
    await clock.advance(999);
    expect(api.of('getUpdates').length).toBe(1);
    await clock.advance(1);
    expect(api.of('getUpdates').length).toBe(2);
    await stop();
  });

  test('stop waits for receipts on their way and confirms what was stored', async () => {
    const receipt = Promise.withResolvers<Receipt>();
    const { api, clock, stop } = scene([[says('a', 10)]], () => receipt.promise);
    await api.called('getUpdates', 1);
    await clock.advance(0);
    let isStopped = false;
    const stopped = stop().then(() => {
      isStopped = true;
    });
    await clock.advance(0);
    expect(isStopped).toBe(false);
    receipt.resolve('stored');
    await stopped;
    expect(api.of('getUpdates').at(-1)).toMatchObject({ offset: 11, timeout: 0, limit: 1 });
  });

  test('stop confirms nothing that was not stored', async () => {
    const { api, clock, offsets, stop } = scene([[says('a', 10)]], async () => 'unavailable');
    await api.called('getUpdates', 1);
    await clock.advance(0);
    await stop();
    expect(offsets()).toEqual([undefined]);
  });

  test('a feedback button is answered only after its signal is stored', async () => {
    const answers: Receipt[] = ['unavailable', 'stored'];
    const press = update(
      {
        callback_query: {
          id: 'q1',
          from: message('x')['from'],
          chat_instance: '1',
          message: { message_id: 9, date: 0, chat: privateChat },
          data: 'feedback.good',
        },
      },
      10,
    );
    const { api, clock, answered, stop } = scene([[press], [press]], async () => answers.shift() ?? 'stored');
    await api.called('getUpdates', 1);
    await clock.advance(0);
    expect(answered).toEqual([]);
    await clock.advance(1_000);
    await api.called('getUpdates', 3);
    expect(answered).toEqual(['q1']);
    await stop();
  });
});
