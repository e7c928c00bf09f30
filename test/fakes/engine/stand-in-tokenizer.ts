import type { ModelMessage, ToolSpec } from '../../../core/domain/model.ts';
import type { ParsedAnswer, TokenizerPort } from '../../../core/ports/tokenizer.ts';

/** Beyond what a character can be, so that no text has them. */
export const marks = {
  begin: 0x110001,
  end: 0x110002,
  system: 0x110003,
  user: 0x110004,
  assistant: 0x110005,
  tool: 0x110006,
  tools: 0x110007,
  call: 0x110008,
  thought: 0x110009,
  thoughtEnd: 0x11000a,
} as const;

const special = new Set<number>(Object.values(marks));

const charsOf = (text: string): readonly number[] => Array.from(text, (char) => char.codePointAt(0) ?? 0);
const textOf = (ids: readonly number[]): string =>
  ids
    .filter((id) => !special.has(id))
    .map((id) => String.fromCodePoint(id))
    .join('');

/** Ids of an answer that says so, with its end. `thought` comes first and is no part of what it says. */
export function answerIds(
  text: string,
  more: {
    readonly thought?: string;
    readonly calls?: readonly { readonly name: string; readonly argumentsJson: string }[];
    readonly isCutOff?: boolean;
  } = {},
): Int32Array {
  const { thought, calls = [], isCutOff = false } = more;
  return Int32Array.from([
    ...(thought === undefined ? [] : [marks.thought, ...charsOf(thought), marks.thoughtEnd]),
    ...charsOf(text),
    ...calls.flatMap((call) => [
      marks.call,
      ...charsOf(JSON.stringify([call.name, call.argumentsJson])),
      marks.call,
    ]),
    ...(isCutOff ? [] : [marks.end]),
  ]);
}

function messageIds(message: ModelMessage): readonly number[] {
  const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : [];
  return [marks.begin, marks[message.role], ...answerIds(message.text, { calls })];
}

const opening = [marks.begin, marks.assistant];

function parse(tokens: Int32Array): ParsedAnswer {
  const isWhole = tokens.at(-1) === marks.end;
  const spoken = [...tokens].slice(tokens.lastIndexOf(marks.thoughtEnd) + 1);
  const parts: number[][] = [[]];
  for (const id of spoken) {
    if (id === marks.call) parts.push([]);
    else parts.at(-1)?.push(id);
  }
  const toolCalls = parts
    .filter((_, at) => at % 2 === 1)
    .map((ids) => {
      const [name, argumentsJson]: [string, string] = JSON.parse(textOf(ids));
      return { name, argumentsJson };
    });
  return { text: textOf(parts.filter((_, at) => at % 2 === 0).flat()), toolCalls, isWhole };
}

/**
 * A tokenizer of one id a character and a few marks, for tests of those who use one. `forgetsThoughts`: its template
 * rewrites earlier answers, so that no talk goes on as it began.
 */
export function createStandInTokenizer(
  options: { readonly forgetsThoughts?: boolean; readonly hash?: string } = {},
): TokenizerPort {
  const toolIds = (tools: readonly ToolSpec[]): readonly number[] =>
    tools.length === 0 ? [] : [marks.begin, marks.tools, ...charsOf(JSON.stringify(tools)), marks.end];
  return {
    hash: options.hash ?? 'stand-in',
    stopIds: [marks.end],
    renderPrompt: (messages, tools) =>
      Int32Array.from([...toolIds(tools), ...messages.flatMap(messageIds), ...opening]),
    continuePrompt(before, messages) {
      if (options.forgetsThoughts === true) return undefined;
      const ended = before.answer.at(-1) === marks.end ? [] : [marks.end];
      const since = messages.slice(before.messageCount + 1).flatMap(messageIds);
      return Int32Array.from([...before.prompt, ...before.answer, ...ended, ...since, ...opening]);
    },
    parseAnswer: parse,
    encode: (text) => Int32Array.from(charsOf(text)),
    decode: (tokens) => textOf([...tokens]),
  };
}
