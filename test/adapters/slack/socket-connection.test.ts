import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  CLOSE_TIMEOUT_MS,
  openConnection,
  type SocketClientSlice,
} from '../../../adapters/slack/socket-connection.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

/** A client of the SDK whose network never does anything by itself. */
function setUp() {
  const clock = createFakeClock();
  const emitter = new EventEmitter();
  const calls: string[] = [];
  let closings = 0;
  const client: SocketClientSlice = {
    start() {
      calls.push('start');
      return new Promise(() => undefined);
    },
    disconnect() {
      calls.push('disconnect');
      return new Promise(() => undefined);
    },
    on: (event, listener) => emitter.on(event, listener),
    listeners: (event) =>
      emitter.listeners(event).map(
        (listener) =>
          (...args) =>
            listener(...args),
      ),
    removeAllListeners: (event) => emitter.removeAllListeners(event),
  };
  const opening = openConnection(
    {
      client,
      clock,
      openTimeoutMs: 20_000,
      signal: new AbortController().signal,
      cut: () => calls.push('cut'),
    },
    {
      onEnvelope: () => undefined,
      onNotice: () => undefined,
      onClosed() {
        closings += 1;
      },
    },
  );
  const hello = (): boolean => emitter.emit('ws_message', JSON.stringify({ type: 'hello' }), false);
  return { clock, emitter, calls, opening, hello, closings: () => closings };
}

describe('one connection to Slack', () => {
  test('a goodbye that is not answered within a second is cut', async () => {
    const { clock, calls, opening, hello, closings } = setUp();
    hello();
    const socket = await opening;
    const closing = socket.close();
    await clock.advance(CLOSE_TIMEOUT_MS - 1);
    expect([calls, closings()]).toEqual([['start', 'disconnect'], 0]);
    await clock.advance(1);
    await closing;
    expect([calls, closings()]).toEqual([['start', 'disconnect', 'cut'], 1]);
    expect(clock.waiting()).toBe(0);
  });

  test('a goodbye that is answered is not cut, and what the SDK says twice counts once', async () => {
    const { clock, emitter, calls, opening, hello, closings } = setUp();
    hello();
    const socket = await opening;
    const closing = socket.close();
    emitter.emit('close');
    emitter.emit('close');
    await closing;
    await clock.advance(60_000);
    expect([calls, closings(), clock.waiting()]).toEqual([['start', 'disconnect'], 1, 0]);
  });

  test('a hello that does not come in time is cut', async () => {
    const { clock, calls, opening, closings } = setUp();
    const failure = opening.catch((error: unknown) => error);
    await clock.advance(19_999);
    expect(calls).toEqual(['start']);
    await clock.advance(1);
    expect(await failure).toMatchObject({ code: 'timeout', retryable: true });
    expect([calls, closings(), clock.waiting()]).toEqual([['start', 'cut'], 0, 0]);
  });
});
