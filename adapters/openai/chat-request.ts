import type { OpenAI } from 'openai';
import type { ModelMessage, ModelRequest } from '../../core/domain/model.ts';
import type { Dialect } from './dialect.ts';

type Params = OpenAI.ChatCompletionCreateParamsStreaming;

function messageParam(message: ModelMessage): OpenAI.ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.text };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.text };
    case 'assistant': {
      const toolCalls = message.toolCalls ?? [];
      if (toolCalls.length === 0) return { role: 'assistant', content: message.text };
      return {
        role: 'assistant',
        content: message.text === '' ? null : message.text,
        tool_calls: toolCalls.map((call) => ({
          id: call.id,
          type: 'function',
          function: { name: call.name, arguments: call.argumentsJson },
        })),
      };
    }
  }
}

/** The request as the chat completions API takes it, in the words that this server understands. Pure. */
export function chatRequest(model: string, request: ModelRequest, dialect: Dialect): Params {
  return {
    model,
    messages: request.messages.map(messageParam),
    stream: true,
    ...(dialect.streamOptions && { stream_options: { include_usage: true } }),
    ...(request.maxOutputTokens !== undefined && { [dialect.maxTokensField]: request.maxOutputTokens }),
    ...(dialect.temperature && request.temperature !== undefined && { temperature: request.temperature }),
    ...(dialect.responseFormat &&
      request.responseFormat !== undefined && {
        response_format: {
          type: 'json_schema' as const,
          json_schema: {
            name: request.responseFormat.name,
            strict: true,
            schema: { ...request.responseFormat.schema },
          },
        },
      }),
    ...(request.tools.length > 0 && {
      tools: request.tools.map((tool) => ({
        type: 'function' as const,
        function: { name: tool.name, description: tool.description, parameters: { ...tool.parameters } },
      })),
    }),
  };
}
