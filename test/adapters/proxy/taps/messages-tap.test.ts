import { describe, expect, it } from 'vitest';
import type { TapResult } from '../../../../adapters/proxy/dialect-port.ts';
import { messagesTap } from '../../../../adapters/proxy/taps/messages-tap.ts';
import { eventBytes, resultOf } from './written-answers.ts';

function toldOf(...events: readonly object[]): TapResult {
  const data = events.map((event) => JSON.stringify(event));
  return resultOf(messagesTap('text/event-stream'), [eventBytes(data)]);
}

function toldOfBody(body: object): TapResult {
  return resultOf(messagesTap('application/json'), [new TextEncoder().encode(JSON.stringify(body))]);
}

const started = { type: 'message_start', message: { id: 'msg_1', model: 'claude-x', content: [] } };
const said = (text: string, index = 0): object => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'text_delta', text },
});
const begun = (content_block: object, index = 0): object => ({
  type: 'content_block_start',
  index,
  content_block,
});
const ended = (stop_reason: string, usage: object = {}): object => ({
  type: 'message_delta',
  delta: { stop_reason },
  usage,
});
const stopped = { type: 'message_stop' };

describe('a message', () => {
  it('is whole by its stop reason or by its end, but not without its start', () => {
    expect(toldOf(started, said('a'), ended('end_turn')).isWhole).toBe(true);
    expect(toldOf(started, said('a'), stopped).isWhole).toBe(true);
    expect(toldOf(started, said('a')).isWhole).toBe(false);
    expect(toldOf(ended('end_turn'), stopped).isWhole).toBe(false);
  });

  it('is not whole after an error, and keeps what was said', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    expect(toldOf(started, said('half'), error, stopped)).toMatchObject({ isWhole: false, text: 'half' });
  });

  it.each([
    ['tool_use', true],
    ['pause_turn', true],
    ['end_turn', false],
    ['max_tokens', false],
    ['stop_sequence', false],
    ['refusal', false],
    ['model_context_window_exceeded', false],
  ])('that ends with %s awaits tools: %s', (reason, awaitsTools) => {
    expect(toldOf(started, said('a'), ended(reason), stopped)).toMatchObject({ isWhole: true, awaitsTools });
    const content = [{ type: 'text', text: 'a' }];
    expect(toldOfBody({ content, stop_reason: reason })).toMatchObject({ isWhole: true, awaitsTools });
  });

  it('counts cached tokens as read, and takes totals as they stand last', () => {
    const usage = { input_tokens: 10, cache_creation_input_tokens: 200, cache_read_input_tokens: 3_000 };
    const start = { type: 'message_start', message: { content: [], usage: { ...usage, output_tokens: 1 } } };
    expect(toldOf(start, ended('end_turn', { output_tokens: 44 })).usage).toEqual({
      inputTokens: 3_210,
      outputTokens: 44,
    });
    const later = ended('end_turn', { output_tokens: 44, input_tokens: 11, cache_read_input_tokens: null });
    expect(toldOf(start, later).usage).toEqual({ inputTokens: 3_211, outputTokens: 44 });
    expect(toldOf(started, ended('end_turn'))).not.toHaveProperty('usage');
  });

  it('keeps a text apart from the next where something stands between them', () => {
    const text = (index: number): object => begun({ type: 'text', text: '' }, index);
    const search = begun({ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }, 1);
    const told = toldOf(started, text(0), said('I search.'), search, text(2), said('Found.', 2), stopped);
    expect(told).toMatchObject({ text: 'I search.\nFound.', awaitsTools: false });
    expect(toldOf(started, text(0), said('a '), text(1), said('b', 1), stopped).text).toBe('a b');
  });

  it('reads calls that come whole and calls whose input was cut off', () => {
    const call = { type: 'tool_use', id: 't', name: 'f' };
    expect(toldOf(started, begun({ ...call, input: { a: 1 } }), ended('tool_use')).text).toBe('→ f({"a":1})');
    const half = {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json: '{"a": ' },
    };
    expect(toldOf(started, begun({ ...call, input: {} }), half)).toMatchObject({
      text: '→ f({"a": )',
      isWhole: false,
    });
  });

  it('leaves out thinking, and reads a text that nobody began', () => {
    const thinking = {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'thinking_delta', thinking: 'hm' },
    };
    expect(toldOf(started, thinking, said('yes', 1), stopped).text).toBe('yes');
    expect(toldOf(started, begun({ type: 'thinking', thinking: '' }), said('no'), stopped).text).toBe('');
  });

  it('is no answer that only counts tokens', () => {
    expect(toldOfBody({ input_tokens: 7 })).toMatchObject({ isWhole: false, text: '' });
  });

  it('holds so many blocks and no more', () => {
    const events = Array.from({ length: 2_500 }, (_, index) =>
      begun({ type: 'tool_use', name: 'f', input: {} }, index),
    );
    expect(toldOf(started, ...events, ended('tool_use')).text.split('\n')).toHaveLength(2_000);
  });
});
