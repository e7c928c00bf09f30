import { describe, expect, it } from 'vitest';
import type { TapResult } from '../../../../adapters/proxy/dialect-port.ts';
import { responsesTap } from '../../../../adapters/proxy/taps/responses-tap.ts';
import { eventBytes, resultOf } from './written-answers.ts';

function toldOf(...events: readonly object[]): TapResult {
  const data = events.map((event) => JSON.stringify(event));
  return resultOf(responsesTap('text/event-stream'), [eventBytes(data)]);
}

function toldOfBody(body: object): TapResult {
  return resultOf(responsesTap('application/json'), [new TextEncoder().encode(JSON.stringify(body))]);
}

const delta = (text: string, output_index = 0): object => ({
  type: 'response.output_text.delta',
  output_index,
  content_index: 0,
  delta: text,
});
const done = (item: object, output_index = 0): object => ({
  type: 'response.output_item.done',
  output_index,
  item,
});
const completed = (response: object = {}): object => ({ type: 'response.completed', response });
const message = (text: string): object => ({ type: 'message', content: [{ type: 'output_text', text }] });

describe('a response', () => {
  it('is what its last event says; where that lists nothing, what its items said', () => {
    const events = [delta('dra'), delta('ft'), done(message('draft'))];
    expect(toldOf(...events, completed({ output: [message('final')] })).text).toBe('final');
    expect(toldOf(...events, completed({ output: [] })).text).toBe('draft');
    expect(toldOf(...events, completed()).text).toBe('draft');
  });

  it('has its items in the order of the output, a finished one in place of its pieces', () => {
    expect(toldOf(delta('B', 2), delta('A', 0), done(message('Aa'), 0), completed()).text).toBe('Aa\nB');
  });

  it.each([
    ['response.failed', { type: 'response.failed', response: { error: { code: 'server_error' } } }],
    ['response.cancelled', { type: 'response.cancelled', response: {} }],
    ['an error', { type: 'error', code: 'rate_limit_exceeded', message: 'slow down' }],
    ['nothing', { type: 'response.in_progress', response: {} }],
  ])('is not whole where it ends with %s, and keeps what was said', (_, last) => {
    expect(toldOf(delta('half'), last)).toMatchObject({ isWhole: false, text: 'half', awaitsTools: false });
  });

  it('is whole again after no failure', () => {
    expect(toldOf(delta('a'), { type: 'error', message: 'x' }, completed()).isWhole).toBe(false);
  });

  it.each([
    ['completed', true],
    ['incomplete', true],
    ['failed', false],
    ['cancelled', false],
    ['queued', false],
    ['in_progress', false],
  ])('as a body with the status %s: whole is %s', (status, isWhole) => {
    expect(toldOfBody({ status, output: [message('a')] })).toMatchObject({ isWhole, text: 'a' });
  });

  it('as a body of another server may lack a status, and tell of an error', () => {
    expect(toldOfBody({ output: [message('a')], error: null }).isWhole).toBe(true);
    expect(toldOfBody({ output: [message('a')], error: { message: 'x' } }).isWhole).toBe(false);
  });

  it.each([
    ['function_call', { call_id: 'c', name: 'f', arguments: '{"a":1}' }, '→ f({"a":1})'],
    ['custom_tool_call', { call_id: 'c', name: 'sql', input: 'select 1' }, '→ sql(select 1)'],
    ['local_shell_call', { call_id: 'c', action: { command: ['ls'] } }, '→ local_shell({"command":["ls"]})'],
    ['shell_call', { call_id: 'c', action: { commands: ['ls'] } }, '→ shell({"commands":["ls"]})'],
    ['apply_patch_call', { call_id: 'c', operation: { type: 'x' } }, '→ apply_patch({"type":"x"})'],
    ['computer_call', { call_id: 'c', action: { type: 'wait' } }, '→ computer({"type":"wait"})'],
    [
      'tool_search_call',
      { call_id: 'c', execution: 'client', arguments: { q: 1 } },
      '→ tool_search({"q":1})',
    ],
    ['mcp_approval_request', { id: 'm', name: 'f', arguments: '{}' }, '→ f({})'],
  ])('awaits the answer to a %s', (type, fields, text) => {
    const item = { type, ...fields };
    expect(toldOf(done(item), completed())).toMatchObject({ isWhole: true, text, awaitsTools: true });
    expect(toldOfBody({ status: 'completed', output: [item] })).toMatchObject({ text, awaitsTools: true });
    // An answer that was cut short may end within a call.
    expect(toldOfBody({ status: 'incomplete', output: [item] }).awaitsTools).toBe(false);
  });

  it.each([
    'web_search_call',
    'file_search_call',
    'code_interpreter_call',
    'mcp_call',
    'reasoning',
    'toString',
  ])('awaits nothing after a %s, which the server answers itself', (type) => {
    const item = { type, call_id: 'c', name: 'f', arguments: '{}', summary: [{ text: 'hm' }] };
    expect(toldOf(done(item), completed())).toMatchObject({ isWhole: true, text: '', awaitsTools: false });
  });

  it('awaits nothing where the server ran the shell or searched the tools itself', () => {
    const shell = { type: 'shell_call', call_id: 'c', action: {} };
    const output = { type: 'shell_call_output', call_id: 'c', output: [] };
    expect(toldOf(done(shell), done(output, 1), completed()).awaitsTools).toBe(false);
    expect(toldOf(done(shell), done({ ...output, call_id: 'd' }, 1), completed()).awaitsTools).toBe(true);
    const search = { type: 'tool_search_call', execution: 'server', arguments: {} };
    expect(toldOf(done(search), completed()).awaitsTools).toBe(false);
  });

  it('tells what there is of a call that was cut off', () => {
    const item = { type: 'function_call', call_id: 'c', name: 'f', arguments: '' };
    const told = toldOf(
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"a"' },
    );
    expect(told).toMatchObject({ isWhole: false, text: '→ f({"a")', awaitsTools: false });
  });

  it('is whole where its last event is too long to be read', () => {
    const picture = { type: 'image_generation_call', result: 'A'.repeat(3_000_000) };
    const created = { type: 'response.created', response: { id: 'resp_1', model: 'gpt-x', output: [] } };
    const told = toldOf(created, delta('Here it is.', 1), done(picture), completed({ output: [picture] }));
    expect(told).toEqual({
      isWhole: true,
      text: 'Here it is.',
      firstAnswer: 'Hereitis.',
      awaitsTools: false,
      messageId: 'resp_1',
      model: 'gpt-x',
      estimatedTokens: 3,
    });
  });

  it('counts an item once that is told again and again', () => {
    const events = Array.from({ length: 50 }, () => done(message('y'.repeat(50_000))));
    expect(toldOf(...events, completed()).text).toBe('y'.repeat(50_000));
  });

  it('reads events whose type does not come first', () => {
    expect(
      toldOf({ delta: 'a', output_index: 0, type: 'response.output_text.delta' }, completed()).text,
    ).toBe('a');
  });
});

it('tells the ids of the last parts that are told, in their order, however they come', () => {
  const parts = Array.from({ length: 20 }, (_, at) => ({ ...message(`${at}`), id: `msg_${at}` }));
  const thought = { type: 'reasoning', id: 'rs_1', summary: [] };
  const ids = parts.slice(4).map(({ id }) => id);
  expect(toldOfBody({ output: [thought, ...parts] }).partIds).toEqual(ids);
  const events = [thought, ...parts].map((item, at) => done(item, at)).toReversed();
  expect(toldOf(...events, completed()).partIds).toEqual(ids);
  expect(toldOfBody({ output: [message('no id')] })).not.toHaveProperty('partIds');
});
