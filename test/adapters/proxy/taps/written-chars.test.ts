import { describe, expect, it } from 'vitest';
import { anthropicMessages } from '../../../../adapters/proxy/dialects/anthropic-messages.ts';
import { openAiChat } from '../../../../adapters/proxy/dialects/openai-chat.ts';
import { openAiResponses } from '../../../../adapters/proxy/dialects/openai-responses.ts';
import { writtenChars } from '../../../../adapters/proxy/taps/written-chars.ts';
import { eventBytes, resultOf } from './written-answers.ts';

type Dialect = typeof openAiChat;

/** In tokens, of an answer in events. */
function estimated({ tap }: Dialect, ...events: readonly (object | string)[]): number | undefined {
  const texts = events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event)));
  return resultOf(tap('text/event-stream'), [eventBytes(texts)]).estimatedTokens;
}

function estimatedOfBody({ tap }: Dialect, body: string): number | undefined {
  return resultOf(tap('application/json'), [new TextEncoder().encode(body)]).estimatedTokens;
}

const chars = (count: number): string => 'x'.repeat(count);

describe('what a model wrote where its server tells no usage', () => {
  it('is in every choice, and in reasoning and calls, of a chat', () => {
    const delta = (index: number, said: object): object => ({ choices: [{ index, delta: said }] });
    const called = {
      tool_calls: [
        { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: chars(4_999) } },
      ],
    };
    const events = [
      delta(0, { role: 'assistant', content: chars(40) }),
      delta(1, { content: chars(400) }),
      delta(0, { reasoning_content: chars(4_000) }),
      delta(2, called),
      '[DONE]',
    ];
    expect(estimated(openAiChat, ...events)).toBe(10 + 100 + 1_000 + 1_250);
    const choices = [1, 0].map((index) => ({
      index,
      message: { content: chars(40) },
      finish_reason: 'stop',
    }));
    expect(estimatedOfBody(openAiChat, JSON.stringify({ choices }))).toBe(20);
  });

  it('is thinking, text and what tools are asked for, and not what the server’s own found', () => {
    const start = (index: number, content_block: object): object => ({
      type: 'content_block_start',
      index,
      content_block,
    });
    const delta = (index: number, said: object): object => ({
      type: 'content_block_delta',
      index,
      delta: said,
    });
    const events = [
      {
        type: 'message_start',
        message: { id: 'm', content: [], usage: { input_tokens: 9, output_tokens: 1 } },
      },
      start(0, { type: 'thinking', thinking: '' }),
      delta(0, { type: 'thinking_delta', thinking: chars(4_000) }),
      start(1, { type: 'web_search_tool_result', content: [{ encrypted_content: chars(90_000) }] }),
      start(2, { type: 'tool_use', id: 'toolu_1', name: 'find', input: {} }),
      delta(2, { type: 'input_json_delta', partial_json: chars(396) }),
    ];
    // Its usage was told at the beginning, before anything was written.
    expect(estimated(anthropicMessages, ...events)).toBe(1_100);
    const stop = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } };
    expect(estimated(anthropicMessages, ...events, stop)).toBeUndefined();
  });

  it('is in pieces or in whole items of a response, and counts once', () => {
    const piece = { type: 'response.output_text.delta', output_index: 1, delta: chars(400) };
    const thought = { type: 'response.reasoning_text.delta', output_index: 0, delta: chars(4_000) };
    const item = (index: number, type: string, text: string): object => ({
      type: 'response.output_item.done',
      output_index: index,
      item: { type, id: 'i', content: [{ type: 'text', text }] },
    });
    expect(estimated(openAiResponses, thought, piece)).toBe(1_100);
    expect(estimated(openAiResponses, thought, piece, item(1, 'message', chars(400)))).toBe(1_100);
    expect(
      estimated(openAiResponses, item(0, 'reasoning', chars(4_000)), item(1, 'message', chars(400))),
    ).toBe(1_100);
  });

  it.each([openAiChat, openAiResponses, anthropicMessages])(
    'of half a body is known by its size',
    (dialect) => {
      expect(estimatedOfBody(dialect, `{"choices":[{"message":{"content":"${chars(4_000)}`)).toBeGreaterThan(
        1_000,
      );
    },
  );
});

describe('the size of a piece', () => {
  it('is that of its texts, without names, quotes, pictures and sound', () => {
    const said = { type: 'text', text: 'abc', parts: [{ more: ['de', null, 5] }] };
    const beside = {
      id: 'x',
      role: 'x',
      call_id: 'x',
      citations: ['x'],
      image_url: 'x',
      audio: { data: 'x' },
    };
    expect(writtenChars({ ...said, ...beside })).toBe(5);
    expect([writtenChars('abc'), writtenChars(undefined), writtenChars(null), writtenChars(7)]).toEqual([
      3, 0, 0, 0,
    ]);
  });

  it('is found however deeply it is nested', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(5_000)}"abc"${']'.repeat(5_000)}`);
    expect(writtenChars(deep)).toBe(3);
  });
});
