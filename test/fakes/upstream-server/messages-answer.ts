import { type Asked, event, halves, type Reply, usageOf } from './reply.ts';

interface Block {
  readonly whole: object;
  readonly begun: object;
  readonly deltas: readonly object[];
}

function blocksOf({ thinking, text, calls = [] }: Reply): readonly Block[] {
  const thought = (words: string): Block => ({
    whole: { type: 'thinking', thinking: words, signature: 'c2lnbmVk' },
    begun: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      ...halves(words).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
      { type: 'signature_delta', signature: 'c2lnbmVk' },
    ],
  });
  const said = (words: string): Block => ({
    whole: { type: 'text', text: words, citations: null },
    begun: { type: 'text', text: '', citations: null },
    deltas: halves(words).map((piece) => ({ type: 'text_delta', text: piece })),
  });
  const called = calls.map(({ id, name, arguments: json }): Block => {
    const input: unknown = JSON.parse(json);
    return {
      whole: { type: 'tool_use', id, name, input },
      begun: { type: 'tool_use', id, name, input: {} },
      deltas: halves(json).map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    };
  });
  return [
    ...(thinking === undefined ? [] : [thought(thinking)]),
    ...(text === undefined ? [] : [said(text)]),
    ...called,
  ];
}

const stopOf = ({ calls = [] }: Reply): string => (calls.length > 0 ? 'tool_use' : 'end_turn');

function messageOf({ number, model }: Asked, content: readonly object[], stop: string | null): object {
  return {
    id: `msg_${number}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: stop,
    stop_sequence: null,
  };
}

const readCounts = (reply: Reply): object => ({
  input_tokens: usageOf(reply).input,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
});

/** The message object of Anthropic's API reference. */
export function messagesBody(reply: Reply, asked: Asked): object {
  const content = blocksOf(reply).map(({ whole }) => whole);
  return {
    ...messageOf(asked, content, stopOf(reply)),
    usage: { ...readCounts(reply), output_tokens: usageOf(reply).output },
  };
}

/** The streaming events of Anthropic's API reference. */
export function messagesEvents(reply: Reply, asked: Asked): readonly string[] {
  const message = { ...messageOf(asked, [], null), usage: { ...readCounts(reply), output_tokens: 1 } };
  const named = (type: string, data: object): string => event({ type, ...data }, type);
  return [
    named('message_start', { message }),
    named('ping', {}),
    ...blocksOf(reply).flatMap(({ begun, deltas }, index) => [
      named('content_block_start', { index, content_block: begun }),
      ...deltas.map((delta) => named('content_block_delta', { index, delta })),
      named('content_block_stop', { index }),
    ]),
    named('message_delta', {
      delta: { stop_reason: stopOf(reply), stop_sequence: null },
      usage: { output_tokens: usageOf(reply).output },
    }),
    named('message_stop', {}),
  ];
}
