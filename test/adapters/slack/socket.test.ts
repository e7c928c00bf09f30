import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SlackAnswer, SlackDelivery } from '../../../adapters/slack/delivery.ts';
import { createSocketSupervisor } from '../../../adapters/slack/socket.ts';
import type { SlackEnvelope, SlackSocketHandlers } from '../../../adapters/slack/socket-connection.ts';
import type { ChannelHealth } from '../../../core/ports/channel.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const refused = (error: string, extra: object = {}): Error =>
  Object.assign(new Error(`An API error occurred: ${error}`), { data: { ok: false, error, ...extra } });

/** One opening, for the test to decide. */
interface Attempt {
  readonly handlers: SlackSocketHandlers;
  readonly atMs: number;
  /** Slack says hello. */
  succeed(): void;
  fail(error: unknown): void;
  /** The connection ends by itself. */
  break(): void;
  /** How often we said goodbye. */
  closings: number;
  /** False: a goodbye is not answered. */
  endsOnClose: boolean;
  isOpen: boolean;
}

function setUp() {
  const clock = createFakeClock(Date.UTC(2026, 0, 5, 12, 5));
  const logger = createMemoryLogger();
  const attempts: Attempt[] = [];
  const healths: ChannelHealth[] = [];
  const delivered: unknown[] = [];
  let answerWith: (delivery: SlackDelivery) => Promise<SlackAnswer> = () =>
    Promise.resolve({ isAcknowledged: true });
  let live = 0;
  let highest = 0;

  const supervisor = createSocketSupervisor({
    clock,
    logger,
    backoffBaseMs: 1_000,
    secrets: ['xapp-secret'],
    onHealth: (health) => healths.push(health),
    deliver(delivery) {
      delivered.push(delivery.body);
      return answerWith(delivery);
    },
    open(handlers, signal) {
      const opening = Promise.withResolvers<void>();
      const closed = Promise.withResolvers<void>();
      live += 1;
      highest = Math.max(highest, live);
      const gone = (): void => {
        live -= 1;
      };
      let isSettled = false;
      const attempt: Attempt = {
        handlers,
        atMs: clock.monotonicMs(),
        closings: 0,
        endsOnClose: true,
        isOpen: false,
        succeed() {
          if (isSettled) return;
          isSettled = true;
          attempt.isOpen = true;
          opening.resolve();
        },
        fail(error) {
          if (isSettled) return;
          isSettled = true;
          gone();
          opening.reject(error);
        },
        break() {
          if (!attempt.isOpen) return;
          attempt.isOpen = false;
          gone();
          closed.resolve();
          handlers.onClosed();
        },
      };
      signal.addEventListener('abort', () => {
        attempt.fail(new Error('stopped'));
      });
      attempts.push(attempt);
      return opening.promise.then(() => ({
        close() {
          attempt.closings += 1;
          if (attempt.endsOnClose) attempt.break();
          return closed.promise;
        },
      }));
    },
  });
  const settle = (): Promise<void> => clock.advance(0);
  const at = (index: number): Attempt => {
    const attempt = attempts[index];
    if (attempt === undefined) throw new Error(`there was no attempt ${index}`);
    return attempt;
  };
  return {
    clock,
    logger,
    supervisor,
    attempts,
    healths,
    delivered,
    settle,
    at,
    highest: () => highest,
    live: () => live,
    answer(next: typeof answerWith) {
      answerWith = next;
    },
    async started() {
      const starting = supervisor.start();
      at(0).succeed();
      await starting;
    },
  };
}

/** What may happen to one opening or connection, at any time. */
const mishaps: Readonly<Record<string, (attempt: Attempt) => void>> = {
  succeed: (attempt) => attempt.succeed(),
  fail: (attempt) => attempt.fail(new Error('broken')),
  revoked: (attempt) => attempt.fail(refused('token_revoked')),
  break: (attempt) => attempt.break(),
  stuck(attempt) {
    attempt.endsOnClose = false;
  },
  unstuck(attempt) {
    attempt.endsOnClose = true;
  },
  warning: (attempt) => attempt.isOpen && attempt.handlers.onNotice('warning'),
  link_disabled: (attempt) => attempt.isOpen && attempt.handlers.onNotice('link_disabled'),
};

function calm(attempt: Attempt): void {
  attempt.endsOnClose = true;
  if (attempt.closings > 0) attempt.break();
}

function envelope(body: unknown): SlackEnvelope & { readonly acks: unknown[] } {
  const acks: unknown[] = [];
  return {
    type: 'events_api',
    body,
    acks,
    ack(payload) {
      acks.push(payload);
      return Promise.resolve();
    },
  };
}

describe('slack socket', () => {
  test('starts when Slack has said hello', async () => {
    const { supervisor, at, healths, attempts, settle } = setUp();
    let isStarted = false;
    const starting = supervisor.start().then(() => {
      isStarted = true;
    });
    await settle();
    expect([isStarted, attempts.length]).toEqual([false, 1]);
    at(0).succeed();
    await starting;
    expect(healths).toEqual([{ state: 'ready' }]);
  });

  test('a start with a bad token rejects and leaves nothing behind; it may be tried again', async () => {
    const { supervisor, at, clock, attempts, live } = setUp();
    const starting = supervisor.start();
    at(0).fail(refused('invalid_auth'));
    await expect(starting).rejects.toMatchObject({ code: 'auth_failed' });
    await clock.advance(600_000);
    expect([attempts.length, live()]).toEqual([1, 0]);
    const again = supervisor.start();
    at(1).succeed();
    await again;
  });

  test('an envelope is acknowledged with what delivery says, and not at all when it says no', async () => {
    const { started, at, answer, delivered, settle } = setUp();
    await started();
    const plain = envelope('a');
    at(0).handlers.onEnvelope(plain);
    await settle();
    expect(plain.acks).toEqual([undefined]);
    answer(() => Promise.resolve({ isAcknowledged: true, payload: { response_action: 'clear' } }));
    const full = envelope('b');
    at(0).handlers.onEnvelope(full);
    await settle();
    expect(full.acks).toEqual([{ response_action: 'clear' }]);
    answer(() => Promise.resolve({ isAcknowledged: false }));
    const none = envelope('c');
    at(0).handlers.onEnvelope(none);
    await settle();
    expect(none.acks).toEqual([]);
    expect(delivered).toEqual(['a', 'b', 'c']);
  });

  test('an acknowledgement that comes too late for its socket is no failure', async () => {
    const { started, at, logger, settle } = setUp();
    await started();
    at(0).handlers.onEnvelope({
      type: 'events_api',
      body: 'a',
      ack: () => Promise.reject(new Error('not ready')),
    });
    await settle();
    expect(logger.of('slack_not_acknowledged')).toHaveLength(1);
  });

  test('before an announced end the next socket is opened, and the old one ends after it', async () => {
    const { started, at, attempts, settle, healths, highest } = setUp();
    await started();
    at(0).handlers.onNotice('warning');
    await settle();
    expect(attempts).toHaveLength(2);
    expect(at(0).closings).toBe(0);
    at(1).succeed();
    await settle();
    expect(at(0).closings).toBe(1);
    expect(at(1).isOpen).toBe(true);
    expect(highest()).toBe(2);
    expect(healths.every((health) => health.state === 'ready')).toBe(true);
  });

  test('the old socket is not left before what came over it is acknowledged, for three seconds', async () => {
    const { started, at, answer, clock, settle } = setUp();
    await started();
    const slow = Promise.withResolvers<SlackAnswer>();
    answer(() => slow.promise);
    const pending = envelope('a');
    at(0).handlers.onEnvelope(pending);
    at(0).handlers.onNotice('refresh_requested');
    await settle();
    at(1).succeed();
    await clock.advance(2_000);
    expect(at(0).closings).toBe(0);
    slow.resolve({ isAcknowledged: true });
    await settle();
    expect(pending.acks).toEqual([undefined]);
    expect(at(0).closings).toBe(1);

    answer(() => new Promise(() => undefined));
    at(1).handlers.onEnvelope(envelope('b'));
    at(1).handlers.onNotice('warning');
    await clock.advance(1_000);
    at(2).succeed();
    await clock.advance(2_999);
    expect(at(1).closings).toBe(0);
    await clock.advance(1);
    expect(at(1).closings).toBe(1);
  });

  test('never more than two sockets, also when one does not go', async () => {
    const { started, at, attempts, clock, highest, live } = setUp();
    await started();
    at(0).endsOnClose = false;
    at(0).handlers.onNotice('warning');
    await clock.advance(0);
    at(1).succeed();
    await clock.advance(0);
    at(1).handlers.onNotice('warning');
    await clock.advance(60_000);
    expect([attempts.length, live()]).toEqual([2, 2]);
    at(0).break();
    await clock.advance(60_000);
    expect([attempts.length, live(), highest()]).toEqual([3, 2, 2]);
  });

  test('a lost socket is replaced at once, then after 1, 2, 4 … 30 s, and a healthy minute starts afresh', async () => {
    const { started, at, attempts, clock } = setUp();
    await started();
    at(0).break();
    const waits: number[] = [];
    for (let index = 1; index <= 8; index += 1) {
      const beforeMs = clock.monotonicMs();
      while (attempts.length <= index) await clock.advance(500);
      waits.push(at(index).atMs - beforeMs);
      at(index).fail(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
      await clock.advance(0);
    }
    expect(waits.map((ms) => Math.round(ms / 1_000))).toEqual([0, 1, 2, 4, 8, 16, 30, 30]);
    await clock.advance(30_000);
    at(9).succeed();
    await clock.advance(60_000);
    at(9).handlers.onNotice('warning');
    await clock.advance(0);
    expect(attempts).toHaveLength(11);
  });

  test('a socket that breaks after a healthy minute is replaced at once, however often that happened before', async () => {
    const { started, at, attempts, clock } = setUp();
    await started();
    for (let day = 0; day < 8; day += 1) {
      await clock.advance(60_000);
      at(day).break();
      await clock.advance(0);
      expect(attempts).toHaveLength(day + 2);
      at(day + 1).succeed();
      await clock.advance(0);
    }
  });

  test('while the old socket serves on, openings that fail are spaced like all others', async () => {
    const { started, at, attempts, clock } = setUp();
    await started();
    await clock.advance(600_000);
    at(0).handlers.onNotice('warning');
    for (let round = 0; round < 300; round += 1) {
      await clock.advance(100);
      at(attempts.length - 1).fail(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    }
    // Half a minute: at once, then 1, 2, 4, 8 and 16 s apart.
    expect(attempts.length).toBeLessThanOrEqual(6);
  });

  test('sockets that end as soon as they begin do not make a hot loop', async () => {
    const { started, at, attempts, clock } = setUp();
    await started();
    for (let round = 0; round < 600; round += 1) {
      const last = at(attempts.length - 1);
      if (!last.isOpen && last.closings === 0) last.succeed();
      await clock.advance(0);
      if (last.isOpen) last.handlers.onNotice('too_many_websockets');
      await clock.advance(100);
    }
    // A minute: at once, then 1, 2, 4, 8, 16 and 30 s apart.
    expect(attempts.length).toBeLessThanOrEqual(8);
  });

  test('health says what is wrong and since when, and says ready again', async () => {
    const { started, at, clock, healths } = setUp();
    await started();
    await clock.advance(60_000);
    at(0).break();
    expect(healths.at(-1)).toMatchObject({ state: 'degraded', detail: expect.stringContaining('12:06 UTC') });
    await clock.advance(0);
    at(1).fail(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    await clock.advance(0);
    expect(healths.at(-1)?.detail).toBe(
      'Slack cannot be reached: check the network. Nothing has arrived from Slack since 12:06 UTC.',
    );
    await clock.advance(1_000);
    at(2).succeed();
    await clock.advance(0);
    expect(healths.at(-1)).toEqual({ state: 'ready' });
  });

  test.each([
    ['token_revoked', 'auth_failed', 'set SLACK_APP_TOKEN to it'],
    ['missing_scope', 'not_allowed', 'connections:write'],
  ])('%s while running is told, and tried again slowly', async (word, code, words) => {
    const { started, at, attempts, clock, healths, logger } = setUp();
    await started();
    at(0).break();
    await clock.advance(0);
    at(1).fail(refused(word, { needed: 'connections:write' }));
    await clock.advance(59_999);
    expect(attempts).toHaveLength(2);
    expect(healths.at(-1)?.detail).toContain(words);
    expect(logger.of('slack_socket_refused')[0]?.fields).toMatchObject({ code });
    await clock.advance(1);
    expect(attempts).toHaveLength(3);
  });

  test('Socket Mode switched off is told, and tried again slowly', async () => {
    const { started, at, attempts, clock, healths } = setUp();
    await started();
    at(0).handlers.onNotice('link_disabled');
    at(0).break();
    await clock.advance(59_999);
    expect(attempts).toHaveLength(1);
    expect(healths.at(-1)?.detail).toContain('Socket Mode is switched off');
    await clock.advance(1);
    expect(attempts).toHaveLength(2);
  });

  test('Slack says how long to wait before the next opening', async () => {
    const { started, at, attempts, clock } = setUp();
    await started();
    at(0).break();
    await clock.advance(0);
    at(1).fail(Object.assign(new Error('limited'), { retryAfter: 45 }));
    await clock.advance(44_999);
    expect(attempts).toHaveLength(2);
    await clock.advance(1);
    expect(attempts).toHaveLength(3);
  });

  test('while the next socket cannot be opened, the old one stays and keeps the channel ready', async () => {
    const { started, at, clock, healths, delivered } = setUp();
    await started();
    at(0).handlers.onNotice('warning');
    await clock.advance(0);
    at(1).fail(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    await clock.advance(0);
    expect(healths).toEqual([{ state: 'ready' }]);
    at(0).handlers.onEnvelope(envelope('still here'));
    expect(delivered).toEqual(['still here']);
    at(0).break();
    expect(healths.at(-1)?.state).toBe('degraded');
    await clock.advance(1_000);
    at(2).succeed();
    await clock.advance(0);
    expect(healths.at(-1)).toEqual({ state: 'ready' });
  });

  test('stopping closes everything, delivers nothing more, opens nothing more, and is safe twice', async () => {
    const { started, supervisor, at, attempts, clock, delivered, live } = setUp();
    await started();
    at(0).handlers.onNotice('warning');
    await clock.advance(0);
    at(1).succeed();
    at(0).endsOnClose = false;
    await clock.advance(0);
    const stopping = supervisor.stop();
    at(1).handlers.onEnvelope(envelope('late'));
    await clock.advance(0);
    at(0).break();
    await stopping;
    await supervisor.stop();
    await clock.advance(600_000);
    expect([attempts.length, live(), delivered]).toEqual([2, 0, []]);
    expect(clock.waiting()).toBe(0);
  });

  test('stopping during the start makes it reject and leaves no socket', async () => {
    const { supervisor, live, at } = setUp();
    const starting = supervisor.start().catch((error: unknown) => error);
    await supervisor.stop();
    expect(await starting).toBeInstanceOf(Error);
    expect(live()).toBe(0);
    at(0).handlers.onEnvelope(envelope('late'));
  });

  test('stopping at the very moment of the hello leaves no socket either', async () => {
    const { supervisor, live, at, settle } = setUp();
    const starting = supervisor.start().catch((error: unknown) => error);
    at(0).succeed();
    at(0).endsOnClose = false;
    let isStopped = false;
    const stopping = supervisor.stop().then(() => {
      isStopped = true;
    });
    await settle();
    expect([isStopped, at(0).closings]).toEqual([false, 1]);
    at(0).break();
    await stopping;
    expect(live()).toBe(0);
    expect(await starting).toMatchObject({ code: 'aborted' });
  });

  test('stopping while it waits to try again ends the waiting', async () => {
    const { started, supervisor, at, clock, attempts } = setUp();
    await started();
    at(0).break();
    await clock.advance(0);
    at(1).fail(refused('invalid_auth'));
    await clock.advance(0);
    await supervisor.stop();
    await clock.advance(600_000);
    expect(attempts).toHaveLength(2);
    expect(clock.waiting()).toBe(0);
  });

  test('stop before start is nothing', async () => {
    const { supervisor, attempts } = setUp();
    await supervisor.stop();
    expect(attempts).toEqual([]);
  });

  test('whatever happens to sockets: never more than two, one in the end, none after the stop', async () => {
    const act = fc.oneof(
      fc.constantFrom(...Object.keys(mishaps)),
      fc.constantFrom(0, 10, 1_000, 5_000, 70_000),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(act, fc.nat(3)), { maxLength: 40 }), async (acts) => {
        const { started, supervisor, at, attempts, clock, highest, live, healths } = setUp();
        await started();
        for (const [what, back] of acts) {
          if (typeof what === 'number') await clock.advance(what);
          else mishaps[what]?.(at(Math.max(0, attempts.length - 1 - back)));
          await clock.advance(0);
          expect(highest()).toBeLessThanOrEqual(2);
        }
        // Then all is well: goodbyes are answered, openings succeed.
        for (let round = 0; round < 6; round += 1) {
          for (const attempt of attempts) calm(attempt);
          at(attempts.length - 1).succeed();
          await clock.advance(70_000);
        }
        expect([live(), highest() <= 2, healths.at(-1)]).toEqual([1, true, { state: 'ready' }]);
        await supervisor.stop();
        expect([live(), clock.waiting()]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });

  test('no secret is in a log', async () => {
    const { started, at, clock, logger } = setUp();
    await started();
    at(0).break();
    await clock.advance(0);
    at(1).fail(new Error('GET wss://host/link/?ticket=abc with xapp-secret failed'));
    await clock.advance(0);
    const [entry] = logger.of('slack_socket_failed');
    expect(entry).toBeDefined();
    const { error } = entry?.fields ?? {};
    expect(error instanceof Error ? String(error.cause) : '').not.toMatch(/secret|ticket/);
  });
});
