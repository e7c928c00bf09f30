import { describe, expect, test } from 'vitest';
import type { DialectPort } from '../../../../adapters/proxy/dialect-port.ts';
import { anthropicMessages } from '../../../../adapters/proxy/dialects/anthropic-messages.ts';
import { openAiChat } from '../../../../adapters/proxy/dialects/openai-chat.ts';
import { openAiResponses } from '../../../../adapters/proxy/dialects/openai-responses.ts';
import { bytesOf, readBy } from './subjects.ts';

const user = { role: 'user', content: 'Hi' };
const next = { role: 'user', content: 'And?' };

/** The first answer as it is told of the answer itself, and of the next request's history. */
function bothWays(dialect: DialectPort, answer: object, request: object): readonly unknown[] {
  const tap = dialect.tap('application/json');
  tap.push(bytesOf(JSON.stringify(answer)));
  const { firstAnswer, isWhole } = tap.end();
  return [isWhole, firstAnswer, readBy(dialect, { model: 'm', ...request }).firstAnswer];
}

const same = (firstAnswer: string): readonly unknown[] => [true, firstAnswer, firstAnswer];

describe('the first answer is told alike by the answer and by the history', () => {
  const call = (id: string): object => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });

  test.each([
    ['text', { content: ' Hello,\nyou. ' }, 'Hello,you.'],
    ['calls', { content: null, tool_calls: [call('call_1'), call('call_2')] }, '\ncall1'],
    ['text and calls', { content: 'Wait.', tool_calls: [call('call_1')] }, 'Wait.\ncall1'],
    ['a refusal', { content: null, refusal: 'No.' }, 'No.'],
    ['text that breaks off into a refusal', { content: 'Well. ', refusal: 'No.' }, 'Well.No.'],
    [
      'parts',
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      'ab',
    ],
    ['nothing', { content: null }, ''],
  ])('openai-chat: %s', (_, said, told) => {
    const message = { role: 'assistant', ...said };
    const answer = { id: 'c', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] };
    expect(bothWays(openAiChat, answer, { messages: [user, message, next] })).toEqual(same(told));
  });

  const text = (words: string): object => ({
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text: words }],
  });

  test.each([
    ['text', [text('Hello.')], 'Hello.'],
    ['reasoning and two messages', [{ type: 'reasoning', summary: [] }, text('a'), text('b')], 'ab'],
    [
      'text and calls',
      [text('Wait.'), { type: 'function_call', call_id: 'c_1', name: 'f', arguments: '{}' }],
      'Wait.\nc1',
    ],
    ['a custom tool', [{ type: 'custom_tool_call', call_id: 'c_1', name: 'f', input: 'x' }], '\nc1'],
    ['a shell', [{ type: 'local_shell_call', call_id: 'c_1', action: {}, status: 'completed' }], '\nc1'],
    ['a search of the server’s', [{ type: 'web_search_call', id: 'ws' }, text('Found.')], 'Found.'],
    [
      'a shell in the server’s container',
      [
        text('I look.'),
        {
          type: 'shell_call',
          call_id: 'c_1',
          action: {},
          environment: { type: 'container_reference', container_id: 'cntr_1' },
        },
        { type: 'shell_call_output', call_id: 'c_1', output: [] },
        text('Found.'),
      ],
      'Ilook.Found.\nc1',
    ],
    [
      'a refusal',
      [{ type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] }],
      'No.',
    ],
  ])('openai-responses: %s', (_, output, told) => {
    const answer = { id: 'resp_1', object: 'response', status: 'completed', model: 'm', output };
    expect(bothWays(openAiResponses, answer, { input: [user, ...output, next] })).toEqual(same(told));
  });

  test.each([
    ['text', [{ type: 'text', text: 'Hello.' }], 'Hello.'],
    [
      'thinking, text and calls',
      [
        { type: 'thinking', thinking: 'Hm.', signature: 's' },
        { type: 'text', text: 'Wait.' },
        { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
        { type: 'tool_use', id: 'toolu_2', name: 'f', input: {} },
      ],
      'Wait.\ntoolu1',
    ],
    [
      'a search of the server’s',
      [
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
        { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
        { type: 'text', text: 'Found ' },
        { type: 'text', text: 'it.' },
      ],
      'Foundit.',
    ],
  ])('anthropic: %s', (_, content, told) => {
    const answer = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content,
      stop_reason: 'end_turn',
    };
    const messages = [user, { role: 'assistant', content }, next];
    expect(bothWays(anthropicMessages, answer, { messages })).toEqual(same(told));
  });
});
