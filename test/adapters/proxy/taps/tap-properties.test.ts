import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TapResult } from '../../../../adapters/proxy/dialect-port.ts';
import { chunksOf, eventBytes, resultOf, writings, writtenDialects } from './written-answers.ts';

const events = 'text/event-stream; charset=utf-8';
const json = 'application/json';
const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 300 })), {
  minLength: 1,
  maxLength: 5,
});

/** The estimate is of what was written on the way, which a stream repeats in part. */
function exact({ estimatedTokens: _, ...told }: TapResult): Omit<TapResult, 'estimatedTokens'> {
  return told;
}

describe.each(writtenDialects)('the tap of $name', ({ tapFor, answers }) => {
  it('tells of a stream what it tells of the body, however the stream is written and cut', () => {
    fc.assert(
      fc.property(answers, writings, cuts, (answer, writing, lengths) => {
        const body = resultOf(tapFor(json), [new TextEncoder().encode(answer.body)]);
        const streamed = resultOf(tapFor(events), chunksOf(eventBytes(answer.events, writing), lengths));
        expect(body.isWhole).toBe(true);
        expect(exact(streamed)).toEqual(exact(body));
      }),
      { numRuns: 300 },
    );
  });

  it('reads a body that is cut anywhere', () => {
    fc.assert(
      fc.property(answers, cuts, (answer, lengths) => {
        const bytes = new TextEncoder().encode(answer.body);
        expect(resultOf(tapFor(json), chunksOf(bytes, lengths))).toEqual(resultOf(tapFor(json), [bytes]));
      }),
    );
  });

  it('takes no answer for whole that was cut off before its end', () => {
    fc.assert(
      fc.property(answers, fc.double({ min: 0, max: 1, noNaN: true }), (answer, share) => {
        // Without what tells of the end: for a chat that is the last chunk with a choice and whatever follows it.
        const endsAt = answer.events.findLastIndex((data) =>
          /finish_reason":"|"response\.|stop_reason":"/.test(data),
        );
        const begun = answer.events.slice(0, Math.floor(share * endsAt));
        const cut = resultOf(tapFor(events), [eventBytes(begun)]);
        expect(cut.isWhole).toBe(false);
        expect(cut.awaitsTools).toBe(false);
      }),
    );
  });

  it('tells the same of any bytes however they are cut, and never throws', () => {
    const fragments = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc
          .constantFrom(
            'data: ',
            'data',
            '\n',
            '\r',
            '\r\n\r\n',
            '\uFEFF',
            ': x\n',
            'data: [DONE]\n\n',
            '{',
            'data: null\n\n',
            'data: {"choices":[{"delta":{"content":"a","tool_calls":[{"index":0,"id":"b"}]}}]}\n\n',
            'data: {"choices":[null,{"index":{},"delta":[]}],"usage":[],"id":3}\n\n',
            'data: {"choices":[{"delta":{"content":[{"type":"text","text":"c"},4]},"finish_reason":"stop"}]}\n\n',
            'data: {"type":"response.output_item.done","output_index":1,"item":{"type":"function_call"}}\n\n',
            'data: {"type":"response.output_text.delta","output_index":-1,"delta":"d"}\n\n',
            'data: {"type":"response.completed","response":{"output":[{"type":"__proto__"}],"usage":{"input_tokens":-1}}}\n\n',
            'data: {"type":"__proto__"}\n\n',
            'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"é"}}\n\n',
            'data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","input":[1]}}\n\n',
            'data: {"type":"message_delta","delta":null,"usage":{"output_tokens":1e999}}\n\n',
          )
          .map((piece) => new TextEncoder().encode(piece)),
      ),
      { maxLength: 12 },
    );
    const types = fc.constantFrom(events, json, '', 'text/plain', 'multipart/x');
    fc.assert(
      fc.property(fragments, types, cuts, (parts, contentType, lengths) => {
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
        const whole = resultOf(tapFor(contentType), [bytes]);
        expect(resultOf(tapFor(contentType), chunksOf(bytes, lengths))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  it('finds out what it is given where the content type does not tell', () => {
    fc.assert(
      fc.property(
        answers,
        fc.constantFrom('', 'text/plain', 'application/octet-stream'),
        (answer, contentType) => {
          const body = new TextEncoder().encode(` \n${answer.body}`);
          const expected = resultOf(tapFor(json), [body]);
          expect(resultOf(tapFor(contentType), chunksOf(body, [1]))).toEqual(expected);
          const streamed = resultOf(tapFor(contentType), [eventBytes(answer.events)]);
          expect(exact(streamed)).toEqual(exact(expected));
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    ['nothing', ''],
    ['an empty object', '{}'],
    ['an end alone', 'data: [DONE]\n\n'],
    ['compressed bytes', '\u001f\u008b\u0008\u0000\u0003garbage'],
    ['a web page', '<!doctype html><title>502</title>'],
    ['an error', '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'],
    ['an empty list', '[]'],
    ['half a body', '{"choices":[{"message":{"content":"a"'],
  ])('takes %s for no answer, of which only the size is known', (_, content) => {
    const bytes = Buffer.from(content, 'latin1');
    const estimatedTokens = Math.ceil(bytes.length / 4);
    for (const contentType of [events, json, '']) {
      const result = resultOf(tapFor(contentType), [bytes]);
      expect(result).toEqual({
        isWhole: false,
        text: '',
        firstAnswer: '',
        awaitsTools: false,
        estimatedTokens,
      });
    }
  });

  it('tells the same again, and hears nothing after its end', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const tap = tapFor(events);
        const bytes = eventBytes(answer.events);
        const result = resultOf(tap, [bytes]);
        tap.push(bytes);
        expect(tap.end()).toEqual(result);
      }),
      { numRuns: 20 },
    );
  });
});
