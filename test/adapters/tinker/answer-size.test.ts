import { describe, expect, test } from 'vitest';
import { createHttp, jsonOf } from '../../../adapters/tinker/http.ts';
import { mostBytesOf } from '../../../adapters/tinker/most-bytes.ts';
import { readBody } from '../../../adapters/tinker/read-body.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { never, withRig } from './rig.ts';

/** A body that never ends, in pieces of so many bytes. */
function endless(piece: number): { readonly stream: ReadableStream<Uint8Array>; given(): number } {
  let given = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        given += piece;
        controller.enqueue(new Uint8Array(piece).fill(97));
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, given: () => given };
}

describe('a body', () => {
  test('is read whole as long as it fits', async () => {
    const body = (text: string) => readBody(new Response(text), 6);
    expect(await body('')).toEqual({ bytes: new Uint8Array(), isWhole: true });
    expect(await readBody(new Response(null), 6)).toEqual({ bytes: new Uint8Array(), isWhole: true });
    expect(await body('abcdef')).toEqual({ bytes: new TextEncoder().encode('abcdef'), isWhole: true });
    const parts = ReadableStream.from([Uint8Array.of(1, 2), Uint8Array.of(3), Uint8Array.of(4, 5, 6)]);
    const read = await readBody(new Response(parts), 6);
    expect([...read.bytes, read.isWhole]).toEqual([1, 2, 3, 4, 5, 6, true]);
  });

  test('is given up where it has more, and no more of it is fetched', async () => {
    const { stream, given } = endless(10);
    const { bytes, isWhole } = await readBody(new Response(stream), 25);
    expect([bytes.length, isWhole, given()]).toEqual([25, false, 30]);
    await Promise.resolve();
    expect(given()).toBe(30);
  });
});

describe('answers', () => {
  test('have room by what was asked', () => {
    const megabytes = (path: string): number => mostBytesOf(path) / 1_000_000;
    expect(megabytes('get_server_capabilities')).toBe(16);
    expect(megabytes('checkpoints?limit=100&offset=0')).toBe(16);
    expect(megabytes('retrieve_future')).toBe(512);
    expect(megabytes('training_runs/r/checkpoints/weights/x/archive')).toBe(4_000);
    expect(megabytes('https://store.example/x')).toBe(4_000);
  });

  test('that never end are a bad reply', async () => {
    const { stream, given } = endless(1_000_000);
    const fetch = async (): Promise<Response> => new Response(stream);
    const http = createHttp({ baseUrl: 'http://x.example', fetch, clock: createFakeClock() });
    const call = { method: 'GET', path: 'healthz', what: 'healthz', timeoutMs: 1 } as const;
    await expect(http.send(call, never())).rejects.toMatchObject({ code: 'bad_reply' });
    expect(given()).toBe(17_000_000);
  });

  test('that refuse are told by their beginning', async () => {
    const { stream } = endless(600_000);
    const fetch = async (): Promise<Response> => new Response(stream, { status: 418 });
    const http = createHttp({ baseUrl: 'http://x.example', fetch, clock: createFakeClock() });
    const call = { method: 'GET', path: 'x/archive', what: 'archive', timeoutMs: 1 } as const;
    const { status, body } = await http.send(call, never());
    expect([status, body.length]).toEqual([418, 1_000_000]);
  });

  test('that are no text of JSON are none', () => {
    const reply = (body: Uint8Array) => ({ status: 200, headers: new Headers(), body });
    expect(jsonOf(reply(Buffer.from('{"a":1}')))).toEqual({ a: 1 });
    expect(jsonOf(reply(new Uint8Array()))).toBeUndefined();
    expect(jsonOf(reply(Buffer.from('<html>')))).toBeUndefined();
  });

  test('that are too long leave nothing going on', async () => {
    await withRig('tinker', {}, async (rig) => {
      await rig.done(rig.trainer.models(never()));
      const text = JSON.stringify({ supported_models: [], rest: 'x'.repeat(16_000_000) });
      rig.fake.failNext('get_server_capabilities', { kind: 'malformed', text });
      expect((await rig.failure(rig.trainer.models(never()))).code).toBe('bad_reply');
      await rig.done(rig.trainer.models(never()));
    });
  });
});
