import { describe, expect, test } from 'vitest';
import type { ReadRequest } from '../../../../adapters/proxy/dialect-port.ts';
import { anthropicMessages } from '../../../../adapters/proxy/dialects/anthropic-messages.ts';
import { openAiChat } from '../../../../adapters/proxy/dialects/openai-chat.ts';
import { openAiResponses } from '../../../../adapters/proxy/dialects/openai-responses.ts';
import { readBy } from './subjects.ts';

type Item = Readonly<Record<string, unknown>>;

/** The same steps of a talk as each dialect writes them. */
interface Writing {
  readonly name: string;
  read(steps: readonly Item[]): ReadRequest;
  said(text: string): Item;
  saidInParts(...texts: readonly string[]): Item;
  pictured(data: string): Item;
  answered(text: string): Item;
  called(id: string): Item;
  returned(id: string): Item;
}

const chat: Writing = {
  name: 'openai-chat',
  read: (messages) =>
    readBy(openAiChat, { model: 'm', messages: [{ role: 'system', content: 'S' }, ...messages] }),
  said: (content) => ({ role: 'user', content }),
  saidInParts: (...texts) => ({ role: 'user', content: texts.map((text) => ({ type: 'text', text })) }),
  pictured: (url) => ({ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }),
  answered: (content) => ({ role: 'assistant', content }),
  called: (id) => ({
    role: 'assistant',
    content: null,
    tool_calls: [{ id, type: 'function', function: {} }],
  }),
  returned: (id) => ({ role: 'tool', tool_call_id: id, content: 'Done' }),
};

const responses: Writing = {
  name: 'openai-responses',
  read: (input) => readBy(openAiResponses, { model: 'm', input }),
  said: (content) => ({ role: 'user', content }),
  saidInParts: (...texts) => ({
    type: 'message',
    role: 'user',
    content: texts.map((text) => ({ type: 'input_text', text })),
  }),
  pictured: (image) => ({ role: 'user', content: [{ type: 'input_image', image_url: image }] }),
  answered: (text) => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }),
  called: (id) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' }),
  returned: (id) => ({ type: 'function_call_output', call_id: id, output: 'Done' }),
};

const anthropic: Writing = {
  name: 'anthropic',
  read: (messages) => readBy(anthropicMessages, { model: 'm', max_tokens: 9, messages }),
  said: (content) => ({ role: 'user', content }),
  saidInParts: (...texts) => ({ role: 'user', content: texts.map((text) => ({ type: 'text', text })) }),
  pictured: (data) => ({ role: 'user', content: [{ type: 'image', source: { type: 'base64', data } }] }),
  answered: (text) => ({
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'Hm.', signature: 's' },
      { type: 'text', text },
    ],
  }),
  called: (id) => ({ role: 'assistant', content: [{ type: 'tool_use', id, name: 'f', input: {} }] }),
  returned: (id) => ({ role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'Done' }] }),
};

const reminder = '<system-reminder>Be brief.</system-reminder>';

describe.each([chat, responses, anthropic])('$name: a talk', (as) => {
  test('that begins', () => {
    const { words, wordsIndex, isContinued, opening, ...rest } = as.read([as.said('Hi')]);
    expect({ words, wordsIndex, isContinued, opening }).toEqual({
      words: 'Hi',
      wordsIndex: 1,
      isContinued: false,
      opening: '["Hi"]',
    });
    expect('firstAnswer' in rest).toBe(false);
  });

  test('that goes on', () => {
    const read = as.read([as.said('Hi'), as.answered('Hello.'), as.saidInParts('And', 'you?')]);
    expect(read).toMatchObject({ words: 'And\nyou?', wordsIndex: 2, isContinued: false, opening: '["Hi"]' });
    expect(read.firstAnswer).toBe('Hello.');
  });

  test('in which tools were called', () => {
    const read = as.read([as.said('Hi'), as.called('c_1'), as.returned('c_1')]);
    expect(read).toMatchObject({ words: 'Hi', wordsIndex: 1, isContinued: true, firstAnswer: '\nc1' });
    const after = as.read([
      as.said('Hi'),
      as.called('c_1'),
      as.returned('c_1'),
      as.answered('Done.'),
      as.said('Thanks'),
    ]);
    expect(after).toMatchObject({ words: 'Thanks', wordsIndex: 2, isContinued: false, firstAnswer: '\nc1' });
  });

  test('whose answer is stored in pieces', () => {
    const read = as.read([as.said('Hi'), as.answered('Wait.'), as.called('c_1'), as.returned('c_1')]);
    expect(read.firstAnswer).toBe('Wait.\nc1');
    const apart = [as.called('c_1'), as.returned('c_1'), as.called('c_2'), as.returned('c_2')];
    const together = [as.called('c_1'), as.called('c_2'), as.returned('c_1'), as.returned('c_2')];
    expect(as.read([as.said('Hi'), ...apart]).firstAnswer).toBe(
      as.read([as.said('Hi'), ...together]).firstAnswer,
    );
  });

  test('with messages that hold nothing of a person', () => {
    const read = as.read([as.said(reminder), as.said('Hi'), as.answered('Yes?'), as.said(reminder)]);
    expect(read).toMatchObject({ words: 'Hi', wordsIndex: 1, isContinued: false, opening: '["Hi"]' });
    expect(as.read([as.said(reminder)])).toMatchObject({ words: '', wordsIndex: 0, opening: '' });
  });

  test('that a greeting stands in front of', () => {
    const read = as.read([as.answered('Welcome!'), as.said('Hi')]);
    expect(read.firstAnswer).toBeUndefined();
  });

  test('opens alike however the same words are written', () => {
    const { opening } = as.read([as.said('Hi there')]);
    expect(as.read([as.saidInParts('Hi there')]).opening).toBe(opening);
    expect(as.read([as.saidInParts(reminder, ' Hi there\n')]).opening).toBe(opening);
    for (const other of [as.said('Hi here'), as.saidInParts('Hi', 'there'), as.said('')]) {
      expect(as.read([other]).opening).not.toBe(opening);
    }
  });

  test('opens with a picture', () => {
    const [one, same, other] = ['A', 'A', 'B'].map((end) =>
      as.read([as.pictured(`data:${'x'.repeat(100_000)}${end}`), as.answered('A cat.')]),
    );
    expect(one).toMatchObject({ words: '', wordsIndex: 1, firstAnswer: 'Acat.' });
    expect(same?.opening).toBe(one?.opening);
    expect(other?.opening).not.toBe(one?.opening);
    expect(one?.opening.length).toBeLessThan(200);
  });

  test('in which a tool’s picture is shown', () => {
    const read = as.read([as.said('Hi'), as.called('c'), as.returned('c'), as.pictured('data:x')]);
    expect(read).toMatchObject({ words: 'Hi', wordsIndex: 1, isContinued: true });
  });
});

test('words beside the result of a tool are a person’s', () => {
  const result = { type: 'tool_result', tool_use_id: 'c', content: 'Done' };
  const read = (text: string): ReadRequest =>
    anthropic.read([
      anthropic.said('Hi'),
      anthropic.called('c'),
      { role: 'user', content: [result, { type: 'text', text }] },
    ]);
  expect(read('Stop it')).toMatchObject({ words: 'Stop it', wordsIndex: 2, isContinued: false });
  expect(read(reminder)).toMatchObject({ words: 'Hi', wordsIndex: 1, isContinued: true });
});

test('where a prompt is to be cached is not part of how a talk opens', () => {
  const opening = (extra: Item): string =>
    anthropic.read([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hi', ...extra },
          { type: 'image', url: 'u', ...extra },
        ],
      },
    ]).opening;
  expect(opening({ cache_control: { type: 'ephemeral' } })).toBe(opening({}));
});

test('a part that is nested too deeply to be told is refused', () => {
  const body = `{"model":"m","messages":[{"role":"user","content":[{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}]}]}`;
  expect(() => readBy(anthropicMessages, body)).toThrow('nested too deeply');
});

test.each([
  ['the last part of an answer that it refers to', ['msg_1', 'fc_1'], 'fc_1'],
  ['no thoughts', ['msg_1', 'rs_1'], 'msg_1'],
  ['nothing where it refers to nothing', ['rs_1', '', 7], undefined],
])('a response goes on from %s', (_, ids, previous) => {
  const references = ids.map((id) => ({ type: 'item_reference', id }));
  const body = {
    model: 'm',
    input: [{ role: 'user', content: 'Hi' }, ...references, { role: 'user', content: 'And?' }],
  };
  const read = readBy(openAiResponses, body);
  expect(read.previousMessageId).toBe(previous);
  expect(read).toMatchObject({ words: 'And?', wordsIndex: 2 });
  expect(readBy(openAiResponses, { ...body, previous_response_id: 'resp_1' }).previousMessageId).toBe(
    'resp_1',
  );
});

test('in a thread of the server a request goes on from the message before, which may be all it holds', () => {
  const thread = { type: 'continue', previous_message_id: 'msg_1' };
  const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'And?' }], thread };
  expect(readBy(anthropicMessages, body)).toMatchObject({
    previousMessageId: 'msg_1',
    keepsSystem: true,
    words: 'And?',
  });
  expect(readBy(anthropicMessages, { ...body, messages: [] })).toMatchObject({ words: '', wordsIndex: 0 });
  for (const other of [{ type: 'create' }, null, 'continue']) {
    const begun = readBy(anthropicMessages, { ...body, thread: other });
    expect(begun).not.toHaveProperty('keepsSystem');
    expect(begun).not.toHaveProperty('previousMessageId');
    expect(() => readBy(anthropicMessages, { ...body, thread: other, messages: [] })).toThrow('messages');
  }
});

test('a response is gone on from by the id of the one before', () => {
  const body = { model: 'm', input: 'And?', previous_response_id: 'resp_1' };
  expect(readBy(openAiResponses, body)).toMatchObject({ previousMessageId: 'resp_1', words: 'And?' });
  expect('previousMessageId' in readBy(openAiResponses, { ...body, previous_response_id: null })).toBe(false);
});

test.each([
  ['by its id', 'conv_1'],
  ['as an object', { id: 'conv_1' }],
])('a talk that the server keeps has the server’s name for it: %s', (_, conversation) => {
  const output = { type: 'function_call_output', call_id: 'c', output: 'ok' };
  for (const input of ['And?', [output], undefined]) {
    expect(readBy(openAiResponses, { model: 'm', input, conversation }).talkName).toBe('conv_1');
  }
});

test.each([[null], [''], [{}], [{ id: 7 }], [['conv_1']]])('%j is no name of a talk', (conversation) => {
  expect('talkName' in readBy(openAiResponses, { model: 'm', input: 'Hi', conversation })).toBe(false);
});

describe('the beginning of an answer that the caller wrote', () => {
  const { said, answered } = anthropic;
  const begun = (content: unknown): Item => ({ role: 'assistant', content });

  test.each([
    ['as a text', [begun('{"a":')], '{"a":'],
    ['as a block', [begun([{ type: 'text', text: '{"a":' }])], '{"a":'],
    ['in two messages', [begun('{'), begun('"a":')], '{\n"a":'],
  ])('is no first answer: %s', (_, messages, prefill) => {
    const read = anthropic.read([said('Hi'), ...messages]);
    expect(read).toMatchObject({ words: 'Hi', wordsIndex: 1, opening: '["Hi"]', prefill });
    expect('firstAnswer' in read).toBe(false);
  });

  test('leaves the answers before it', () => {
    const read = anthropic.read([said('Hi'), answered('Hello.'), said('And?'), begun('{')]);
    expect(read).toMatchObject({ words: 'And?', firstAnswer: 'Hello.', prefill: '{' });
  });

  test('is not what the server has not finished', () => {
    const paused = begun([
      { type: 'text', text: 'I look.' },
      { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
    ]);
    const read = anthropic.read([said('Hi'), paused]);
    expect(read.firstAnswer).toBe('Ilook.');
    expect('prefill' in read).toBe(false);
  });

  test('is there only where there is one', () => {
    expect('prefill' in anthropic.read([said('Hi')])).toBe(false);
  });
});

const inContainer = { type: 'container_reference', container_id: 'cntr_1' };

test.each([
  [
    'a shell in its container',
    [
      { type: 'shell_call', call_id: 'c_1', action: {}, environment: inContainer },
      { type: 'shell_call_output', call_id: 'c_1', output: [] },
    ],
  ],
  [
    'a search for tools',
    [
      { type: 'tool_search_call', call_id: 'c_1', execution: 'server' },
      { type: 'tool_search_output', call_id: 'c_1', execution: 'server', tools: [] },
    ],
  ],
  [
    'a program',
    [
      { type: 'program', call_id: 'c_1', code: '' },
      { type: 'program_output', call_id: 'c_1', result: '' },
    ],
  ],
])('what the server did itself is no result of a tool: %s', (_, items) => {
  expect(responses.read([responses.said('Hi'), ...items])).toMatchObject({ words: 'Hi', isContinued: false });
});

test('a shell of the caller’s has its result from the caller', () => {
  const local = { type: 'shell_call', call_id: 'c_1', action: {}, environment: { type: 'local' } };
  const result = { type: 'shell_call_output', call_id: 'c_1', output: [] };
  const read = responses.read([responses.said('Hi'), local, result]);
  expect(read).toMatchObject({ isContinued: true, firstAnswer: '\nc1' });
});

test.each([
  ['a call that the server carried out', { type: 'web_search_call', id: 'ws_1' }],
  ['a search for tools of the server’s', { type: 'tool_search_call', call_id: 'ts', execution: 'server' }],
  ['reasoning', { type: 'reasoning', id: 'rs_1', summary: [] }],
])('%s is no part of a first answer', (_, item) => {
  const read = responses.read([responses.said('Hi'), item, responses.answered('Hello.')]);
  expect(read.firstAnswer).toBe('Hello.');
});

describe('own fields', () => {
  test('are read', () => {
    const metadata = { metaclaw_key: 'k', metaclaw_feedback: 'up', other: 1 };
    const { own } = readBy(openAiChat, { model: 'm', messages: [{ role: 'user' }], metadata });
    expect(own).toEqual({ key: 'k', feedback: 'up' });
  });

  test('that are absent stay so', () => {
    expect(readBy(openAiChat, { model: 'm', messages: [{ role: 'user' }], metadata: {} }).own).toEqual({});
  });
});
