import { describe, expect, it } from 'vitest';
import type { TapResult } from '../../../../adapters/proxy/dialect-port.ts';
import { chatTap } from '../../../../adapters/proxy/taps/chat-tap.ts';
import { eventBytes, resultOf } from './written-answers.ts';

function toldOf(...chunks: readonly (object | string)[]): TapResult {
  const events = chunks.map((chunk) => (typeof chunk === 'string' ? chunk : JSON.stringify(chunk)));
  return resultOf(chatTap('text/event-stream'), [eventBytes(events)]);
}

function toldOfBody(body: object): TapResult {
  return resultOf(chatTap('application/json'), [new TextEncoder().encode(JSON.stringify(body))]);
}

const said = (content: unknown, index = 0): object => ({ choices: [{ index, delta: { content } }] });
const ended = (finish_reason: string): object => ({ choices: [{ index: 0, delta: {}, finish_reason }] });
const called = (...tool_calls: readonly object[]): object => ({
  choices: [{ index: 0, delta: { tool_calls } }],
});

describe('a chat completion', () => {
  it('is whole by its finish reason or by its end marker, but not without an answer', () => {
    expect(toldOf(said('a'), ended('stop')).isWhole).toBe(true);
    expect(toldOf(said('a'), '[DONE]').isWhole).toBe(true);
    expect(toldOf(said('a')).isWhole).toBe(false);
    expect(toldOf({ choices: [] }, '[DONE]').isWhole).toBe(false);
  });

  it('stays whole where one event is broken', () => {
    const broken = '{"choices":[{"index":0,"delta":{"content":"b"';
    expect(toldOf(said('a'), broken, said('c'), ended('stop'), '[DONE]')).toMatchObject({
      isWhole: true,
      text: 'ac',
    });
  });

  it.each([
    ['an error in the middle', { error: { message: 'overloaded', code: 502 } }],
    ['a server that gave up', ended('error')],
    ['a server out of resources', ended('insufficient_system_resource')],
  ])('is not whole after %s, and keeps what was said', (_, failure) => {
    expect(toldOf(said('half'), failure, '[DONE]')).toMatchObject({
      isWhole: false,
      text: 'half',
      awaitsTools: false,
    });
  });

  it('is the first of several choices, whichever comes first', () => {
    expect(toldOf(said('B', 1), said('A', 0), said('b', 1), said('a', 0), ended('stop')).text).toBe('Aa');
    const choices = [1, 0].map((index) => ({
      index,
      message: { content: `at ${index}` },
      finish_reason: 'stop',
    }));
    expect(toldOfBody({ choices }).text).toBe('at 0');
  });

  it('leaves reasoning out, as a field and as a part', () => {
    const parts = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
      { type: 'text', text: 'yes' },
    ];
    const reasoning = { choices: [{ delta: { reasoning_content: 'hm', reasoning: 'hm' } }] };
    expect(toldOf(reasoning, said(parts), ended('stop')).text).toBe('yes');
  });

  it.each([
    [
      'without indices',
      [
        { id: 'a', function: { name: 'f', arguments: '{"x":' } },
        { function: { arguments: '1}' } },
        { id: 'b', function: { name: 'g', arguments: '{}' } },
      ],
    ],
    [
      'all at index 0',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{"x":1}' } },
        { index: 0, id: 'b', function: { name: 'g', arguments: '{}' } },
      ],
    ],
    [
      'with the name in each fragment and arguments as an object',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } },
        { index: 0, id: 'a', function: { name: 'f', arguments: ':1}' } },
        { index: 1, id: 'b', function: { name: 'g', arguments: {} } },
      ],
    ],
    [
      'interleaved',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } },
        { index: 1, id: 'b', function: { name: 'g', arguments: '{' } },
        { index: 0, function: { arguments: ':1}' } },
        { index: 1, function: { arguments: '}' } },
      ],
    ],
    [
      'without ids',
      [{ function: { name: 'f', arguments: '{"x":1}' } }, { function: { name: 'g', arguments: '{}' } }],
    ],
  ])('puts tool calls together that come %s', (_, fragments) => {
    const told = toldOf(...fragments.map((fragment) => called(fragment)), ended('tool_calls'));
    expect(told).toMatchObject({ text: '→ f({"x":1})\n→ g({})', awaitsTools: true });
  });

  it('knows a custom tool and a function call of old', () => {
    const custom = { index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: 'select 1' } };
    expect(toldOf(called(custom), ended('tool_calls')).text).toBe('→ sql(select 1)');
    const old = { choices: [{ delta: { function_call: { name: 'f', arguments: '{}' } } }] };
    expect(toldOf(old, ended('function_call'))).toMatchObject({ text: '→ f({})', awaitsTools: true });
  });

  it('awaits tools where calls end with `stop`, not where they were cut short', () => {
    const call = called({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } });
    expect(toldOf(call, ended('stop')).awaitsTools).toBe(true);
    expect(toldOf(call, ended('length'))).toMatchObject({ isWhole: true, awaitsTools: false });
    expect(toldOf(call, ended('content_filter')).awaitsTools).toBe(false);
    expect(toldOf(call).awaitsTools).toBe(false);
    expect(toldOf(said('a'), ended('tool_calls')).awaitsTools).toBe(false);
  });

  it('shows at most 500 characters of the arguments', () => {
    const fragment = (text: string): object => called({ index: 0, function: { name: 'f', arguments: text } });
    const told = toldOf(...Array.from({ length: 100 }, () => fragment('0123456789')), ended('tool_calls'));
    expect(told.text).toBe(`→ f(${'0123456789'.repeat(50)}…)`);
  });

  it('takes names from the first chunk that has them, and no usage but what it is told', () => {
    const unnamed = { id: '', model: '', choices: [], prompt_filter_results: [] };
    const named = { id: 'chatcmpl-9', model: 'gpt-x', ...said('a'), usage: null };
    const other = { id: 'chatcmpl-10', model: 'gpt-y', ...ended('stop') };
    const told = toldOf(unnamed, named, other, '[DONE]');
    expect(told).toMatchObject({ messageId: 'chatcmpl-9', model: 'gpt-x' });
    expect(told).not.toHaveProperty('usage');
  });

  it('holds 2 MB of a text that never ends, no half of a pair', () => {
    const tap = chatTap('text/event-stream');
    const chunk = eventBytes([JSON.stringify(said('😀'.repeat(33_333)))]);
    // So that the bound lies within a pair.
    tap.push(eventBytes([JSON.stringify(said('x'))]));
    for (let turn = 0; turn < 40; turn += 1) tap.push(chunk);
    const { text, isWhole } = tap.end();
    expect(isWhole).toBe(false);
    expect(text.length).toBeGreaterThan(1_999_990);
    expect(text.length).toBeLessThanOrEqual(2_000_000);
    expect(text.isWellFormed()).toBe(true);
  });

  it('is whole although a line of 10 MB without a meaning came by', () => {
    const tap = chatTap('text/event-stream');
    tap.push(eventBytes([JSON.stringify(said('a'))]));
    tap.push(new TextEncoder().encode('data: '));
    const garbage = new Uint8Array(100_000).fill(0x78);
    for (let turn = 0; turn < 100; turn += 1) tap.push(garbage);
    tap.push(eventBytes(['', JSON.stringify(said('b')), JSON.stringify(ended('stop'))]).subarray(6));
    expect(tap.end()).toMatchObject({ isWhole: true, text: 'ab' });
  });

  it('is not understood as a body above 8 MB', () => {
    const body = (length: number): object => ({
      choices: [{ message: { content: 'a', extra: 'x'.repeat(length) }, finish_reason: 'stop' }],
    });
    expect(toldOfBody(body(8_000_000)).isWhole).toBe(true);
    expect(toldOfBody(body(8_400_000))).toMatchObject({ isWhole: false, text: '' });
  });

  it('does not trip over what is nested deeply', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const call = `{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":${deep}}}]}}]}`;
    expect(toldOf(call, ended('tool_calls'))).toMatchObject({ isWhole: true, text: '→ f()' });
  });
});
