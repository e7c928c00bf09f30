import type { ModelMessage } from '../../core/domain/model.ts';

/**
 * The same talk for templates that refuse it: without system messages, without two messages of one role in a row, then
 * without both. What a system message says stands before what the person says next.
 */
export function gentlerTalks(messages: readonly ModelMessage[]): readonly (readonly ModelMessage[])[] {
  const unruled = foldSystem(messages);
  return [unruled, joinNeighbours(messages), joinNeighbours(unruled)];
}

function foldSystem(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const folded: ModelMessage[] = [];
  let rules: string[] = [];
  for (const message of messages) {
    if (message.role === 'system') rules.push(message.text);
    else if (message.role === 'user') {
      folded.push({ role: 'user', text: [...rules, message.text].join('\n\n') });
      rules = [];
    } else folded.push(message);
  }
  if (rules.length > 0) folded.push({ role: 'user', text: rules.join('\n\n') });
  return folded;
}

/** Results of tools stay apart: each belongs to its call. */
function joinNeighbours(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const joined: ModelMessage[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last === undefined || last.role !== message.role || message.role === 'tool') {
      joined.push(message);
      continue;
    }
    const text = [last.text, message.text].filter((part) => part !== '').join('\n\n');
    if (last.role === 'assistant' && message.role === 'assistant') {
      const toolCalls = [...(last.toolCalls ?? []), ...(message.toolCalls ?? [])];
      joined[joined.length - 1] = {
        role: 'assistant',
        text,
        ...(toolCalls.length === 0 ? {} : { toolCalls }),
      };
    } else joined[joined.length - 1] = { ...last, text };
  }
  return joined;
}
