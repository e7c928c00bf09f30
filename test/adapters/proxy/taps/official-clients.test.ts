import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { TapResult } from '../../../../adapters/proxy/dialect-port.ts';
import { calledLine } from '../../../../core/ports/exchange-desk.ts';
import { recordedAnswer, tapForName } from './recorded-answers.ts';
import { resultOf } from './written-answers.ts';

function streamed(name: string): { readonly fetch: typeof fetch; readonly told: TapResult } {
  const { stream } = recordedAnswer(name);
  const headers = { 'content-type': 'text/event-stream' };
  return {
    fetch: async () => new Response(Uint8Array.from(stream), { headers }),
    told: resultOf(tapForName(name)('text/event-stream'), [stream]),
  };
}

function lines(...parts: readonly (string | null | undefined)[]): string {
  return parts.filter((part) => part).join('\n');
}

describe('official clients make the same of the same bytes', () => {
  it.each(['openai-chat-text', 'openai-chat-tools', 'openai-chat-refusal'])('%s', async (name) => {
    const { fetch, told } = streamed(name);
    const client = new OpenAI({ apiKey: 'k', fetch });
    const answer = await client.chat.completions.stream({ model: 'm', messages: [] }).finalChatCompletion();
    const message = answer.choices[0]?.message;
    const calls = (message?.tool_calls ?? []).flatMap((call) =>
      call.type === 'function' ? [call.function] : [],
    );
    const called = calls.map((call) => calledLine(call.name, call.arguments));
    expect(told).toMatchObject({
      isWhole: true,
      text: lines(message?.content, message?.refusal, ...called),
      awaitsTools: answer.choices[0]?.finish_reason === 'tool_calls',
      messageId: answer.id,
      model: answer.model,
      usage: { inputTokens: answer.usage?.prompt_tokens, outputTokens: answer.usage?.completion_tokens },
    });
  });

  it.each([
    'openai-responses-text',
    'openai-responses-tools',
    'openai-responses-refusal',
    'openai-responses-incomplete',
    'openai-responses-hosted',
  ])('%s', async (name) => {
    const { fetch, told } = streamed(name);
    const client = new OpenAI({ apiKey: 'k', fetch });
    const answer = await client.responses.stream({ model: 'm', input: 'hello' }).finalResponse();
    const parts = answer.output.map((item) => {
      if (item.type === 'function_call') return calledLine(item.name, item.arguments);
      if (item.type === 'custom_tool_call') return calledLine(item.name, item.input);
      if (item.type !== 'message') return '';
      return item.content.map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join('');
    });
    expect(told).toMatchObject({
      isWhole: true,
      text: lines(...parts),
      messageId: answer.id,
      model: answer.model,
      usage: { inputTokens: answer.usage?.input_tokens, outputTokens: answer.usage?.output_tokens },
    });
  });

  it.each([
    'anthropic-text',
    'anthropic-tools',
    'anthropic-citations',
    'anthropic-hosted',
    'anthropic-refusal',
    'anthropic-length',
  ])('%s', async (name) => {
    const { fetch, told } = streamed(name);
    const client = new Anthropic({ apiKey: 'k', fetch });
    const answer = await client.messages
      .stream({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] })
      .finalMessage();
    const said = answer.content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
    const called = answer.content.flatMap((block) =>
      block.type === 'tool_use' ? [calledLine(block.name, JSON.stringify(block.input))] : [],
    );
    const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } =
      answer.usage;
    expect(told).toMatchObject({
      isWhole: true,
      text: lines(said.join(name === 'anthropic-hosted' ? '\n' : ''), ...called),
      awaitsTools: answer.stop_reason === 'tool_use' || answer.stop_reason === 'pause_turn',
      messageId: answer.id,
      model: answer.model,
      usage: {
        inputTokens: input_tokens + (cache_creation_input_tokens ?? 0) + (cache_read_input_tokens ?? 0),
        outputTokens: output_tokens,
      },
    });
  });
});
