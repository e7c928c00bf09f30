import { describe, expect, test } from 'vitest';
import { createControlLink } from '../../../adapters/terminal/control-link.ts';
import { joinTerminal } from '../../../adapters/terminal/control-session.ts';
import type { TerminalOutput } from '../../../adapters/terminal/link.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

const post = (body: string): Request =>
  new Request('http://127.0.0.1/control/terminal/input', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
const good = JSON.stringify({ kind: 'line', inputId: 'in_1', enteredAt: 1, text: 'hi' });

describe('control link', () => {
  test('what is not a line is refused before the channel sees it', async () => {
    const { link, mount } = createControlLink(createFakeClock());
    const taken: string[] = [];
    expect((await mount.fetch(post(good))).status).toBe(503);
    link.listen(async (input) => void taken.push(input.text));
    for (const body of [
      '',
      '{',
      '[]',
      '{"kind":"line"}',
      good.replace('in_1', '../x'),
      good.replace('"hi"', JSON.stringify('x'.repeat(32_001))),
    ]) {
      expect((await mount.fetch(post(body))).status).toBe(400);
    }
    expect((await mount.fetch(post(good))).status).toBe(200);
    expect(taken).toEqual(['hi']);
    expect((await mount.fetch(new Request('http://127.0.0.1/control/terminal/other'))).status).toBe(404);
  });

  test('with nobody there messages wait; the next one to come gets each whole and once', async () => {
    const { link, mount, close } = createControlLink(createFakeClock());
    link.listen(async () => {});
    link.show({ kind: 'append', messageId: 'm1', text: 'Wor' });
    link.show({ kind: 'close', messageId: 'm1', text: 'Words.' });
    const join = () =>
      joinTerminal({
        address: 'http://127.0.0.1',
        token: 't',
        fetch: async (url, init) => mount.fetch(new Request(url, init)),
      });
    const first = await join();
    const seen: TerminalOutput[] = [];
    const got = new Promise<void>((resolve) => {
      first.watch((output) => {
        seen.push(output);
        if (output.kind === 'message' && output.messageId === 'm2') resolve();
      });
    });
    link.show({ kind: 'message', messageId: 'm2', text: 'More.' });
    await got;
    expect(seen).toEqual([
      { kind: 'message', messageId: 'm1', text: 'Words.' },
      { kind: 'message', messageId: 'm2', text: 'More.' },
    ]);
    link.listen(undefined);
    close();
    expect(await first.ended).toBe('The bot has stopped.');
    await expect(join()).rejects.toMatchObject({ code: 'overloaded' });
  });

  test('a silent stream gives a sign of life, as long as somebody reads it', async () => {
    const clock = createFakeClock();
    const { link, mount } = createControlLink(clock);
    link.listen(async () => {});
    const response = await mount.fetch(new Request('http://127.0.0.1/control/terminal/events'));
    const reader = response.body?.getReader();
    const next = async (): Promise<string> => new TextDecoder().decode((await reader?.read())?.value);
    expect(await next()).toBe(': connected\n\n');
    for (let minute = 0; minute < 10; minute += 1) {
      await clock.advance(60_000);
      expect([await next(), await next()]).toEqual([': connected\n\n', ': connected\n\n']);
    }
    await reader?.cancel();
    expect(clock.waiting()).toBe(0);
  });

  test('a wrong token and nobody listening are told apart', async () => {
    const join = (fetch: typeof globalThis.fetch) =>
      joinTerminal({ address: 'http://127.0.0.1', token: 't', fetch });
    await expect(join(async () => new Response('', { status: 401 }))).rejects.toMatchObject({
      code: 'auth_failed',
    });
    await expect(join(() => Promise.reject(new TypeError('fetch failed')))).rejects.toMatchObject({
      code: 'network',
      retryable: true,
    });
  });
});
