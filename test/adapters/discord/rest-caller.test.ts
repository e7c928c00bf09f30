import { describe, expect, test } from 'vitest';
import { createDiscordClient } from '../../../adapters/discord/client.ts';
import { resolveDiscordOptions } from '../../../adapters/discord/options.ts';
import { createRestCaller, HURRIED_MS } from '../../../adapters/discord/rest-caller.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { toAppError } from '../../../core/domain/app-error.ts';
import {
  type FakeDiscord,
  type FakeDiscordOptions,
  startFakeDiscord,
} from '../../fakes/discord/fake-discord.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

interface Rig {
  readonly discord: FakeDiscord;
  readonly caller: ReturnType<typeof createRestCaller>;
  readonly logger: ReturnType<typeof createMemoryLogger>;
  readonly channel: string;
  say(content: string, channel?: string): Promise<unknown>;
  /** What stands in the channel, in its order. */
  shown(channel?: string): readonly string[];
}

async function withCaller(
  options: FakeDiscordOptions,
  work: (rig: Rig) => Promise<void>,
  callTimeoutMs = 10_000,
): Promise<void> {
  const discord = await startFakeDiscord(options);
  const logger = createMemoryLogger();
  const { token } = discord;
  const client = createDiscordClient(
    resolveDiscordOptions({ token, apiRoot: discord.restRoot, callTimeoutMs }),
    { clock: createSystemClock(), logger },
  );
  const caller = createRestCaller({ client, token, clock: createSystemClock(), logger });
  const channel = discord.channel().id;
  try {
    await work({
      discord,
      caller,
      logger,
      channel,
      say: (content, where = channel) =>
        caller.call('send a message', { channel: where }, { body: { content }, destination: where }),
      shown: (where = channel) => discord.seeAll(discord.person(), where).map(({ text }) => text),
    });
    expect(JSON.stringify(logger.entries)).not.toContain(token);
  } finally {
    client.abortCalls();
    await discord.close();
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Taken hold of at once, so that no rejection is ever without a listener. */
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'fulfilled',
    (error: unknown) => toAppError(error).code,
  );

const limited = (retryAfterMs: number, scope: 'user' | 'global' | 'shared' = 'user') =>
  ({ kind: 'rate_limit', retryAfterMs, scope }) as const;

describe.concurrent('the order of calls', () => {
  test('for one channel is kept through refusals, and others go on', async () => {
    await withCaller({}, async ({ discord, say, shown }) => {
      const other = discord.channel().id;
      discord.failNext('create_message', limited(300, 'shared'));
      const first = ['1', '2', '3', '4', '5'].map((content) => say(content));
      await discord.until(() => discord.calls.length > 0, 'the first call');
      await say('elsewhere', other);
      expect(shown()).toEqual([]);
      await Promise.all([...first, say('6')]);
      expect(shown()).toEqual(['1', '2', '3', '4', '5', '6']);
      expect(shown(other)).toEqual(['elsewhere']);
    });
  });

  test('is kept when the SDK learns which limit a route falls under, and when that is used up', async () => {
    await withCaller({ hasRateLimits: true }, async ({ discord, say, shown, logger }) => {
      const sent = Array.from({ length: 8 }, (_, index) => say(String(index)));
      // While the first ones are under way, and after their answers named the limit.
      await discord.until(() => discord.callsOf('create_message').length >= 2, 'the first calls');
      sent.push(say('8'), say('9'));
      await Promise.all(sent);
      expect(shown()).toEqual(Array.from({ length: 10 }, (_, index) => String(index)));
      expect(logger.of('discord_rate_limited').length).toBeGreaterThan(0);
      expect(discord.violations).toEqual([]);
    });
  });

  test('holds for sends and edits together', async () => {
    await withCaller({}, async ({ discord, caller, channel, say, shown }) => {
      const sent = await say('first');
      const id = String(Reflect.get(Object(sent), 'id'));
      discord.failNext('update_message', limited(200));
      const edited = caller.call(
        'edit a message',
        { channel, message: id },
        { body: { content: 'first, better' }, destination: channel },
      );
      const second = say('second');
      await Promise.all([edited, second]);
      expect(shown()).toEqual(['first, better', 'second']);
      const [, , ...rest] = discord.calls.map(({ operation }) => operation);
      expect(rest).toEqual(['update_message', 'create_message']);
    });
  });

  test('of one that fails does not stop the next', async () => {
    await withCaller({}, async ({ discord, say, shown }) => {
      discord.failNext('create_message', { kind: 'refuse', status: 403, code: 50_013 });
      const failing = codeOf(say('lost'));
      await say('found');
      expect(await failing).toBe('not_allowed');
      expect(shown()).toEqual(['found']);
    });
  });
});

describe.concurrent('limits', () => {
  test('that would take more than half a minute reject with the time', async () => {
    await withCaller({}, async ({ discord, say }) => {
      discord.failNext('create_message', limited(31_000));
      const error = await say('late').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'rate_limited', retryable: true });
      expect(Reflect.get(Object(error), 'retryAfterMs')).toBeGreaterThanOrEqual(31_000);
      expect(discord.callsOf('create_message')).toHaveLength(1);
    });
  });

  test('on all that the bot does hold every call back but answers to interactions', async () => {
    await withCaller({}, async ({ discord, caller, say, shown, logger }) => {
      const other = discord.channel().id;
      discord.failNext('create_message', limited(800, 'global'));
      const first = say('first');
      while (logger.of('discord_rate_limited').length === 0) await nextTurn();
      const second = say('second', other);
      const typing = { destination: 'typing', waitsOnRateLimit: false };
      expect(await codeOf(caller.call('show typing', { channel: other }, typing))).toBe('rate_limited');
      const params = { interaction: '100000000000000009', token: 'unknown' };
      const answer = caller.call('answer an interaction', params, { destination: 'i', body: { type: 6 } });
      expect(await codeOf(answer)).toBe('not_found');
      expect(discord.calls.map(({ operation }) => operation)).toEqual([
        'create_message',
        'create_interaction_response',
      ]);
      await Promise.all([first, second]);
      expect([...shown(), ...shown(other)]).toEqual(['first', 'second']);
    });
  });

  test('are not waited for by what is worth nothing later', async () => {
    await withCaller({}, async ({ discord, caller, channel }) => {
      discord.failNext('trigger_typing_indicator', limited(500));
      const typing = caller.call(
        'show typing',
        { channel },
        { destination: `typing:${channel}`, waitsOnRateLimit: false },
      );
      await expect(typing).rejects.toMatchObject({ code: 'rate_limited' });
    });
  });

  test('of our own refuse more than a hundred calls for one destination, and say so', async () => {
    await withCaller({}, async ({ discord, caller, say }) => {
      discord.failAlways('create_message', { kind: 'hang' });
      const sent = Array.from({ length: 100 }, (_, index) => say(String(index)).catch(() => undefined));
      await expect(say('too much')).rejects.toMatchObject({ code: 'overloaded', retryable: true });
      expect(caller.queue()).toEqual({ waiting: 100, bound: 5_000 });
      discord.heal();
      await Promise.all(sent);
      expect(caller.queue().waiting).toBe(0);
      await say('and on');
    });
  });
});

describe.concurrent('when the channel stops', () => {
  test('nothing waits for a limit any more: it is tried once more and rejects', async () => {
    await withCaller({}, async ({ discord, caller, say, shown }) => {
      discord.failAlways('create_message', limited(20_000, 'shared'));
      const sent = ['1', '2'].map((content) => codeOf(say(content)));
      await discord.until(() => discord.calls.length === 1, 'the first call');
      await nextTurn();
      caller.hurry();
      caller.hurry();
      expect(await Promise.all(sent)).toEqual(['rate_limited', 'rate_limited']);
      expect(shown()).toEqual([]);
      expect(discord.calls.length).toBeLessThanOrEqual(3);
    });
  });

  test('what hangs is cut after four seconds', async () => {
    const clock = createFakeClock();
    const logger = createMemoryLogger();
    const aborted = Promise.withResolvers<void>();
    const caller = createRestCaller({
      clock,
      logger,
      token: 'x.y.z',
      client: {
        rest: () =>
          aborted.promise.then(() => Promise.reject(Object.assign(new Error('cut'), { name: 'AbortError' }))),
        abortCalls: aborted.resolve,
      },
    });
    const reading = caller.call('read messages', { channel: '1' }, { destination: '1' });
    const failing = codeOf(reading);
    caller.hurry();
    await clock.advance(HURRIED_MS - 1);
    expect(caller.queue().waiting).toBe(1);
    await clock.advance(1);
    expect(await failing).toBe('timeout');
  });
});

describe.concurrent('a send whose fate is unknown', () => {
  test.each(['cut_after', 'garbage', 'hang'] as const)(
    'after %s may be repeated with its key and shows once',
    async (kind) => {
      const twice = async ({ discord, caller, channel, shown }: Rig): Promise<void> => {
        const body = { content: 'once', nonce: 'key-1', enforce_nonce: true };
        const send = () => caller.call('send a message', { channel }, { body, destination: channel });
        discord.failNext('create_message', { kind });
        await expect(send()).rejects.toMatchObject({ code: 'delivery_unknown', retryable: true });
        await send();
        expect(shown()).toEqual(['once']);
      };
      await withCaller({}, twice, kind === 'hang' ? 2_000 : undefined);
    },
  );
});
