import type { ModelMessage, ToolCall, ToolSpec } from '../../core/domain/model.ts';
import { isObject } from './wire.ts';

/** What a prompt is made of. */
export interface Talk {
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolSpec[];
  /** The names of calls by their ids, where `messages` do not tell them all. */
  readonly callNames?: ReadonlyMap<string, string>;
}

/** The names of a talk's calls by their ids. */
export function callNamesOf(messages: readonly ModelMessage[]): ReadonlyMap<string, string> {
  const calls = messages.flatMap((message) =>
    message.role === 'assistant' ? (message.toolCalls ?? []) : [],
  );
  return new Map(calls.map(({ id, name }) => [id, name]));
}

/** Everything in a talk that a template may write, as one text. */
export function saidIn(talk: Talk): string {
  return JSON.stringify(templateValues(talk, (text) => text));
}

/** Words of JSON Schema that templates look up or compare. They stay readable in tools. */
const schemaWords: ReadonlySet<string> = new Set(
  [
    'type properties required description enum items name title default format anyOf oneOf allOf not const $ref $defs',
    'definitions additionalProperties nullable minimum maximum minLength maxLength pattern minItems maxItems examples',
    'return returns string number integer boolean object array null',
  ].flatMap((line) => line.split(' ')),
);

type Cover = (text: string) => string;

/** `messages` and `tools` as templates know them, with every text covered that is not ours. */
export function templateValues(
  { messages, tools, callNames = callNamesOf(messages) }: Talk,
  cover: Cover,
): Readonly<Record<string, unknown>> {
  const coverInTool: Cover = (text) => (schemaWords.has(text) ? text : cover(text));
  return {
    messages: messages.map((message) => messageValue(message, callNames, cover)),
    tools:
      tools.length === 0
        ? null
        : tools.map(({ name, description, parameters }) => ({
            type: 'function',
            function: {
              name: cover(name),
              description: cover(description),
              parameters: coverDeep(parameters, coverInTool),
            },
          })),
    documents: null,
  };
}

function messageValue(message: ModelMessage, names: ReadonlyMap<string, string>, cover: Cover): object {
  const plain = { role: message.role, content: cover(message.text) };
  if (message.role === 'tool') {
    const name = names.get(message.toolCallId);
    return {
      ...plain,
      tool_call_id: cover(message.toolCallId),
      ...(name === undefined ? {} : { name: cover(name) }),
    };
  }
  if (message.role !== 'assistant' || message.toolCalls === undefined || message.toolCalls.length === 0) {
    return plain;
  }
  return { ...plain, tool_calls: message.toolCalls.map((call) => callValue(call, cover)) };
}

function callValue({ id, name, argumentsJson }: ToolCall, cover: Cover): object {
  return {
    id: cover(id),
    type: 'function',
    function: { name: cover(name), arguments: coverDeep(parsedArguments(argumentsJson), cover) },
  };
}

/** Arguments that are no JSON object stay the text that they are. */
function parsedArguments(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : text;
  } catch {
    return text;
  }
}

function coverDeep(value: unknown, cover: Cover): unknown {
  if (typeof value === 'string') return cover(value);
  if (Array.isArray(value)) return value.map((item) => coverDeep(item, cover));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [cover(key), coverDeep(item, cover)]));
}
