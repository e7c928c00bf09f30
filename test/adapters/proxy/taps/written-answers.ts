import fc from 'fast-check';
import type { Tap, TapResult } from '../../../../adapters/proxy/dialect-port.ts';
import { chatTap } from '../../../../adapters/proxy/taps/chat-tap.ts';
import { messagesTap } from '../../../../adapters/proxy/taps/messages-tap.ts';
import { responsesTap } from '../../../../adapters/proxy/taps/responses-tap.ts';

export interface WrittenAnswer {
  /** The data of each event. */
  readonly events: readonly string[];
  /** The same answer in one piece. */
  readonly body: string;
}

type Said =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly id: string; readonly name: string; readonly input: object }
  | { readonly kind: 'thought'; readonly text: string };

export interface WrittenDialect {
  readonly name: string;
  readonly tapFor: (contentType: string) => Tap;
  readonly answers: fc.Arbitrary<WrittenAnswer>;
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const id = fc.stringMatching(/^call_[a-z0-9]{4}$/);
const name = fc.stringMatching(/^[a-z_]{1,12}$/);
const input = fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
const longInput = fc.string({ minLength: 480, maxLength: 700 }).map((content) => ({ content }));
const said: fc.Arbitrary<Said> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text }),
  fc.record({ kind: fc.constant('call' as const), id, name, input: fc.oneof(input, longInput) }),
  fc.record({ kind: fc.constant('thought' as const), text }),
);
const step = fc.integer({ min: 1, max: 9 });
const usage = fc.record({ read: fc.nat(99_999), cached: fc.nat(999), written: fc.nat(9_999) });

/** Cut anywhere, within surrogate pairs too; '' is one piece. */
function pieces(of: string, length: number): readonly string[] {
  const cut: string[] = [];
  for (let at = 0; at < of.length; at += length) cut.push(of.slice(at, at + length));
  return cut.length === 0 ? [''] : cut;
}

function ofKind<K extends Said['kind']>(
  list: readonly Said[],
  kind: K,
): readonly Extract<Said, { kind: K }>[] {
  return list.filter((one): one is Extract<Said, { kind: K }> => one.kind === kind);
}

const chatAnswers = fc
  .record({
    list: fc.array(said, { maxLength: 6 }),
    step,
    usage,
    isNull: fc.boolean(),
    hasUsage: fc.boolean(),
  })
  .map(({ list, step: length, usage: used, isNull, hasUsage }): WrittenAnswer => {
    const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-x' };
    const content = ofKind(list, 'text')
      .map((one) => one.text)
      .join('');
    const calls = ofKind(list, 'call').map((call, index) => ({
      index,
      id: `${call.id}${index}`,
      type: 'function',
      function: { name: call.name, arguments: JSON.stringify(call.input) },
    }));
    const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop';
    const counts = { prompt_tokens: used.read, completion_tokens: used.written };
    const deltas: object[] = [{ role: 'assistant', content: isNull ? null : '' }];
    for (const { text: thought } of ofKind(list, 'thought')) deltas.push({ reasoning_content: thought });
    for (const piece of pieces(content, length)) deltas.push({ content: piece });
    for (const call of calls) {
      const { name: called, arguments: args } = call.function;
      deltas.push({ tool_calls: [{ ...call, function: { name: called, arguments: '' } }] });
      for (const piece of pieces(args, length)) {
        deltas.push({ tool_calls: [{ index: call.index, function: { arguments: piece } }] });
      }
    }
    const chunks = deltas.map((delta) => ({ ...base, choices: [{ index: 0, delta, finish_reason: null }] }));
    const last = { ...base, choices: [{ index: 0, delta: {}, finish_reason }] };
    const message = {
      role: 'assistant',
      content: content === '' && isNull ? null : content,
      ...(calls.length > 0 && { tool_calls: calls.map(({ index: _, ...call }) => call) }),
    };
    return {
      events: [
        ...[...chunks, last].map((chunk) => JSON.stringify(chunk)),
        ...(hasUsage ? [JSON.stringify({ ...base, choices: [], usage: counts })] : []),
        '[DONE]',
      ],
      body: JSON.stringify({
        ...base,
        choices: [{ index: 0, message, finish_reason }],
        ...(hasUsage && { usage: counts }),
      }),
    };
  });

interface OutputItem {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

function outputItem(one: Said, index: number): OutputItem {
  if (one.kind === 'thought') {
    return { id: `rs_${index}`, type: 'reasoning', summary: [{ type: 'summary_text', text: one.text }] };
  }
  if (one.kind === 'text') {
    const content = [{ type: 'output_text', text: one.text, annotations: [] }];
    return { id: `msg_${index}`, type: 'message', role: 'assistant', content };
  }
  const { id: call_id, name: called, input: asked } = one;
  return {
    id: `fc_${index}`,
    type: 'function_call',
    call_id,
    name: called,
    arguments: JSON.stringify(asked),
  };
}

function itemEvents(one: Said, output_index: number, length: number): readonly object[] {
  const item = outputItem(one, output_index);
  const place = { item_id: item.id, output_index };
  const added = one.kind === 'text' ? { ...item, content: [] } : { ...item, arguments: '' };
  const type = one.kind === 'text' ? 'response.output_text.delta' : 'response.function_call_arguments.delta';
  const grown = one.kind === 'text' ? one.text : one.kind === 'call' ? JSON.stringify(one.input) : '';
  return [
    { type: 'response.output_item.added', output_index, item: one.kind === 'thought' ? item : added },
    ...(one.kind === 'thought' ? [] : pieces(grown, length)).map((delta) => ({ type, ...place, delta })),
    { type: 'response.output_item.done', output_index, item },
  ];
}

const responsesAnswers = fc
  .record({
    list: fc.array(said, { maxLength: 6 }),
    step,
    usage,
    status: fc.constantFrom('completed', 'incomplete'),
    endsEmpty: fc.boolean(),
  })
  .map(({ list, step: length, usage: used, status, endsEmpty }): WrittenAnswer => {
    const begun = { id: 'resp_1', object: 'response', model: 'gpt-x', status: 'in_progress', output: [] };
    const ended = { ...begun, status, usage: { input_tokens: used.read, output_tokens: used.written } };
    const output = list.map(outputItem);
    const events = [
      { type: 'response.created', response: begun },
      ...list.flatMap((one, index) => itemEvents(one, index, length)),
      { type: `response.${status}`, response: endsEmpty ? ended : { ...ended, output } },
    ];
    return {
      events: events.map((event) => JSON.stringify(event)),
      body: JSON.stringify({ ...ended, output }),
    };
  });

function contentBlock(one: Said): object {
  if (one.kind === 'thought') return { type: 'thinking', thinking: one.text, signature: 'c2ln' };
  if (one.kind === 'text') return { type: 'text', text: one.text };
  return { type: 'tool_use', id: one.id, name: one.name, input: one.input };
}

function blockEvents(one: Said, index: number, length: number, indent: number): readonly object[] {
  const block = contentBlock(one);
  const begun =
    one.kind === 'text'
      ? { ...block, text: '' }
      : one.kind === 'call'
        ? { ...block, input: {} }
        : { ...block, thinking: '', signature: '' };
  const grown = one.kind === 'call' ? JSON.stringify(one.input, null, indent) : one.text;
  const deltas = pieces(grown, length).map((piece) =>
    one.kind === 'text'
      ? { type: 'text_delta', text: piece }
      : one.kind === 'call'
        ? { type: 'input_json_delta', partial_json: piece }
        : { type: 'thinking_delta', thinking: piece },
  );
  return [
    { type: 'content_block_start', index, content_block: begun },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

const messagesAnswers = fc
  .record({ list: fc.array(said, { maxLength: 6 }), step, usage, indent: fc.constantFrom(0, 2) })
  .map(({ list, step: length, usage: used, indent }): WrittenAnswer => {
    const stop_reason = ofKind(list, 'call').length > 0 ? 'tool_use' : 'end_turn';
    const begun = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-x', content: [] };
    const read = { input_tokens: used.read, cache_read_input_tokens: used.cached };
    const events = [
      {
        type: 'message_start',
        message: { ...begun, stop_reason: null, usage: { ...read, output_tokens: 1 } },
      },
      { type: 'ping' },
      ...list.flatMap((one, index) => blockEvents(one, index, length, indent)),
      { type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: used.written } },
      { type: 'message_stop' },
    ];
    const counts = { ...read, output_tokens: used.written };
    return {
      events: events.map((event) => JSON.stringify(event)),
      body: JSON.stringify({ ...begun, content: list.map(contentBlock), stop_reason, usage: counts }),
    };
  });

export const writtenDialects: readonly WrittenDialect[] = [
  { name: 'openai-chat', tapFor: chatTap, answers: chatAnswers },
  { name: 'openai-responses', tapFor: responsesTap, answers: responsesAnswers },
  { name: 'anthropic', tapFor: messagesTap, answers: messagesAnswers },
];

/** How servers write the same events. */
export const writings = fc.record({
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  field: fc.constantFrom('data: ', 'data:', 'event: some.name\ndata: ', 'id: 7\ndata: '),
  /** Between events. */
  noise: fc.constantFrom(
    '',
    ': keep-alive\n\n',
    'event: ping\ndata: {"type": "ping"}\n\n',
    'data: {"choices":[{"ind\n\n',
    'retry: x\n',
  ),
  hasLastBlank: fc.boolean(),
});
export type Writing = typeof writings extends fc.Arbitrary<infer T> ? T : never;

export function eventBytes(events: readonly string[], writing?: Writing): Uint8Array {
  const { lineEnd, field, noise, hasLastBlank } = writing ?? {
    lineEnd: '\n',
    field: 'data: ',
    noise: '',
    hasLastBlank: true,
  };
  const lines = events.map((data) => `${noise}${field}${data}\n\n`).join('');
  return new TextEncoder().encode((hasLastBlank ? lines : lines.slice(0, -1)).replaceAll('\n', lineEnd));
}

/** The bytes in chunks of these lengths, over and over. */
export function chunksOf(bytes: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? bytes.length;
    chunks.push(bytes.slice(at, at + length));
    at += length;
  }
  return chunks;
}

export function resultOf(tap: Tap, chunks: readonly Uint8Array[]): TapResult {
  for (const chunk of chunks) tap.push(chunk);
  return tap.end();
}
