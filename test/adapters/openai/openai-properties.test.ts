import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOpenAiModel } from '../../../adapters/openai/openai-model.ts';
import { createReasoningFilter } from '../../../adapters/openai/reasoning-filter.ts';
import { retryAfterMs } from '../../../adapters/openai/retry-after.ts';
import { parseChunk } from '../../../adapters/openai/wire.ts';
import type { ModelEvent } from '../../../core/domain/model.ts';
import { collect, expectWellFormed, plainRequest } from '../../contract/model.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

async function answerTo(response: () => Response): Promise<readonly ModelEvent[]> {
  const clock = createFakeClock();
  const model = createOpenAiModel({
    model: 'm',
    apiKey: 'sk-secret-of-the-test',
    fetch: async () => response(),
    clock,
    ids: createSequentialIds(),
    logger: createMemoryLogger(),
  });
  const events = await collect(model.stream(plainRequest, new AbortController().signal));
  expect(clock.waiting()).toBe(0);
  return events;
}

const fragment = fc.oneof(
  fc.constantFrom(
    'data: ',
    '\n\n',
    '\r\n\r\n',
    '[DONE]',
    'event: error\n',
    ': comment\n\n',
    'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n',
    'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}}]}\n\n',
    'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"function":{"arguments":"}"}}]}}]}\n\n',
    'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
    'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n',
    'data: {"error":{"message":"no"}}\n\n',
    'data: [DONE]\n\n',
    '<think>',
  ),
  fc.json().map((json) => `data: ${json}\n\n`),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

describe('any bytes', () => {
  test('give a well-formed end, whatever the status and the type', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fragment.map((text) => new TextEncoder().encode(text)),
            fc.uint8Array({ maxLength: 30 }),
          ),
          {
            maxLength: 12,
          },
        ),
        fc.constantFrom(200, 200, 200, 200, 201, 400, 401, 404, 429, 500, 503),
        fc.constantFrom(
          'text/event-stream',
          'text/event-stream',
          'application/json',
          'text/html',
          'text/plain',
        ),
        async (pieces, status, type) => {
          const body = (): ReadableStream<Uint8Array> => ReadableStream.from(pieces);
          const events = await answerTo(
            () => new Response(body(), { status, headers: { 'content-type': type } }),
          );
          expectWellFormed(events);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a secret that the server echoes is in no error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(400, 401, 402, 403, 404, 413, 418, 422, 429, 500),
        fc.string({ maxLength: 20 }),
        fc.string({ maxLength: 20 }),
        async (status, before, after) => {
          const message = `${before}sk-secret-of-the-test${after}`;
          const events = await answerTo(() =>
            Response.json({ error: { message, code: message } }, { status }),
          );
          const last = events.at(-1);
          if (last?.type !== 'failed') throw new Error('a failure was expected');
          const seen = [
            last.error.message,
            String(last.error.cause),
            JSON.stringify(last.error.details),
          ].join(' ');
          expect(seen).not.toContain('secret-of-the-test');
        },
      ),
      { numRuns: 300 },
    );
  });

  test('any value is a chunk or none, never a throw', () => {
    void fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (value) => {
        parseChunk(value);
        parseChunk({ choices: [{ delta: value }] });
        parseChunk({ choices: [{ delta: { content: value, tool_calls: value } }], usage: value });
      }),
      { numRuns: 10_000 },
    );
  });

  test('any retry-after is a wait from now on, or none', () => {
    void fc.assert(
      fc.property(fc.string(), fc.string(), fc.date({ noInvalidDate: true }), (value, milliseconds, now) => {
        const headers = new Headers();
        for (const [name, text] of [
          ['retry-after', value],
          ['retry-after-ms', milliseconds],
        ] as const) {
          if (/^[\x20-\x7e]*$/.test(text)) headers.set(name, text);
        }
        const wait = retryAfterMs(headers, now.getTime());
        if (wait !== undefined) {
          expect(Number.isFinite(wait)).toBe(true);
          expect(wait).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('the reasoning filter', () => {
  const filtered = (pieces: readonly string[]): string => {
    const filter = createReasoningFilter();
    return pieces.map((piece) => filter.add(piece)).join('') + filter.end();
  };
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom('<think>', '</think>', '<th', 'ink>', '\n', ' ', 'word', '<'),
        fc.string({ maxLength: 5 }),
      ),
    )
    .map((parts) => parts.join(''));

  test('gives the same text however the pieces are cut', () => {
    void fc.assert(
      fc.property(text, fc.array(fc.nat(30)), (whole, cuts) => {
        const pieces: string[] = [];
        let rest = whole;
        for (const cut of cuts) {
          pieces.push(rest.slice(0, cut));
          rest = rest.slice(cut);
        }
        expect(filtered([...pieces, rest])).toBe(filtered([whole]));
      }),
      { numRuns: 10_000 },
    );
  });

  test('leaves text that does not begin with a thought as it is, but for blank lines in front', () => {
    void fc.assert(
      fc.property(text, (whole) => {
        fc.pre(!whole.trimStart().startsWith('<think>') && whole.trim() !== '');
        expect(filtered([whole])).toBe(whole.replace(/^\s*\n/, ''));
      }),
      { numRuns: 10_000 },
    );
  });
});

test('the SDK is loaded with the first request, not before', () => {
  const folder = join(import.meta.dirname, '../../../adapters/openai');
  for (const name of readdirSync(folder)) {
    const source = readFileSync(join(folder, name), 'utf8');
    const eager = source.match(/^import (?!type ).*from 'openai.*$/gm) ?? [];
    expect(eager, name).toEqual([]);
  }
});
